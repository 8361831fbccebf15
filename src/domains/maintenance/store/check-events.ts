import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

/** Operations that are looked at, newest first, and events of each named stream, last first. */
const OPERATIONS = 200
const EVENTS = 1_000

/** In one statement, so that heads and events are of one moment. Plan: the newest end of the operations, then the primary key of events for each stream. */
const CHECK_EVENTS = statement(
  'maintenance_check_events',
  `with looked as (
  select o.id::text as stream, e.n = o.version and e.high = o.version as whole
  from (select id, version from operation order by id desc limit ${OPERATIONS}) o
  cross join lateral (select count(*)::integer as n, max(seq) as high from event where stream = o.id) e
  union all
  select h.name, e.n = 0 or (e.high = h.head and e.n = e.high - e.low + 1)
  from (select stream, name, head from stream_head order by stream limit ${OPERATIONS}) h
  cross join lateral (select count(*)::integer as n, min(seq) as low, max(seq) as high
    from (select seq from event where stream = h.stream order by seq desc limit ${EVENTS}) last) e
)
select count(*)::integer as streams, coalesce(array_agg(stream) filter (where not coalesce(whole, false)), '{}') as broken from looked`,
)

export interface EventsCheck {
  readonly streams: number
  /** Streams whose events are not what their head says. */
  readonly broken: string[]
}

export async function checkEvents(executor: Executor): Promise<EventsCheck> {
  const [row] = await executor.run<EventsCheck>(CHECK_EVENTS, [])
  return row ?? { streams: 0, broken: [] }
}
