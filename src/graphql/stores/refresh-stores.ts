import { titleFor } from '../../domains/stores/operations/titles.ts'
import type { StoreRecord } from '../../domains/stores/records.ts'
import type { StartOutcome } from '../../engine/engine.ts'
import type { OperationRecord } from '../../engine/records.ts'
import { grantStart, orNull, type StartGrant } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { checkInput, LIMITS } from '../limits.ts'
import { answer, type QuotaExceededRefusal, type Refusal } from '../refusals.ts'
import { toStartResult } from '../start.ts'
import { activeUpdate } from './active-update.ts'
import type { StoreTypes } from './store.ts'

type Maybe<Value> = Value | null | undefined

const MOST_STORES = 100
const LONGEST_REASON = 200

interface RefreshedStores {
  readonly __typename: 'RefreshStoresPayload'
  readonly operations: readonly OperationRecord[]
  readonly alreadyRunning: readonly OperationRecord[]
  readonly notStarted: readonly StoreRecord[]
}

/** One mutation for all of a user's stores. */
export function addRefreshStores(builder: Builder, { store }: StoreTypes): void {
  const input = builder.inputType('RefreshStoresInput', {
    description: 'Why all stores are refreshed, and whose.',
    fields: (t) => ({
      reason: t.string({ defaultValue: 'manual_refresh', description: `Why, for the history; 1 to ${LONGEST_REASON} characters.` }),
      idempotencyKey: t.string({
        description: `At most ${LIMITS.idempotencyKey} characters. The same key again answers the same operations; a store that came since gets one.`,
      }),
      ownerId: t.id({ description: 'Whose stores; by default those of the viewer. Services and administrators may act for a user.' }),
    }),
  })
  const payload = builder.objectRef<RefreshedStores>('RefreshStoresPayload').implement({
    description: "What became of a refresh of all of a user's stores that are connected.",
    fields: (t) => ({
      operations: t.field({ type: ['Operation'], description: `One DATA_UPDATE per store, at most ${MOST_STORES}.`, resolve: (from) => from.operations }),
      alreadyRunning: t.field({
        type: ['Operation'],
        description: `Those of stores that were being refreshed, or waited for it, already; at most ${MOST_STORES}.`,
        resolve: (from) => from.alreadyRunning,
      }),
      notStarted: t.field({
        type: [store],
        description: `Stores for which none was started because the user has too many operations at the moment; at most ${MOST_STORES}.`,
        resolve: (from) => from.notStarted,
      }),
    }),
  })
  const result = builder.unionType('RefreshStoresResult', {
    description: 'What a refresh of all stores answers with.',
    types: [payload, 'InvalidInputError', 'ForbiddenError', 'FeatureBlockedError', 'QuotaExceededError'],
    resolveType: (value: RefreshedStores | Refusal) => value.__typename,
  })
  builder.mutationField('refreshStores', (t) =>
    t.field({
      type: result,
      description: `Starts a DATA_UPDATE for each of a user's connected stores, at most ${MOST_STORES}.`,
      args: { input: t.arg({ type: input, required: true, description: 'Why, and whose.' }) },
      gate: 'api',
      // A store that goes meanwhile is left out, so nothing can be missing.
      resolve: (_root, args, context) => answer(() => refreshAll(context, args.input)) as Promise<RefreshedStores>,
    }),
  )
}

interface RefreshInput {
  readonly reason?: Maybe<string>
  readonly idempotencyKey?: Maybe<string>
  readonly ownerId?: Maybe<string>
}

async function refreshAll(context: Context, input: RefreshInput): Promise<RefreshedStores | QuotaExceededRefusal> {
  const { reason, idempotencyKey, ownerId } = input
  checkInput((check) => {
    check.text('input.reason', reason, { from: 1, to: LONGEST_REASON })
    check.text('input.idempotencyKey', idempotencyKey, { from: 1, to: LIMITS.idempotencyKey })
    check.text('input.ownerId', ownerId, { from: 1, to: LIMITS.ownerId })
  })
  const { engine, stores } = context.services
  const definition = engine.registry.getOrThrow('DATA_UPDATE')
  const grant = grantStart(context, { definition, ownerId: ownerId ?? undefined, priority: undefined })
  const wanted = await stores.connectedStores({ ownerId: grant.ownerId, limit: MOST_STORES })
  const key = idempotencyKey ?? undefined
  const outcomes = await Promise.all(wanted.map((store) => refresh(context, { store, grant, reason: reason ?? 'manual_refresh', key })))
  return gathered(context, wanted, outcomes)
}

interface Refresh {
  readonly store: StoreRecord
  readonly grant: StartGrant
  readonly reason: string
  readonly key: string | undefined
}

/** An operation is about one store, so each gets a key of its own. */
async function refresh(context: Context, { store, grant, reason, key }: Refresh): Promise<StartOutcome> {
  const idempotencyKey = key === undefined ? undefined : `${key}:${store.id}`
  const active = await activeUpdate(context, { store, grant, idempotencyKey })
  if (active) return { kind: 'alreadyRunning', operation: active }
  const input = { storeId: store.id, reason }
  const title = titleFor('DATA_UPDATE', store)
  return context.services.engine.startOperation({ type: 'DATA_UPDATE', title, input, ...grant, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) })
}

function gathered(context: Context, stores: readonly StoreRecord[], outcomes: readonly StartOutcome[]): RefreshedStores | QuotaExceededRefusal {
  const of = (kind: 'started' | 'alreadyRunning' | 'idempotencyConflict') =>
    outcomes.flatMap((outcome) => (outcome.kind === kind ? (orNull(context, outcome.operation) ?? []) : []))
  const notStarted = stores.filter((_store, index) => outcomes[index]?.kind === 'quotaExceeded')
  const overQuota = outcomes.find(({ kind }) => kind === 'quotaExceeded')
  if (overQuota && notStarted.length === stores.length) return toStartResult(context, overQuota) as QuotaExceededRefusal
  // The same key with another reason: what it started is what there is.
  return { __typename: 'RefreshStoresPayload', operations: [...of('started'), ...of('idempotencyConflict')], alreadyRunning: of('alreadyRunning'), notStarted }
}
