import type { Builder } from '../builder.ts'
import { answer } from '../refusals.ts'
import { type StartOptions, startOperation } from '../start.ts'
import type { DerivedOperation } from './derived-operation.ts'
import type { DerivedTypes, InputFieldBuilderOf } from './derived-types.ts'
import { pascalOf, startInputNameOf, startNameOf } from './names.ts'

/** The typed start mutation of a definition. */
export function addStartMutation(builder: Builder, types: DerivedTypes, operation: DerivedOperation): void {
  const { definition, extras, inputFields } = operation
  const input = builder.inputType(startInputNameOf(definition.type), {
    description: `Input of start${pascalOf(definition.type)}.`,
    fields: (t) => ({ ...types.inputFields(t, inputFields), ...extras?.inputFields?.(t), ...startOptionFields(t) }),
  })
  builder.mutationField(startNameOf(definition.type), (t) =>
    t.field({
      type: 'StartOperationResult',
      description: `Starts: ${definition.title}. ${definition.description}`,
      args: { input: t.arg({ type: input, required: true, description: 'What to do, and how to start it.' }) },
      gate: 'api',
      starts: () => definition.type,
      resolve: (_root, args, context) => answer(() => startOperation({ context, operation, ...split(args.input), path: 'input' })),
    }),
  )
}

/** Options that every start has. */
export const startOptionFields = (t: InputFieldBuilderOf) => ({
  title: t.string({ description: 'What people will call it, at most 200 characters; by default its definition says.' }),
  priority: t.field({ type: 'Priority', description: "Who goes first; above the definition's only for services and administrators." }),
  runAt: t.field({ type: 'DateTime', description: 'When it may start at the earliest, within 366 days; by default at once.' }),
  idempotencyKey: t.string({
    description:
      'At most 200 characters. Same key and same input: the first operation again, with replayed: true. Same key, other input: IdempotencyConflictError.',
  }),
  ownerId: t.id({ description: 'Whose operation it is; by default the viewer. Services and administrators may act for a user.' }),
})

function split(given: object): { readonly options: StartOptions; readonly input: Readonly<Record<string, unknown>> } {
  const { title, priority, runAt, idempotencyKey, ownerId, ...input } = given as StartOptions & Readonly<Record<string, unknown>>
  return { options: { title, priority, runAt, idempotencyKey, ownerId }, input }
}
