import type { Builder } from './builder.ts'

/** The object types that an operation is made of. */
export function addOperationParts(builder: Builder): void {
  addActor(builder)
  addStateReason(builder)
  addProgress(builder)
  addSteps(builder)
  addImpact(builder)
}

function addActor(builder: Builder): void {
  builder.objectType('Actor', {
    description: 'Who or what causes a change or owns a thing.',
    fields: (t) => ({
      kind: t.field({ type: 'ActorKind', description: 'What kind of somebody it is.', resolve: (actor) => actor.kind }),
      id: t.exposeID('id', { description: 'Subject of the token; `system` for Batuta itself.' }),
      name: t.string({ nullable: true, description: 'Name, where the token said one.', resolve: (actor) => actor.name }),
    }),
  })
}

function addStateReason(builder: Builder): void {
  builder.objectType('StateReason', {
    description: 'Why an operation is in its state.',
    fields: (t) => ({
      code: t.string({ description: 'What programs branch on, such as WAITING.', resolve: ({ reason }) => reason.code }),
      message: t.string({ description: 'A sentence for people.', resolve: ({ reason }) => reason.message }),
      since: t.field({ type: 'DateTime', description: 'Since when.', resolve: ({ reason }) => instant(reason.since) }),
      until: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'Until when, where that is known.',
        resolve: ({ reason }) => (reason.until ? instant(reason.until) : null),
      }),
      actor: t.field({ type: 'Actor', nullable: true, description: 'Who caused it, where somebody did.', resolve: ({ reason }) => reason.actor }),
      queuePosition: t.int({
        nullable: true,
        description: 'Position among what waits, 1 for the next; null where it does not wait or is too far back to count.',
        resolve: ({ record }, _args, { services }) => services.engine.queuePosition(record),
      }),
    }),
  })
  builder.objectType('AvailableAction', {
    description: 'What a viewer may ask of an operation now.',
    fields: (t) => ({
      action: t.field({ type: 'OperationAction', description: 'The action.', resolve: (available) => available.action }),
      enabled: t.exposeBoolean('enabled', { description: 'True when it may be asked for now.' }),
      disabledReason: t.exposeString('disabledReason', { nullable: true, description: 'Why not; null when it is enabled.' }),
    }),
  })
  builder.objectType('OperationFailure', {
    description: 'What went wrong.',
    fields: (t) => ({
      code: t.exposeString('code', { description: 'What programs branch on, such as TIMEOUT.' }),
      message: t.exposeString('message', { description: 'A sentence for people.' }),
      retryable: t.exposeBoolean('retryable', { description: 'True when trying again may help.' }),
      step: t.string({ nullable: true, description: 'Name of the step that failed, where one did.', resolve: (failure) => failure.step }),
      at: t.field({ type: 'DateTime', description: 'When.', resolve: (failure) => instant(failure.at) }),
    }),
  })
}

function addProgress(builder: Builder): void {
  builder.objectType('OperationProgress', {
    description: 'How far an operation is. Counts are units; nothing here is made up: what is unknown is null.',
    fields: (t) => ({
      revision: t.exposeInt('revision', { description: 'Grows with every report, never goes back.' }),
      percentage: t.exposeFloat('percentage', { nullable: true, description: '0 to 100 with one decimal: done / total; null while the total is unknown.' }),
      done: t.exposeInt('done', { description: 'Units finished, whatever their outcome: succeeded + failed + skipped.' }),
      total: t.exposeInt('total', { nullable: true, description: 'Units in all; null while unknown.' }),
      succeeded: t.exposeInt('succeeded', { description: 'Units that ended well.' }),
      failed: t.exposeInt('failed', { description: 'Units that failed.' }),
      skipped: t.exposeInt('skipped', { description: 'Units that were left out on purpose.' }),
      unit: t.exposeString('unit', { description: 'What is counted, plural, such as rows.' }),
      message: t.exposeString('message', { nullable: true, description: 'What it is doing, for people.' }),
      ratePerSecond: t.exposeFloat('ratePerSecond', { nullable: true, description: 'Units per second, lately; null while unknown.' }),
      remainingSeconds: t.exposeInt('remainingSeconds', {
        nullable: true,
        description: 'Seconds until it is expected to be done, from the rate or from the history of its type; null while unknown.',
      }),
      remainingSecondsHigh: t.exposeInt('remainingSecondsHigh', {
        nullable: true,
        description:
          'Seconds within which nine of ten like it are done, from the history of its type; never less than remainingSeconds; null while unknown, and when it takes longer than those.',
      }),
      estimatedCompletionAt: t.expose('estimatedCompletionAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it is expected to be done; null while unknown.',
      }),
      stalledSince: t.expose('stalledSince', {
        type: 'DateTime',
        nullable: true,
        description: 'Since when nothing moves, although it runs; null when it moves.',
      }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last reported.' }),
    }),
  })
}

function addSteps(builder: Builder): void {
  builder.objectType('OperationStep', {
    description: 'One named step of an operation.',
    fields: (t) => ({
      name: t.exposeString('name', { description: 'Name in the definition.' }),
      title: t.exposeString('title', { description: 'What people call it.' }),
      state: t.field({ type: 'StepState', description: 'Where it stands.', resolve: (step) => step.state }),
      startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true, description: 'When it first started.' }),
      finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it ended.' }),
      durationMs: t.exposeInt('durationMs', { nullable: true, description: 'Milliseconds from its first start to its end; null until it ended.' }),
      message: t.exposeString('message', { nullable: true, description: 'What it says of itself.' }),
    }),
  })
  builder.objectType('StepDefinition', {
    description: 'A step that operations of a type go through.',
    fields: (t) => ({
      name: t.exposeString('name', { description: 'Name in the definition.' }),
      title: t.exposeString('title', { description: 'What people call it.' }),
    }),
  })
}

function addImpact(builder: Builder): void {
  builder.objectType('OperationImpact', {
    description: 'How an operation affects what people can do while it is not done.',
    fields: (t) => ({
      level: t.field({ type: 'SystemLevel', description: 'How far.', resolve: (impact) => impact.level }),
      blocks: t.field({ type: ['Feature'], description: 'Features that it blocks, each at most once.', resolve: (impact) => impact.blocks }),
      warns: t.field({ type: ['Feature'], description: 'Features that stay usable with a warning, each at most once.', resolve: (impact) => impact.warns }),
      scope: t.field({ type: 'ImpactScope', description: 'Whom it reaches.', resolve: (impact) => impact.scope }),
    }),
  })
}

/** Instants inside jsonb are text. */
const instant = (text: string): Date => new Date(text)
