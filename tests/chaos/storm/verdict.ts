import { systemClock } from '../../../src/base/clock.ts'
import { toTypeId } from '../../../src/base/ids.ts'
import type { Audience } from './audience.ts'
import type { Fleet } from './fleet.ts'
import type { Journal } from './journal.ts'
import type { Stores } from './stores.ts'
import { flawsOf, readStory } from './story-log.ts'

export interface VerdictParams {
  readonly audience: Audience
  readonly fleet: Fleet
  readonly stores: Stores
  readonly journal: Journal
}

const QUIET_WITHIN_MS = 20_000

/** Every operation ended once, and everybody holds what the log says. */
export async function compareWithLog({ audience, stores, journal }: VerdictParams, operations: number): Promise<void> {
  const story = await readStory(stores.databaseUrl, (uuid) => toTypeId('operation', uuid))
  if (story.size !== operations) journal.violate(`${operations} keys gave ${story.size} operations`)
  for (const operation of story.values()) for (const flaw of flawsOf(operation)) journal.violate(flaw)
  for (const followed of audience.followed) followed.check(story.get(followed.operationId)?.events ?? [])
  for (const { latest } of audience.all) for (const states of latest) states.check((id) => story.get(id))
}

/** Once everybody has left, instances hold nothing for them, and listen to no channel that they did not listen to before. */
export async function expectQuiet({ fleet, stores, journal }: VerdictParams, channelsBefore: ReadonlySet<string>): Promise<void> {
  const end = systemClock.monotonic() + QUIET_WITHIN_MS
  for (;;) {
    const held = await fleet.held()
    const extra = [...namesOf(await stores.channels())].filter((name) => !channelsBefore.has(name))
    if (extra.length === 0 && Object.values(held).every((count) => count === 0)) return
    if (systemClock.monotonic() > end) return journal.violate(`after everybody has left: ${JSON.stringify(held)}, channels ${extra.join(', ') || 'as before'}`)
    await systemClock.sleep(200)
  }
}

/** Names of channels without the ids in them. */
export const namesOf = (channels: ReadonlyMap<string, number>): ReadonlySet<string> =>
  new Set([...channels.keys()].map((name) => name.replace(/[0-9a-f-]{36}/g, '*')))
