import type { Service } from '../../../base/service.ts'
import type { Telemetry } from '../../../telemetry/facts.ts'
import type { ResealReport } from './tokens.ts'

declare module '../../../telemetry/facts.ts' {
  interface Facts {
    /** A shop was busy or failed, and is asked again after this time. No fact names shops or tokens. */
    'shop.waited': { readonly ms: number; readonly why: 'rateLimit' | 'failure' }
    /** Access tokens that an older key had sealed are sealed with the first one now. */
    'tokens.resealed': { readonly resealed: number }
    /** Access tokens that no key of ENCRYPTION_KEYS opens: a key was taken out too early. */
    'tokens.lost': { readonly lost: number }
  }
}

export interface ResealerParams {
  readonly resealAll: (signal: AbortSignal) => Promise<ResealReport>
  readonly telemetry: Telemetry
}

/** Completes a rotation of the encryption key after a server has started with a new one in front. Nobody waits for it, and that it fails keeps nobody from working. */
export function createResealer({ resealAll, telemetry }: ResealerParams): Service {
  const stopping = new AbortController()
  const reseal = async (): Promise<void> => {
    try {
      const { resealed, lost } = await resealAll(stopping.signal)
      if (resealed > 0) telemetry.emit('tokens.resealed', { resealed })
      if (lost > 0) telemetry.emit('tokens.lost', { lost })
    } catch (error) {
      telemetry.emit('failure.contained', { where: 'resealer', error })
    }
  }
  let work: Promise<void> = Promise.resolve()
  return {
    start: () => {
      work = reseal()
      return Promise.resolve()
    },
    // The batch under way ends before the database is closed; the next start does the rest.
    stop: () => {
      stopping.abort()
      return work
    },
  }
}
