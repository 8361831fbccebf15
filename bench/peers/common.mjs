import pg from 'pg'

/** Parameters come as JSON in the first argument, figures go as JSON to standard output; the same for all drivers. */
export const params = JSON.parse(process.argv[2] ?? '{}')

export function answer(figures) {
  console.log(JSON.stringify(figures))
  process.exit(0)
}

export function quantile(samples, share) {
  const sorted = samples.toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

/** Gathers statistics on all tables of a schema after `load`, or makes sure that nobody does. */
export async function loaded(schema, analyze, load) {
  const client = new pg.Client({ connectionString: params.url })
  await client.connect()
  const { rows: tables } = await client.query(`select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = $1`, [schema])
  const { rows: plain } = await client.query(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relkind = 'r'`,
    [schema],
  )
  if (!analyze) for (const { name } of plain) await client.query(`alter table ${name} set (autovacuum_enabled = false)`)
  await load(client)
  if (analyze) for (const { name } of tables) await client.query(`vacuum analyze ${name}`)
  await client.query('checkpoint')
  await client.end()
}

/** Callers that each wait for an answer before the next call; answers calls per second. */
export async function oneByOne(count, callers, call) {
  let left = count
  const work = async () => {
    while (left-- > 0) await call()
  }
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: callers }, work))
  return (count / (performance.now() - startedAt)) * 1_000
}

const PAUSE_MS = 23

/** Latencies of `count` single jobs on an idle system; `send` starts one, `picked` is told by the handler. */
export async function pickups(count, send, onPicked) {
  const samples = []
  for (let index = -20; index < count; index += 1) {
    const at = new Promise((resolve) => onPicked(() => resolve(performance.now())))
    const startedAt = performance.now()
    await send()
    const ms = (await at) - startedAt
    if (index >= 0) samples.push(ms)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  return { medianMs: quantile(samples, 0.5), p99Ms: quantile(samples, 0.99) }
}
