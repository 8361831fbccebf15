import { FlushQueue } from '../base/flush-queue.ts'
import type { Executor } from '../database/database.ts'
import { isDataError } from '../database/errors.ts'
import type { Feature } from '../engine/definition.ts'
import type { Engine } from '../engine/engine.ts'
import { type Audience, audiencesOf, type Subject } from './audience.ts'
import type { FeatureAccess, SystemStatus } from './compute-status.ts'
import { type Sight, statusOf } from './effects.ts'
import { type EffectsReading, readEffects } from './store/read-effects.ts'

export interface StatusReaderParams {
  /** A transaction, where what is read must be no older than what it has locked. */
  readonly database: Executor
  readonly engine: Pick<Engine, 'registry' | 'progressOf'>
  /** Whether instances can't reach each other although they are configured to. */
  readonly isBusDegraded: () => boolean
}

/** Whose status, and what whoever asks may see of it. */
export interface StatusQuestion extends Subject, Sight {}

/** Says how far a user is affected by what runs and by what was decided by hand: the truth of the database at the time of the call, so the same on every instance. */
export interface StatusReader {
  systemStatus(question: StatusQuestion): Promise<SystemStatus>
  /** Whether a user may use a feature now. */
  access(question: StatusQuestion, feature: Feature): Promise<FeatureAccess>
}

/** Users who are asked about together, in one statement. */
const ASKED_TOGETHER = 300
/** Statements that may be under way together. */
const FLIGHTS = 4

export function createStatusReader({ database, engine, isBusDegraded }: StatusReaderParams): StatusReader {
  const readings = new FlushQueue<readonly Audience[], EffectsReading>({
    name: 'system status',
    maxBatch: ASKED_TOGETHER,
    flights: FLIGHTS,
    // The name of one user must not fail all others.
    isDataError,
    flush: async (asked) => {
      const reading = await readEffects(database, engine.registry, [...new Set(asked.flat())])
      return asked.map(() => reading)
    },
  })
  const systemStatus = async ({ userId, tenantId, ...sight }: StatusQuestion): Promise<SystemStatus> => {
    const audiences = audiencesOf({ userId, tenantId })
    return statusOf({ engine, effects: await readings.submit(audiences), audiences, sight, isBusDegraded: isBusDegraded() })
  }
  return {
    systemStatus,
    access: async (question, feature) => accessTo(await systemStatus(question), feature),
  }
}

/** A status says something of each feature. */
export const accessTo = ({ features }: SystemStatus, feature: Feature): FeatureAccess => features.find((access) => access.feature === feature) as FeatureAccess
