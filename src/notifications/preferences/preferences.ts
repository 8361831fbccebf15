import type { Actor } from '../../base/actor.ts'
import { BatutaError, type InputIssue, InvalidInputError } from '../../base/errors.ts'
import type { Database, Executor } from '../../database/database.ts'
import type { ChannelName } from '../channels/channel.ts'
import type { NotificationCategory } from '../records.ts'
import { PREFERENCE_CELLS } from './product-defaults.ts'
import { EVERY_DAY, parseTimeOfDay, parseTimeZone, type QuietHours } from './quiet-hours.ts'
import { type Preference, resolvePreference } from './resolve-preference.ts'
import { readQuietHours, setQuietHours } from './store/quiet-hours.ts'
import { type PreferenceRow, readPreferences } from './store/read-preferences.ts'
import { type Cell, type SetDefaultParams, setDefault, setPreference } from './store/set-preference.ts'

/** Who has preferences, and the tenant whose defaults apply. */
export interface PreferenceOwner {
  readonly userId: string
  readonly tenantId: string | null
}

export interface PreferenceRecord extends Preference {
  readonly category: NotificationCategory
  readonly channel: ChannelName
}

/** An administrator decided it; the message gives the reason. */
export class PreferenceLockedError extends BatutaError {
  constructor(reason: string | null) {
    super('FORBIDDEN', `This preference is locked${reason === null ? '.' : `: ${reason}`}`)
  }
}

export interface QuietHoursInput {
  readonly timeZone: string
  readonly days?: readonly number[] | undefined
  readonly from: string
  readonly until: string
  readonly enabled: boolean
}

/** What users chose and administrators set. Who may ask is decided before. */
export class Preferences {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async list(owner: PreferenceOwner): Promise<readonly PreferenceRecord[]> {
    const rows = await readPreferences(this.#database, owner.userId, owner.tenantId)
    return PREFERENCE_CELLS.map((cell) => ({ ...cell, ...resolveRows(cell, rows) }))
  }

  /** Throws `PreferenceLockedError`. */
  async set(owner: PreferenceOwner, cell: Cell & { readonly enabled: boolean }): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const current = await preferenceOf(transaction, owner, cell)
      if (current.locked) throw new PreferenceLockedError(current.reason)
      await setPreference(transaction, { ...cell, userId: owner.userId })
    })
  }

  setDefault(params: Omit<SetDefaultParams, 'actor'> & { readonly actor: Actor }): Promise<void> {
    return setDefault(this.#database, params)
  }

  quietHours(userId: string): Promise<QuietHours | undefined> {
    return readQuietHours(this.#database, userId)
  }

  /** Throws `InvalidInputError`. */
  async setQuietHours(userId: string, input: QuietHoursInput): Promise<QuietHours> {
    const hours = parseQuietHours(input)
    await setQuietHours(this.#database, userId, hours)
    return hours
  }
}

/** One cell for one user. */
export async function preferenceOf(executor: Executor, owner: PreferenceOwner, cell: Cell): Promise<Preference> {
  return resolveRows(cell, await readPreferences(executor, owner.userId, owner.tenantId))
}

function resolveRows({ category, channel }: Cell, rows: readonly PreferenceRow[]): Preference {
  const find = (scope: PreferenceRow['scope']) => rows.find((row) => row.scope === scope && row.category === category && row.channel === channel)
  return resolvePreference({ category, channel, user: find('user')?.enabled, tenant: plain(find('tenant')), everybody: plain(find('everybody')) })
}

const plain = (row: PreferenceRow | undefined) => row && { enabled: row.enabled, locked: row.locked, reason: row.reason }

function parseQuietHours({ timeZone: zone, days = EVERY_DAY, from, until, enabled }: QuietHoursInput): QuietHours {
  const issues: InputIssue[] = []
  const expect = <Value>(path: string, value: Value | undefined, message: string): Value | undefined => {
    if (value === undefined) issues.push({ path, message })
    return value
  }
  const timeZone = expect('input.timeZone', parseTimeZone(zone), 'expected an IANA time zone such as Europe/Madrid')
  const fromMinute = expect('input.from', parseTimeOfDay(from), 'expected a time of the day such as 22:00')
  const untilMinute = expect('input.until', parseTimeOfDay(until), 'expected a time of the day such as 07:00')
  if (fromMinute !== undefined && fromMinute === untilMinute) issues.push({ path: 'input.until', message: 'expected another time than input.from' })
  const isGood = days.length > 0 && days.length <= EVERY_DAY.length && days.every((day) => EVERY_DAY.includes(day)) && new Set(days).size === days.length
  if (!isGood) issues.push({ path: 'input.days', message: 'expected 1 to 7 different weekdays from 1 (Monday) to 7 (Sunday)' })
  if (issues.length > 0 || timeZone === undefined || fromMinute === undefined || untilMinute === undefined) throw new InvalidInputError(issues)
  return { timeZone, days: days.toSorted((one, other) => one - other), fromMinute, untilMinute, enabled }
}
