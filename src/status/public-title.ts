import type { OperationRecord } from '../engine/records.ts'
import type { Registry } from '../engine/registry.ts'

/** What may be shown of an operation's title to those who may not see it: one that is made from the input may tell what the input says; of a type of another release nothing is known. */
export function publicTitle(registry: Registry, { type, title }: Pick<OperationRecord, 'type' | 'title'>): string {
  const definition = registry.get(type)
  if (!definition) return 'Other work'
  return definition.titleOf ? definition.title : title
}
