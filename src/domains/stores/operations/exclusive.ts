/** One operation at a time changes a store's connection, catalogue or index, of whatever type it is. */
export const storeKeyOf = (storeId: string): string => `store:${storeId}`
export const oneAtATime = ({ storeId }: { readonly storeId: string }): string => storeKeyOf(storeId)

/** Its messages are a matter of their own. */
export const whatsappKeyOf = (storeId: string): string => `whatsapp:${storeId}`
