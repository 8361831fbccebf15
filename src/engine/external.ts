import { z } from 'zod'
import { DEFAULT_BACKOFF } from '../base/backoff.ts'
import { NO_IMPACT, type OperationDefinition } from './definition.ts'

export const EXTERNAL_TYPE = 'EXTERNAL'

/** The idempotency key as it is kept: those of different services have nothing to do with each other, although their operations may be of one owner. */
export const externalKey = (openedById: string, idempotencyKey: string): string => `${openedById}:${idempotencyKey}`

/** Work that another service runs: it opens the operation, reports, and ends it. Nothing here is claimed or retried. */
export const externalOperation: OperationDefinition = {
  type: EXTERNAL_TYPE,
  title: 'External work',
  description:
    'Work that runs in another service, which opens the operation, reports its progress, and completes or fails it. Silence beyond its deadline fails it.',
  priority: 'medium',
  estimateMs: 60_000,
  timeoutMs: 0,
  input: z.object({
    deadlineSeconds: z.int().describe('Silence longer than this fails the operation with code SILENT.'),
    estimateSeconds: z.int().optional().describe('How long its service expects it to take.'),
  }),
  result: z.record(z.string(), z.unknown()),
  steps: [],
  unit: 'items',
  impact: NO_IMPACT,
  gate: undefined,
  startableBy: ['SERVICE', 'ADMIN'],
  exclusive: undefined,
  whenBusy: 'refuse',
  attempts: 1,
  backoff: DEFAULT_BACKOFF,
  retentionMs: 30 * 86_400_000,
  notPausableReason: 'It runs in another service, which can not be paused from here.',
  pauseDeadlineMs: 0,
  cancelDeadlineMs: 0,
  activePerOwner: undefined,
  titleOf: undefined,
  run: undefined,
  cleanup: undefined,
}
