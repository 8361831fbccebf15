import { parsePageCursor } from '../engine/store/list-operations.ts'
import { findOperation, startable, visibility, visible } from './authorize.ts'
import type { Builder } from './builder.ts'
import type { Context } from './context.ts'
import type { DerivedOperation } from './derive/derived-operation.ts'
import { checkInput } from './limits.ts'
import { type addOperationFilter, listFilter, type OperationFilter } from './operation-filter.ts'
import { addOperationMetrics, seconds } from './operation-metrics.ts'
import { connectionOf, DEFAULT_PAGE_SIZE, type PageArgs, pageRequest } from './pages.ts'

type FilterRef = ReturnType<typeof addOperationFilter>

/** Reads of operations: one, many, their definitions and their figures. */
export function addOperationQueries(builder: Builder, filter: FilterRef, derived: ReadonlyMap<string, DerivedOperation>): void {
  builder.queryField('operation', (t) =>
    t.field({
      type: 'Operation',
      nullable: true,
      description: 'One operation; null when it does not exist or this viewer may not see it.',
      args: { id: t.arg.id({ required: true, description: 'Id of the operation.' }) },
      resolve: (_root, { id }, context) => findOperation(context, id),
    }),
  )
  addOperations(builder, filter)
  addDefinitions(builder, derived)
  addOperationMetrics(builder)
}

interface OperationsArgs extends PageArgs {
  readonly filter?: OperationFilter | null | undefined
  readonly orderBy?: { readonly field: 'created_at' | 'updated_at'; readonly direction: 'asc' | 'desc' } | null | undefined
}

function addOperations(builder: Builder, filter: FilterRef): void {
  const order = builder.inputType('OperationOrder', {
    description: 'Order of a list of operations.',
    fields: (t) => ({
      field: t.field({ type: 'OperationOrderField', required: true, defaultValue: 'created_at', description: 'What it is ordered by.' }),
      direction: t.field({ type: 'OrderDirection', required: true, defaultValue: 'desc', description: 'In which direction.' }),
    }),
  })
  builder.queryField('operations', (t) =>
    t.field({
      type: 'OperationConnection',
      description: 'Job history and what is active now: all that this viewer may see, newest first by default.',
      args: {
        filter: t.arg({ type: filter, description: 'Which ones.' }),
        orderBy: t.arg({ type: order, description: 'In which order.' }),
        first: t.arg.int({ description: `Length of the page counted from its start, at most 100; ${DEFAULT_PAGE_SIZE} by default.` }),
        after: t.arg.string({ description: 'Cursor after which the page starts.' }),
        last: t.arg.int({ description: 'Length of the page counted from its end, at most 100.' }),
        before: t.arg.string({ description: 'Cursor before which the page ends.' }),
      },
      resolve: (_root, args, context) => listOperations(context, args),
    }),
  )
}

async function listOperations(context: Context, args: OperationsArgs) {
  const seen = visibility(context)
  const { after, before, ...page } = pageRequest(args)
  checkInput((check) => {
    for (const [name, cursor] of Object.entries({ after, before }))
      if (cursor !== undefined && !parsePageCursor(cursor)) check.add(name, 'expected a cursor as the API gave it')
  })
  const found = await context.services.engine.list({
    visibility: seen,
    filter: listFilter(args.filter),
    orderBy: args.orderBy ?? { field: 'created_at', direction: 'desc' },
    ...page,
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  })
  const edges = found.items.filter(({ operation }) => visible(context, operation)).map(({ operation, cursor }) => ({ cursor, node: operation }))
  return connectionOf(edges, { next: found.hasNext, previous: found.hasPrevious })
}

function addDefinitions(builder: Builder, derived: ReadonlyMap<string, DerivedOperation>): void {
  builder.objectType('OperationDefinition', {
    description: 'What this server knows of one type of operation.',
    fields: (t) => ({
      type: t.field({ type: 'OperationType', description: 'The type.', resolve: (definition) => definition.type }),
      title: t.exposeString('title', { description: 'What people call it.' }),
      description: t.exposeString('description', { description: 'What it does.' }),
      priority: t.field({ type: 'Priority', description: 'Who goes first when slots are scarce.', resolve: (definition) => definition.priority }),
      estimateSeconds: t.int({ description: 'How long it usually takes.', resolve: (definition) => Math.ceil(definition.estimateMs / 1_000) }),
      usualSeconds: t.int({
        nullable: true,
        description: 'What half of the operations of this type took lately, at most; null until there is history.',
        resolve: ({ type }, _args, { services }) => seconds(services.engine.usualTime(type)?.usualMs),
      }),
      usualSecondsHigh: t.int({
        nullable: true,
        description: 'What nine of ten operations of this type took lately, at most; null until there is enough history to say.',
        resolve: ({ type }, _args, { services }) => seconds(services.engine.usualTime(type)?.usualHighMs),
      }),
      timeoutSeconds: t.int({ description: 'Running time that one attempt may take.', resolve: (definition) => Math.ceil(definition.timeoutMs / 1_000) }),
      steps: t.field({
        type: ['StepDefinition'],
        description: 'Its steps in their order, as many as the definition names.',
        resolve: (definition) => definition.steps,
      }),
      impact: t.field({
        type: 'OperationImpact',
        description: 'How it affects what people can do while it is not done.',
        resolve: (definition) => definition.impact,
      }),
      gate: t.field({
        type: 'Feature',
        nullable: true,
        description: 'The feature that it needs: starting, retrying and resuming it is refused while that is blocked for its owner. Null: none of its own.',
        resolve: (definition) => definition.gate,
      }),
      inputSchema: t.field({
        type: 'JSONObject',
        description: 'JSON Schema of the input, for forms and for startOperation.',
        resolve: (definition) => derived.get(definition.type)?.inputSchema ?? {},
      }),
      startable: t.boolean({ description: 'True when this viewer may start it.', resolve: (definition, _args, context) => startable(context, definition) }),
    }),
  })
  builder.queryField('operationDefinitions', (t) =>
    t.field({
      type: ['OperationDefinition'],
      description: 'All types of operations that this server knows, one entry each.',
      resolve: (_root, _args, context) => {
        visibility(context)
        return context.services.engine.registry.all
      },
    }),
  )
}
