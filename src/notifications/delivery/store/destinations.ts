import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { ChannelName } from '../../channels/channel.ts'

export type LastState = 'pending' | 'delivered' | 'unknown' | 'failed'

export interface DestinationRecord {
  readonly id: string
  readonly userId: string
  readonly channel: ChannelName
  /** The same for the same address, whoever typed it. */
  readonly fingerprint: Buffer
  /** What may be shown of the address. */
  readonly masked: string
  readonly verifiedAt: Date | null
  readonly disabledAt: Date | null
  readonly disabledReason: string | null
  readonly lastState: LastState | null
  readonly lastAt: Date | null
  readonly lastError: string | null
  readonly createdAt: Date
}

const COLUMNS = `id, user_id as "userId", channel, fingerprint, masked, verified_at as "verifiedAt", disabled_at as "disabledAt", disabled_reason as "disabledReason",
  last_state as "lastState", last_at as "lastAt", last_error as "lastError", created_at as "createdAt"`

const LIST_DESTINATIONS = statement('destination_list', `select ${COLUMNS} from notification_destination where user_id = $1 order by id`)
const FIND_DESTINATION = statement('destination_find', `select ${COLUMNS} from notification_destination where id = $1`)

// Until the transaction ends nobody else adds one for this user, so that the limit holds.
const LOCK_USER = statement('destination_lock_user', `select pg_advisory_xact_lock(hashtextextended('destinations:' || $1::text, 0)) as locked`)

const INSERT_DESTINATION = statement(
  'destination_insert',
  `insert into notification_destination (id, user_id, channel, address, fingerprint, masked, secrets, verified_at)
   values ($1, $2, $3, $4, $5, $6, $7, case when $8::boolean then now() end)
   on conflict (user_id, channel, fingerprint) do nothing returning ${COLUMNS}`,
)

// Of the operator's: the configuration is the truth, and may have been sealed with another key before.
const UPSERT_OPERATORS = statement(
  'destination_upsert_operators',
  `insert into notification_destination (id, user_id, channel, address, fingerprint, masked, secrets, verified_at) values ($1, '', $2, $3, $4, $5, null, now())
   on conflict (user_id, channel, fingerprint) do update set masked = excluded.masked, disabled_at = null, disabled_reason = null returning id`,
)

const KEEP_ADDRESS = statement('destination_keep_address', 'update notification_destination set address = $2 where id = $1')

const REMOVE_OTHERS = statement(
  'destination_remove_others',
  `with gone as (delete from notification_destination where user_id = '' and id <> all ($1::uuid[]) returning id)
   delete from delivery d using gone where d.destination_id = gone.id`,
)

const REMOVE_DESTINATION = statement(
  'destination_remove',
  `with gone as (delete from notification_destination where id = $1 returning id)
   delete from delivery d using gone where d.destination_id = gone.id`,
)

export function listDestinations(executor: Executor, userId: string): Promise<DestinationRecord[]> {
  return executor.run<DestinationRecord>(LIST_DESTINATIONS, [userId])
}

export async function findDestination(executor: Executor, id: string): Promise<DestinationRecord | undefined> {
  const [row] = await executor.run<DestinationRecord>(FIND_DESTINATION, [id])
  return row
}

export async function lockUser(executor: Executor, userId: string): Promise<void> {
  await executor.run(LOCK_USER, [userId])
}

export interface InsertDestinationParams {
  readonly id: string
  readonly userId: string
  readonly channel: ChannelName
  /** Sealed. */
  readonly address: string
  readonly fingerprint: Buffer
  readonly masked: string
  /** Sealed. */
  readonly secrets: string | null
  readonly isVerified: boolean
}

/** `undefined`: the user has this address already. */
export async function insertDestination(executor: Executor, params: InsertDestinationParams): Promise<DestinationRecord | undefined> {
  const { id, userId, channel, address, fingerprint, masked, secrets, isVerified } = params
  const [row] = await executor.run<DestinationRecord>(INSERT_DESTINATION, [id, userId, channel, address, fingerprint, masked, secrets, isVerified])
  return row
}

/** The id that it has, which may be that of an earlier start. */
export async function upsertOperators(executor: Executor, params: Omit<InsertDestinationParams, 'userId' | 'secrets' | 'isVerified'>): Promise<string> {
  const [row] = await executor.run<{ id: string }>(UPSERT_OPERATORS, [params.id, params.channel, params.address, params.fingerprint, params.masked])
  if (!row) throw new Error('a destination of the operator was neither found nor made')
  return row.id
}

export async function keepAddress(executor: Executor, id: string, address: string): Promise<void> {
  await executor.run(KEEP_ADDRESS, [id, address])
}

/** Removes those of the operator that the configuration does not name any more. */
export async function removeOthers(executor: Executor, keptIds: readonly string[]): Promise<void> {
  await executor.run(REMOVE_OTHERS, [keptIds])
}

/** With all that was planned for it. */
export async function removeDestination(executor: Executor, id: string): Promise<void> {
  await executor.run(REMOVE_DESTINATION, [id])
}
