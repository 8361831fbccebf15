import type { Feature } from '../engine/definition.ts'
import type { Registry } from '../engine/registry.ts'
import type { Builder } from './builder.ts'

/** Enums of the API: the database's lower-case words in upper case, each value with a sentence. Total: a new value without one does not compile. */
type Sentences<Value extends string> = Readonly<Record<Value, string>>

function addEnum<Value extends string>(builder: Builder, name: string, description: string, sentences: Sentences<Value>): void {
  const entries = Object.entries<string>(sentences).map(([value, sentence]) => [value.toUpperCase(), { value, description: sentence }] as const)
  builder.enumType(name, { description, values: Object.fromEntries(entries) })
}

type Value<Name extends keyof Builder['$inferSchemaTypes']['Scalars']> = Extract<Builder['$inferSchemaTypes']['Scalars'][Name]['Output'], string>

export function addEnums(builder: Builder, registry: Registry): void {
  addOperationEnums(builder, registry)
  addEventEnums(builder)
  addImpactEnums(builder)
  addPeopleEnums(builder)
  addErrorCodes(builder)
  addDeliveryEnums(builder)
}

function addDeliveryEnums(builder: Builder): void {
  addEnum<Value<'NotificationCategory'>>(
    builder,
    'NotificationCategory',
    'What a notification is about; preferences are set by it. An edit may change it: progress becomes a result or a failure.',
    {
      progress: 'An operation that is not done.',
      result: 'An operation that completed or was canceled, or several of one type.',
      failure: 'An operation that failed, or several of one type of which one did.',
      status: "A feature that the user's own operations limit.",
      connection: 'A connection to something outside.',
      announcement: 'Something that affects more people: a gate, a maintenance, an operation.',
    },
  )
  addEnum<Value<'NotificationChannel'>>(builder, 'NotificationChannel', 'A way by which notifications leave the product.', {
    email: 'Mail.',
    slack: 'Slack: an incoming webhook, or a channel or member by a bot.',
    teams: "Microsoft Teams: a workflow's webhook.",
    webhook: 'Signed JSON to a program of yours.',
    whatsapp: 'WhatsApp.',
  })
  addEnum<Value<'PreferenceSource'>>(builder, 'PreferenceSource', 'Who decided about a preference.', {
    user: 'The user.',
    tenant: 'An administrator, for the tenant.',
    everybody: 'An administrator, for everybody.',
    product: 'Nobody: it is as the product brings it.',
  })
  addEnum<Value<'DeliveryState'>>(builder, 'DeliveryState', 'What became of a message.', {
    pending: 'It is on its way, or will be tried again.',
    delivered: 'The receiver took it.',
    unknown: 'It may have arrived or not. It is not sent again by itself, so that nothing arrives twice.',
    failed: 'It did not arrive and is not tried again.',
  })
}

function addOperationEnums(builder: Builder, registry: Registry): void {
  builder.enumType('OperationType', {
    description: 'The registered kinds of operations.',
    values: Object.fromEntries(registry.all.map(({ type, description }) => [type, { value: type, description }])),
  })
  addEnum<Value<'OperationState'>>(builder, 'OperationState', 'Where an operation stands in its life.', {
    queued: 'Waits for its time, its turn, or its exclusive key.',
    running: 'Its handler runs, or another service works on it.',
    pausing: 'A pause was asked for; the handler stops at the next boundary, or at a deadline.',
    paused: 'Waits for a resume. No handler runs.',
    retrying: 'Failed for now and waits for its next attempt.',
    canceling: 'A cancel was asked for; the handler ends and the clean-up runs.',
    completed: 'Ended well. Done.',
    failed: 'Ended with a failure. Done, and may be retried.',
    canceled: 'Ended because somebody asked for it. Done, and may be retried.',
  })
  addEnum<Value<'OperationAction'>>(builder, 'OperationAction', 'What a person may ask of an operation.', {
    pause: 'Stop at the next boundary and keep what is done.',
    resume: 'Go on from where it was paused.',
    cancel: 'End it; its clean-up decides what stays.',
    retry: 'Run it again; finished steps are skipped.',
    retry_failed_items: 'Run it again for the items that failed only.',
  })
  addEnum<Value<'RetryFrom'>>(builder, 'RetryFrom', 'Where a retry starts.', {
    last_step: 'At the first step that is not finished.',
    failed_items: 'At the items that failed; the others stay as they are.',
    start: 'From the beginning, forgetting all steps.',
  })
  addEnum<Value<'Priority'>>(builder, 'Priority', 'Who goes first when slots are scarce.', {
    low: 'Housekeeping.',
    medium: 'Updates.',
    high: 'Important, does not block.',
    critical: 'Blocks something that people wait for.',
  })
  addEnum<Value<'StepState'>>(builder, 'StepState', 'Where a step stands.', {
    pending: 'Not started yet.',
    running: 'Started and not finished; with a paused operation it waits.',
    completed: 'Finished; a resumed or retried run skips it.',
    failed: 'Ended with a failure; a retry starts it again.',
  })
  addEnum<Value<'OperationOrderField'>>(builder, 'OperationOrderField', 'What a list of operations is ordered by.', {
    created_at: 'When it was created.',
    updated_at: 'When it last changed.',
  })
  addEnum<Value<'OrderDirection'>>(builder, 'OrderDirection', 'Direction of an order.', { asc: 'Oldest or smallest first.', desc: 'Newest or largest first.' })
}

function addEventEnums(builder: Builder): void {
  addEnum<Value<'OperationEventType'>>(builder, 'OperationEventType', 'What happened to an operation.', {
    queued: 'It was created and waits.',
    started: 'A run began.',
    step_started: 'A step began.',
    step_completed: 'A step ended well.',
    step_failed: 'A step ended with a failure.',
    items_settled: 'Items of a list got their outcomes.',
    milestone: 'A point of the progress that somebody must not miss.',
    pause_requested: 'Somebody asked for a pause.',
    paused: 'It is paused.',
    resumed: 'Somebody resumed it.',
    cancel_requested: 'Somebody asked for a cancel.',
    canceled: 'It is canceled.',
    retry_scheduled: 'An attempt failed and another one will follow.',
    retried: 'Somebody asked for a retry.',
    rescued: 'Its instance fell silent or shut down; another one takes over.',
    completed: 'It ended well.',
    failed: 'It ended with a failure.',
  })
  addEnum<Value<'StreamGapReason'>>(builder, 'StreamGapReason', 'Why not everything after a cursor can be given.', {
    retention: 'Some of the events were pruned since.',
    unknown_cursor: 'It is no cursor of this stream.',
    beyond_head: 'It lies after the last event, which happens when the database was restored from a backup.',
  })
}

function addImpactEnums(builder: Builder): void {
  addEnum<Value<'SystemLevel'>>(builder, 'SystemLevel', 'How far an operation affects what people can do.', {
    operational: 'Nothing affects anybody.',
    degraded: 'Work in progress; features are usable with a warning.',
    maintenance: 'Some feature is blocked.',
    critical: 'Services are interrupted; read only.',
  })
  addEnum<Feature>(builder, 'Feature', 'Features of the product that operations can block.', {
    chat: 'The chat with the assistant.',
    api: 'Changes through this API: what starts operations or changes data. Reading, and control of what runs, stays possible whatever happens.',
  })
  addEnum<Value<'ImpactScope'>>(builder, 'ImpactScope', 'Whom an impact reaches.', {
    owner: 'The owner of the operation.',
    tenant: 'Everybody of its tenant.',
    everybody: 'All users.',
  })
  addEnum<Value<'AccessMode'>>(builder, 'AccessMode', 'How far a feature can be used.', {
    available: 'As always.',
    warning: 'As always, but something is going on that may affect it.',
    read_only: 'What is there can be read; nothing can be changed.',
    blocked: 'Not at all.',
  })
}

function addPeopleEnums(builder: Builder): void {
  addEnum<Value<'ActorKind'>>(builder, 'ActorKind', 'What kind of somebody caused a change.', {
    user: 'A person.',
    admin: 'A person with the role ADMIN.',
    service: 'Another service.',
    system: 'Batuta itself.',
  })
  builder.enumType('Role', {
    description: 'What a token grants.',
    values: {
      USER: { description: 'Starts, sees and controls operations of their own.' },
      ADMIN: { description: 'Sees and controls all operations.' },
      SERVICE: { description: 'Acts for users, and reports on work that runs elsewhere.' },
    } satisfies Readonly<Record<Value<'Role'>, object>>,
  })
}

function addErrorCodes(builder: Builder): void {
  const sentences: Sentences<Value<'ErrorCode'>> = {
    UNAUTHENTICATED: 'Nobody is signed in, or the token is not valid.',
    FORBIDDEN: 'This viewer may not do that.',
    NOT_FOUND: 'It does not exist, or this viewer may not see it.',
    INVALID_INPUT: 'A value was not what was expected; `issues` say where and what.',
    INVALID_STATE: 'It is in a state that does not allow it.',
    VERSION_CONFLICT: 'It changed since it was read.',
    IDEMPOTENCY_CONFLICT: 'The idempotency key, or the reference, was used with another input.',
    ALREADY_RUNNING: 'Another operation holds the same exclusive key.',
    FEATURE_BLOCKED: 'The feature can not be used at the moment; `feature`, `until` and `retryAfterSeconds` say more.',
    QUOTA_EXCEEDED: 'There are too many of these at the moment.',
    TOO_COMPLEX: 'The document asks for too much at once.',
    RATE_LIMITED: 'Too many requests; try again later.',
    UNAVAILABLE: 'Something that is needed is away or overloaded; try again later.',
    INTERNAL: 'A defect of the server; details are in its log.',
  }
  builder.enumType('ErrorCode', {
    description: 'The closed set of error codes, of error members and of `extensions.code`.',
    values: Object.fromEntries(Object.entries(sentences).map(([code, description]) => [code, { value: code, description }])),
  })
}
