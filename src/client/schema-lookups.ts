import { compositeFields, possibleTypes, revisedTypes, sequencedTypes, versionedTypes } from './generated/schema-facts.ts'

/** Questions about the schema that the generated facts answer. A type that they don't know (a newer server's) is treated as an ordinary one. */
const [versioned, revised, sequenced] = [new Set(versionedTypes), new Set(revisedTypes), new Set(sequencedTypes)]
const frames = new Set(['StreamFrame', ...(possibleTypes['StreamFrame'] ?? [])])
const supertypes = new Map<string, readonly string[]>()
for (const [abstract, members] of Object.entries(possibleTypes)) {
  for (const member of members) supertypes.set(member, [...(supertypes.get(member) ?? []), abstract])
}

/** Object types that a value of this type may be of. */
const membersOf = (type: string): readonly string[] => possibleTypes[type] ?? [type]

/** True when every object of this type has an `id` and a `version`. */
export const isVersioned = (type: string): boolean => membersOf(type).every((member) => versioned.has(member))

/** True when it is a part with a `revision` of its own. */
export const isRevised = (type: string): boolean => revised.has(type)

/** True when it is a frame of a lossless stream. */
export const isFrame = (type: string): boolean => frames.has(type)

/** Object types among those that this type may be of whose frames have a `seq`. */
export const sequencedAmong = (type: string): readonly string[] => membersOf(type).filter((member) => sequenced.has(member))

/** True when a fragment on `condition` applies to an object of this type, or may: of types that are not known here nobody can say. */
export const applies = (condition: string, objectType: string): boolean =>
  condition === objectType || (possibleTypes[condition]?.includes(objectType) ?? false) || (condition in possibleTypes && !supertypes.has(objectType))

/** Type of a field that is an object; undefined for scalars and for what is not known. */
export function typeOfField(type: string, field: string): string | undefined {
  const own = compositeFields[type]?.[field]
  if (own !== undefined) return own
  for (const inherited of supertypes.get(type) ?? []) {
    const found = compositeFields[inherited]?.[field]
    if (found !== undefined) return found
  }
  return undefined
}
