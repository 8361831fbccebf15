import { PermanentError } from '../../../base/errors.ts'
import { type TextSealer, UnsealError } from '../../../base/sealed-text.ts'
import type { Database } from '../../../database/database.ts'
import { listCredentials, resealCredentials } from './store/reseal-credentials.ts'

/** Access tokens as they are kept: sealed, each for its own row. What an older key sealed is sealed anew when it is used, so a rotation ends by itself. */
export interface TokensParams {
  readonly database: Database
  readonly sealer: () => Promise<TextSealer>
}

const BATCH = 200
const FIRST_ID = '00000000-0000-0000-0000-000000000000'
const belongsTo = (credentialId: string): string => `store-credential:${credentialId}:token`

export interface ResealReport {
  /** Sealed anew. */
  readonly resealed: number
  /** Those that no key of ours opens: their stores need their old key, or a new token. */
  readonly lost: number
}

export class Tokens {
  readonly #params: TokensParams

  constructor(params: TokensParams) {
    this.#params = params
  }

  /** Sealed for the row of this credential. */
  sealWith(sealer: TextSealer, credentialId: string, token: string): string {
    return sealer.seal(token, belongsTo(credentialId))
  }

  /** Throws `PermanentError` TOKEN_SEALED. Not inside a transaction: it may write. */
  async open({ credentialId, sealedToken }: { readonly credentialId: string; readonly sealedToken: string }): Promise<string> {
    const sealer = await this.#params.sealer()
    const token = openOrThrow(sealer, credentialId, sealedToken)
    if (!sealer.isCurrent(sealedToken)) {
      await resealCredentials(this.#params.database, [{ id: credentialId, was: sealedToken, sealed: sealer.seal(token, belongsTo(credentialId)) }])
    }
    return token
  }

  /** Seals all with the first key; then no token needs the older ones. Safe to repeat, and on several instances at once; `signal` ends it between two batches. */
  async resealAll(signal?: AbortSignal): Promise<ResealReport> {
    const sealer = await this.#params.sealer()
    let [resealed, lost, after] = [0, 0, FIRST_ID]
    for (;;) {
      const batch = await listCredentials(this.#params.database, after, BATCH)
      const anew = batch
        .filter(({ sealedToken }) => !sealer.isCurrent(sealedToken))
        .map(({ id, sealedToken }) => ({ id, was: sealedToken, token: tryOpen(sealer, id, sealedToken) }))
      const good = anew.flatMap(({ id, was, token }) => (token === undefined ? [] : [{ id, was, sealed: sealer.seal(token, belongsTo(id)) }]))
      lost += anew.length - good.length
      if (good.length > 0) resealed += await resealCredentials(this.#params.database, good)
      const last = batch.at(-1)
      if (!last || batch.length < BATCH || signal?.aborted) return { resealed, lost }
      after = last.id
    }
  }
}

function openOrThrow(sealer: TextSealer, credentialId: string, sealedToken: string): string {
  try {
    return sealer.open(sealedToken, belongsTo(credentialId))
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error
    throw new PermanentError('TOKEN_SEALED', `The access token of the store can't be opened: ${error.message}. Or connect the store again.`, { cause: error })
  }
}

function tryOpen(sealer: TextSealer, credentialId: string, sealedToken: string): string | undefined {
  try {
    return sealer.open(sealedToken, belongsTo(credentialId))
  } catch (error) {
    if (error instanceof UnsealError) return undefined
    throw error
  }
}
