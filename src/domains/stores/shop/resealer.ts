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
  readonly resealAll: () => Promise<ResealReport>
  readonly telemetry: Telemetry
}

/** Completes a rotation of the encryption key when a server starts with a new one in front. That it fails keeps nobody from working. */
export const createResealer = ({ resealAll, telemetry }: ResealerParams): Service => ({
  async start() {
    try {
      const { resealed, lost } = await resealAll()
      if (resealed > 0) telemetry.emit('tokens.resealed', { resealed })
      if (lost > 0) telemetry.emit('tokens.lost', { lost })
    } catch (error) {
      telemetry.emit('failure.contained', { where: 'resealer', error })
    }
  },
  stop: () => Promise.resolve(),
})
