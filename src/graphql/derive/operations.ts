import type { OperationRecord } from '../../engine/records.ts'
import type { Registry } from '../../engine/registry.ts'
import type { Builder } from '../builder.ts'
import { type DerivedOperation, derive } from './derived-operation.ts'
import type { DerivedTypes } from './derived-types.ts'
import type { OperationExtras } from './extras.ts'
import { objectNameOf } from './names.ts'
import { addStartMutation } from './start-mutation.ts'

/** One definition gives everything: its object type, its result type, its input type and its start mutation. */
export function addDerivedOperations(
  builder: Builder,
  types: DerivedTypes,
  { registry, extras }: { readonly registry: Registry; readonly extras: readonly OperationExtras[] },
): ReadonlyMap<string, DerivedOperation> {
  const byType = new Map(extras.map((extra) => [extra.type, extra]))
  const derived = registry.all.map((definition) => derive(definition, byType.get(definition.type)))
  for (const operation of derived) {
    addObjectType(builder, types, operation)
    if (operation.definition.run) addStartMutation(builder, types, operation)
  }
  return new Map(derived.map((operation) => [operation.definition.type, operation]))
}

/** Names that the interface has; a field of the input must not hide one. */
const INTERFACE_FIELDS = [
  'id',
  'type',
  'title',
  'state',
  'done',
  'stateReason',
  'priority',
  'version',
  'progress',
  'steps',
  'actions',
  'attempt',
  'maxAttempts',
  'nextAttemptAt',
  'failure',
  'owner',
  'impact',
  'createdAt',
  'runAt',
  'startedAt',
  'finishedAt',
  'updatedAt',
  'events',
  'cursor',
  'result',
]

const isOperationRecord = (value: unknown): value is OperationRecord => typeof value === 'object' && value !== null && 'leaseToken' in value

function addObjectType(builder: Builder, types: DerivedTypes, { definition, extras, shownFields, result, freeFormResult }: DerivedOperation): void {
  const clash = shownFields.find((field) => INTERFACE_FIELDS.includes(field.name))
  if (clash) throw new Error(`${definition.type} input.${clash.name}: this name is taken by a field that every operation has; call it something else`)
  const object = builder.objectRef<OperationRecord>(objectNameOf(definition.type)).implement({
    description: definition.description,
    // In this order: fields of later interfaces win, and `Node` does not know how to make an id.
    interfaces: ['Node', 'Operation'],
    isTypeOf: (value) => isOperationRecord(value) && value.type === definition.type,
    fields: (t) => Object.fromEntries(types.outputFields(t, shownFields, (record) => record.input)),
  })
  const description = 'What it gave; null until it is completed.'
  const resolve = (record: OperationRecord) => record.result as Readonly<Record<string, unknown>> | null
  if (result) {
    const type = types.object(result)
    builder.objectField(object, 'result', (t) => t.field({ type, nullable: true, description, resolve }))
  }
  if (freeFormResult) builder.objectField(object, 'result', (t) => t.field({ type: 'JSONObject', nullable: true, description, resolve }))
  extras?.addFields?.(builder, object)
}
