import { connectionFields, revisedTypes, singletonTypes, unkeyedTypes } from './generated/schema-facts.ts'

/** Parts that are no list and no page of one: keyed by nothing, and replaced as a whole unless they have a revision. */
export const parts: readonly string[] = unkeyedTypes.filter((type) => !/(?:Connection|Edge)$|^PageInfo$/.test(type))

/** Parts that stay the same thing while they change: what one answer lacks, the one before still says. */
export const isMerged = (part: string): boolean => revisedTypes.includes(part)

/** Parts of which there is one: whatever field they come with, they are the same. */
export const isSingleton = (part: string): boolean => singletonTypes.includes(part)

/** Relay connections: type, field, and the arguments that make another list of it. */
export const connections: readonly { readonly type: string; readonly field: string; readonly keyArgs: readonly string[] }[] = Object.entries(
  connectionFields,
).flatMap(([type, fields]) => Object.entries(fields).map(([field, keyArgs]) => ({ type, field, keyArgs })))
