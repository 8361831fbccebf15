import { statusQuestion } from './authorize.ts'
import type { Builder } from './builder.ts'
import { checkInput, LIMITS } from './limits.ts'

/** How far users are affected by what runs. */
export function addSystemStatus(builder: Builder): void {
  addImpactCause(builder)
  addFeatureAccess(builder)
  builder.objectType('SystemStatus', {
    description: 'How far a user is affected by unfinished operations, and by parts of the server that are away. The worst wins.',
    fields: (t) => ({
      level: t.field({ type: 'SystemLevel', description: 'The worst level of all causes.', resolve: (status) => status.level }),
      message: t.exposeString('message', { description: 'What it is, for people.' }),
      estimatedRestorationAt: t.expose('estimatedRestorationAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the most restrictive effect is expected to end; null when there is none, or when that is not known.',
      }),
      features: t.field({ type: ['FeatureAccess'], description: 'All features, one entry each.', resolve: (status) => status.features }),
      causes: t.field({
        type: ['ImpactCause'],
        description: 'What is behind the level, most restrictive first, at most 101; operation only where the viewer may see it.',
        resolve: (status) => status.causes,
      }),
      observedAt: t.expose('observedAt', { type: 'DateTime', description: 'When it was so.' }),
    }),
  })
  builder.queryField('systemStatus', (t) =>
    t.field({
      type: 'SystemStatus',
      description: 'Status of the viewer. Services and administrators may ask for a user, who is taken for one of their own tenant.',
      args: { userId: t.arg.id({ description: 'Subject of the user; by default the viewer.' }) },
      resolve: (_root, { userId }, context) => {
        checkInput((check) => check.text('userId', userId, { from: 1, to: LIMITS.ownerId }))
        return context.services.status.systemStatus(statusQuestion(context, userId ?? undefined))
      },
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
      retryAfterSeconds: t.exposeInt('retryAfterSeconds', {
        nullable: true,
        description: 'Seconds until then, at least 1; null while it is allowed, or when that is not known.',
      }),
      causes: t.field({ type: ['ImpactCause'], description: 'What restricts it, most restrictive first, at most 100.', resolve: (access) => access.causes }),
    }),
  })
}

function addImpactCause(builder: Builder): void {
  builder.objectType('ImpactCause', {
    description: 'Something that restricts what people can do: as a rule an unfinished operation.',
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
    }),
  })
}
