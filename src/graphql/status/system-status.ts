import { retryAfterSeconds } from '../../status/compute-status.ts'
import type { LiveQuestion } from '../../status/live/status-watcher.ts'
import { statusQuestion } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { checkInput, LIMITS } from '../limits.ts'
import type { WindowTypes } from './status-window.ts'

/** How far users are affected by what runs, and by what was decided by hand. */
export function addSystemStatus(builder: Builder, types: WindowTypes): void {
  addImpactCause(builder, types)
  addFeatureAccess(builder)
  builder.objectType('SystemStatus', {
    description: 'How far a user is affected by unfinished operations, by gates and maintenances, and by parts of the server that are away. The worst wins.',
    fields: (t) => ({
      level: t.field({ type: 'SystemLevel', description: 'The worst level of all causes.', resolve: (status) => status.level }),
      message: t.exposeString('message', { description: 'What it is, for people; and why its end is unknown, where it is.' }),
      estimatedRestorationAt: t.expose('estimatedRestorationAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the most restrictive effect is expected to end; null when there is none, or when that is not known.',
      }),
      features: t.field({ type: ['FeatureAccess'], description: 'All features, one entry each.', resolve: (status) => status.features }),
      causes: t.field({
        type: ['ImpactCause'],
        description: 'What is behind the level, most restrictive first, at most 100; operation only where the viewer may see it.',
        resolve: (status) => status.causes,
      }),
      upcoming: t.field({
        type: [types.window],
        description: 'Planned maintenances that reach the user, next first, at most 5.',
        resolve: (status) => status.upcoming,
      }),
      observedAt: t.expose('observedAt', {
        type: 'DateTime',
        description: 'Since when it is so as far as is known: when it was asked for, or when it last changed.',
      }),
    }),
  })
  addStatusFields(builder)
  addAccessFields(builder)
}

const USER_ID = 'Subject of the user; by default the viewer.'

function questionOf(context: Context, userId: string | null | undefined): LiveQuestion {
  checkInput((check) => check.text('userId', userId, { from: 1, to: LIMITS.ownerId }))
  return statusQuestion(context, userId ?? undefined)
}

function addStatusFields(builder: Builder): void {
  builder.queryField('systemStatus', (t) =>
    t.field({
      type: 'SystemStatus',
      description: 'Status of the viewer. Services and administrators may ask for a user, who is taken for one of their own tenant.',
      args: { userId: t.arg.id({ description: USER_ID }) },
      resolve: (_root, { userId }, context) => context.services.status.systemStatus(questionOf(context, userId)),
    }),
  )
  builder.subscriptionField('systemStatus', (t) =>
    t.field({
      type: 'SystemStatus',
      description:
        'LATEST ONLY: the status at once, then on every change, on every instance. Expected ends are told anew when they moved far enough to matter, once a second at most.',
      args: { userId: t.arg.id({ description: USER_ID }) },
      subscribe: (_root, { userId }, context) => context.services.statusBoard.watch(questionOf(context, userId)),
      resolve: (status) => status,
    }),
  )
}

function addAccessFields(builder: Builder): void {
  builder.queryField('featureAccess', (t) =>
    t.field({
      type: 'FeatureAccess',
      description: 'Whether the viewer can use a feature now. Services and administrators may ask for a user, who is taken for one of their own tenant.',
      args: { feature: t.arg({ type: 'Feature', required: true, description: 'The feature.' }), userId: t.arg.id({ description: USER_ID }) },
      resolve: (_root, { feature, userId }, context) => context.services.status.access(questionOf(context, userId), feature),
    }),
  )
  builder.subscriptionField('featureAccess', (t) =>
    t.field({
      type: 'FeatureAccess',
      description: 'LATEST ONLY: the access at once, then on every change, on every instance.',
      args: { feature: t.arg({ type: 'Feature', required: true, description: 'The feature.' }), userId: t.arg.id({ description: USER_ID }) },
      subscribe: (_root, { feature, userId }, context) => context.services.statusBoard.watchAccess(questionOf(context, userId), feature),
      resolve: (access) => access,
    }),
  )
}

function addFeatureAccess(builder: Builder): void {
  builder.objectType('FeatureAccess', {
    description: 'Whether a feature of the product can be used now, and why not.',
    fields: (t) => ({
      feature: t.field({ type: 'Feature', description: 'The feature.', resolve: (access) => access.feature }),
      mode: t.field({ type: 'AccessMode', description: 'How far it can be used.', resolve: (access) => access.mode }),
      allowed: t.exposeBoolean('allowed', { description: 'True in AVAILABLE and WARNING.' }),
      reason: t.exposeString('reason', { nullable: true, description: 'What restricts it, for people; null while nothing does.' }),
      until: t.expose('until', {
        type: 'DateTime',
        nullable: true,
        description: 'When that is expected to end; null while nothing restricts it, or when that is not known.',
      }),
      retryAfterSeconds: t.int({
        nullable: true,
        // From the moment of the answer on: a live value may be older.
        resolve: (access, _args, context) => retryAfterSeconds(access, context.services.clock.now()),
        description: 'Seconds until then, at least 1; null while it is allowed, or when that is not known.',
      }),
      causes: t.field({ type: ['ImpactCause'], description: 'What restricts it, most restrictive first, at most 100.', resolve: (access) => access.causes }),
    }),
  })
}

function addImpactCause(builder: Builder, { window }: WindowTypes): void {
  builder.objectType('ImpactCause', {
    description: 'Something that restricts what people can do: an unfinished operation, a gate, a maintenance, or a part of the server that is away.',
    fields: (t) => ({
      type: t.field({
        type: 'OperationType',
        nullable: true,
        description: 'Type of the operation; null when no operation is behind it.',
        resolve: (cause) => cause.type,
      }),
      title: t.exposeString('title', { description: 'What people call it.' }),
      level: t.field({ type: 'SystemLevel', description: 'How far it restricts.', resolve: (cause) => cause.level }),
      until: t.expose('until', { type: 'DateTime', nullable: true, description: 'When it is expected to end; null when that is not known.' }),
      operation: t.field({
        type: 'Operation',
        nullable: true,
        description: 'The operation, where the viewer may see it.',
        resolve: (cause) => cause.operation,
      }),
      window: t.field({ type: window, nullable: true, description: 'The gate or the maintenance, where it is one.', resolve: (cause) => cause.window }),
    }),
  })
}
