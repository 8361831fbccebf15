import type { Executor, Statement } from '../../database/database.ts'

/** Beyond this position it is only "many". */
const FARTHEST_POSITION = 1_000

const position: Statement = {
  name: 'queue_position',
  text: `select d.ord, a.ahead from unnest($1::uuid[]) with ordinality d(id, ord)
join operation mine on mine.id = d.id and mine.claim_at is not null
cross join lateral (select count(*) as ahead from (
  select 1 from operation o
  where o.claim_at is not null and o.claim_at <= greatest(now(), mine.claim_at)
    and (o.priority > mine.priority or (o.priority = mine.priority and (o.claim_at, o.id) < (mine.claim_at, mine.id)))
  limit ${FARTHEST_POSITION}) x) a`,
}

/** How many claimable operations stand before each of these; `undefined` for one that does not wait, or that has more before it than are counted. */
export async function countAhead(executor: Executor, ids: readonly string[]): Promise<(number | undefined)[]> {
  const rows = await executor.run<{ ord: number; ahead: number }>(position, [ids])
  const answers: (number | undefined)[] = ids.map(() => undefined)
  for (const { ord, ahead } of rows) if (ahead < FARTHEST_POSITION) answers[ord - 1] = ahead
  return answers
}
