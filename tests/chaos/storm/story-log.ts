import pg from 'pg'

export interface StoredEvent {
  readonly seq: number
  readonly type: string
  readonly data: unknown
}

export interface StoredOperation {
  readonly id: string
  readonly state: string
  readonly version: number
  readonly events: readonly StoredEvent[]
}

/** Every operation with its events, past the API: what everybody must have been told. Keys are the API's ids. */
export async function readStory(databaseUrl: string, toId: (uuid: string) => string): Promise<ReadonlyMap<string, StoredOperation>> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const operations = await client.query<{ id: string; state: string; version: number }>('select id, state, version from operation')
    const rows = await client.query<{ stream: string; seq: number; type: string; data: unknown }>(
      'select stream, seq, type, data from event order by stream, seq',
    )
    const events = Map.groupBy(rows.rows, ({ stream }) => stream)
    return new Map(
      operations.rows.map(({ id, state, version }) => [
        toId(id),
        {
          id,
          state: state.toUpperCase(),
          version,
          events: (events.get(id) ?? []).map(({ seq, type, data }) => ({ seq, type: type.toUpperCase(), data })),
        },
      ]),
    )
  } finally {
    await client.end()
  }
}

const TERMINAL = new Set(['COMPLETED', 'FAILED', 'CANCELED'])

/** What is wrong with the log itself: a hole, an operation that did not end, or ended twice. */
export function flawsOf({ id, state, version, events }: StoredOperation): readonly string[] {
  const flaws: string[] = []
  if (events.length !== version || events.some(({ seq }, index) => seq !== index + 1)) {
    flaws.push(`operation ${id} has version ${version} and events ${events.map(({ seq }) => seq).join(', ')}`)
  }
  const ends = events.filter(({ type }) => TERMINAL.has(type))
  if (!TERMINAL.has(state) || ends.length !== 1 || ends[0] !== events.at(-1) || ends[0]?.type !== state) {
    flaws.push(`operation ${id} is ${state} after ${events.map(({ type }) => type).join(', ')}`)
  }
  return flaws
}
