/** One operation at a time changes a store's connection, catalogue or index, of whatever type it is. */
export const oneAtATime = ({ storeId }: { readonly storeId: string }): string => `store:${storeId}`
