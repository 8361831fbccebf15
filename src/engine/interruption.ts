import { BatutaError } from '../base/errors.ts'

/** Why a run is to end before its work is done. */
export type InterruptionKind = 'pause' | 'cancel' | 'timeout' | 'shutdown' | 'leaseLost'

/** Rejects the calls of a run that is to end; handlers let it pass. It is the reason of the run's `signal`, too. */
export class InterruptionError extends BatutaError {
  readonly kind: InterruptionKind
  constructor(kind: InterruptionKind) {
    super('INTERRUPTED', `the run ends here: ${kind}`)
    this.kind = kind
  }
}

/** The run no longer owns the operation: another instance does, or it was ended. Nothing that it writes counts. */
export class LeaseLostError extends BatutaError {
  constructor() {
    super('LEASE_LOST', 'the run has lost its operation; whatever it still does changes nothing')
  }
}
