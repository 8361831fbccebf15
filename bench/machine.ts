import { cpus, loadavg, totalmem } from 'node:os'
import pg from 'pg'

/** What figures depend on. */
export interface Machine {
  readonly at: string
  readonly node: string
  readonly postgres: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  /** Processes that wanted the processor in the minute before; far above 0 means that others were busy. */
  readonly loadBefore: number
  readonly settings: Readonly<Record<string, string>>
}

const SETTINGS = ['fsync', 'synchronous_commit', 'shared_buffers', 'max_wal_size']

export async function describeMachine(url: string): Promise<Machine> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ name: string; setting: string }>(
    'select name, current_setting(name) as setting from pg_settings where name = any($1)',
    [[...SETTINGS, 'server_version']],
  )
  await client.end()
  const { server_version: postgres = 'unknown', ...settings } = Object.fromEntries(rows.map((row) => [row.name, row.setting]))
  const processors = cpus()
  return {
    at: new Date().toISOString(),
    node: process.version,
    postgres,
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
    settings,
  }
}
