import { toTypeId } from '../base/ids.ts'
import type { AvailableAction } from '../engine/engine.ts'
import type { OperationRecord } from '../engine/records.ts'
import { toCursor } from '../events/cursor.ts'
import { controlRefusal } from './authorize.ts'
import type { Builder } from './builder.ts'
import type { Context } from './context.ts'
import { objectNameOf } from './derive/names.ts'
import { eventPage } from './event-page.ts'
import { addConnection } from './pages.ts'
import { stateReasonOf } from './state-reason.ts'
import { stepsOf } from './steps.ts'

/** The `Operation` interface. One object type per definition implements it; see `derive/`. */
export function addOperationInterface(builder: Builder): void {
  const operation = builder.interfaceType('Operation', {
    description: 'A long-running operation: what it is, where it stands, and what may be done about it. One object type per definition implements it.',
    interfaces: ['Node'],
    resolveType: (record) => objectNameOf(record.type),
    fields: (t) => ({
      id: t.id({ description: 'Id of the operation, such as operation_01jd3k….', resolve: (record) => toTypeId('operation', record.id) }),
      type: t.field({ type: 'OperationType', description: 'Which definition it follows.', resolve: (record) => record.type }),
      title: t.exposeString('title', { description: 'What people call it.' }),
      priority: t.field({ type: 'Priority', description: 'Who goes first when slots are scarce.', resolve: (record) => record.priority }),
      owner: t.field({ type: 'Actor', description: 'Whose operation it is.', resolve: ownerOf }),
      impact: t.field({ type: 'OperationImpact', description: 'How it affects what people can do while it is not done.', resolve: (record) => record.impact }),
      version: t.exposeInt('version', {
        description: 'Number of its last event. With progress.revision it orders what a client sees: keep the highest, drop anything older.',
      }),
      cursor: t.field({ type: 'Cursor', description: "Head of this operation's stream at the time of this read.", resolve: cursorOf }),
    }),
  })
  addConnection(builder, { name: 'Operation', plural: 'operations', node: operation, cursorType: 'String' })
  addStateFields(builder)
  addTimeFields(builder)
  addDetailFields(builder)
}

/** Head of the operation's stream. */
export const cursorOf = (record: OperationRecord): string => toCursor({ stream: record.id, seq: record.version })

const ownerOf = (record: OperationRecord) => (record.createdBy.id === record.ownerId ? record.createdBy : { kind: 'user' as const, id: record.ownerId })

function addStateFields(builder: Builder): void {
  builder.interfaceFields('Operation', (t) => ({
    state: t.field({ type: 'OperationState', description: 'Where it stands in its life.', resolve: (record) => record.state }),
    done: t.boolean({ description: 'True in COMPLETED, FAILED and CANCELED.', resolve: (record) => record.finishedAt !== null }),
    stateReason: t.field({
      type: 'StateReason',
      nullable: true,
      description: 'Why it is in this state: a code, a sentence, since when, until when, by whom.',
      resolve: (record, _args, { services }) => stateReasonOf(record, services.clock.now()),
    }),
    attempt: t.exposeInt('attempt', { description: 'Number of the current or last attempt; 0 before the first.' }),
    maxAttempts: t.exposeInt('maxAttempts', { description: 'Attempts after which a failure is final.' }),
    failure: t.field({
      type: 'OperationFailure',
      nullable: true,
      description: 'What went wrong last; null when nothing did.',
      resolve: (record) => record.failure,
    }),
    actions: t.field({
      type: ['AvailableAction'],
      description: 'What this viewer may do now, and why not where it may not: one entry per action. No client needs a state table of its own.',
      resolve: (record, _args, context) => actionsFor(context, record),
    }),
  }))
}

/** What the viewer of an operation may do with it now. */
export function actionsFor(context: Context, record: OperationRecord): readonly AvailableAction[] {
  const actions = context.services.engine.actions(record)
  const refusal = controlRefusal(context, record)
  return refusal === undefined ? actions : actions.map(({ action }) => ({ action, enabled: false, disabledReason: refusal }))
}

function addTimeFields(builder: Builder): void {
  builder.interfaceFields('Operation', (t) => ({
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    runAt: t.expose('runAt', { type: 'DateTime', description: 'When it may start at the earliest.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true, description: 'When it first started; null while it never did.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it was done; null until then.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When its state last changed. Progress has a time of its own.' }),
    nextAttemptAt: t.expose('nextAttemptAt', { type: 'DateTime', nullable: true, description: 'When the next attempt starts; set while it is RETRYING.' }),
  }))
}

function addDetailFields(builder: Builder): void {
  builder.interfaceFields('Operation', (t) => ({
    progress: t.field({
      type: 'OperationProgress',
      description: 'How far it is, at this moment.',
      resolve: (record, _args, { services }) => services.engine.progressOf(record),
    }),
    steps: t.field({
      type: ['OperationStep'],
      description: 'Its steps in their order, as many as its definition names; those that were not started are PENDING.',
      resolve: (record, _args, { services }) => stepsOf(record, services.engine.registry.get(record.type)),
    }),
    events: t.field({
      type: 'OperationEventConnection',
      description: 'Committed history, oldest first; edge cursors are valid for Subscription.operationEvents(after:).',
      args: {
        first: t.arg.int({ description: 'Length of the page, at most 100; 50 by default.' }),
        after: t.arg({ type: 'Cursor', description: 'Cursor of the event after which the page starts.' }),
      },
      resolve: eventPage,
    }),
  }))
}
