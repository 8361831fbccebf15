import type { OperationEventType } from '../engine/lifecycle.ts'
import { INBOX } from '../notifications/inbox.ts'
import type { Builder, StreamFrame } from './builder.ts'
import { addConnection } from './pages.ts'

const FRAME_NAMES: Readonly<Record<StreamFrame['kind'], string>> = {
  snapshot: 'OperationSnapshot',
  event: 'OperationEvent',
  caughtUp: 'StreamCaughtUp',
  gap: 'StreamGap',
}

function nameOf(frame: StreamFrame, eventNames: ReadonlyMap<string, string>): string {
  if (frame.kind !== 'event') return FRAME_NAMES[frame.kind]
  return frame.subject === INBOX ? 'NotificationFrame' : (eventNames.get(frame.event.stream) ?? FRAME_NAMES.event)
}

/** Frames of lossless streams. `eventNames`: by the key of a stream of business events, the type that shows its events. */
export function addStreamTypes(builder: Builder, eventNames: ReadonlyMap<string, string>): void {
  builder.interfaceType('StreamFrame', {
    description: 'Every frame of a lossless stream.',
    resolveType: (frame) => nameOf(frame, eventNames),
    fields: (t) => ({
      cursor: t.field({ type: 'Cursor', description: 'Where this frame stands: give it as `after` to go on from here.', resolve: (frame) => frame.cursor }),
    }),
  })
  builder.objectType('OperationSnapshot', {
    description: 'First frame of operationEvents when no `after` was given, and after every StreamGap.',
    interfaces: ['StreamFrame'],
    fields: (t) => ({ operation: t.field({ type: 'Operation', description: 'The operation at this cursor.', resolve: (frame) => frame.subject }) }),
  })
  addOperationEvent(builder)
  builder.objectType('StreamCaughtUp', {
    description: 'Replay finished; what follows is live.',
    interfaces: ['StreamFrame'],
    fields: (t) => ({ replayed: t.exposeInt('replayed', { description: 'How many events were replayed.' }) }),
  })
  builder.objectType('StreamGap', {
    description:
      'The server cannot give everything after your cursor. A snapshot follows where the stream has one; else the events that are still kept (after a gap of notifications, ask for the list again).',
    interfaces: ['StreamFrame'],
    fields: (t) => ({ reason: t.field({ type: 'StreamGapReason', description: 'Why not.', resolve: (frame) => frame.reason }) }),
  })
}

function addOperationEvent(builder: Builder): void {
  const event = builder.objectType('OperationEvent', {
    description: 'One committed entry of the history of an operation.',
    interfaces: ['StreamFrame'],
    fields: (t) => ({
      seq: t.int({ description: '1, 2, 3 … without a hole, per operation: a client can prove that it lost nothing.', resolve: (frame) => frame.event.seq }),
      type: t.field({ type: 'OperationEventType', description: 'What happened.', resolve: (frame) => frame.event.type as OperationEventType }),
      occurredAt: t.field({ type: 'DateTime', description: 'When.', resolve: (frame) => frame.event.at }),
      actor: t.field({ type: 'Actor', nullable: true, description: 'Who or what caused it; null where nobody did.', resolve: (frame) => frame.event.actor }),
      data: t.field({ type: 'JSONObject', description: 'The data of this kind of event: step, item, error, reason ….', resolve: (frame) => frame.event.data }),
      operation: t.field({ type: 'Operation', description: 'The operation, no older than this event.', resolve: (frame) => frame.subject }),
    }),
  })
  addConnection(builder, { name: 'OperationEvent', plural: 'events', node: event, cursorType: 'Cursor' })
}
