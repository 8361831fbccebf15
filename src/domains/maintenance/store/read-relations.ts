import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

/** Tables of the schema that this connection works in. */
const OUR_TABLES = `pg_class t where t.relnamespace = current_schema()::regnamespace and t.relkind = 'r' and t.relpersistence = 'p'`

const READ_SIZES = statement(
  'maintenance_sizes',
  `select coalesce(array_agg(t.relname::text order by t.relname), '{}') as tables, coalesce(sum(pg_total_relation_size(t.oid)), 0)::float8 as bytes from ${OUR_TABLES}`,
)

export interface Sizes {
  /** Names of all tables. */
  readonly tables: string[]
  /** Of all tables with their indexes and long values. */
  readonly bytes: number
}

export async function readSizes(executor: Executor): Promise<Sizes> {
  const [row] = await executor.run<{ tables: string[]; bytes: number }>(READ_SIZES, [])
  return row ?? { tables: [], bytes: 0 }
}

const READ_INDEXES = statement(
  'maintenance_indexes',
  `select c.relname::text as name, i.indisvalid and i.indisready as valid
from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid in (select t.oid from ${OUR_TABLES}) order by c.relname`,
)

export interface IndexRow {
  readonly name: string
  /** False: it was not built to its end, and nothing is found by it. */
  readonly valid: boolean
}

export function readIndexes(executor: Executor): Promise<IndexRow[]> {
  return executor.run<IndexRow>(READ_INDEXES, [])
}

const READ_STANDING = statement(
  'maintenance_standing',
  `select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as read_only,
  (select coalesce(array_agg(t.relname::text order by t.relname), '{}') from ${OUR_TABLES} and not pg_has_role(t.relowner, 'usage')) as foreign_tables,
  (select coalesce(extract(epoch from now() - min(a.xact_start)), 0)::float8 from pg_stat_activity a
    where a.datname = current_database() and a.pid <> pg_backend_pid() and a.backend_type = 'client backend') as oldest_seconds`,
)

export interface Standing {
  readonly read_only: boolean
  /** Tables that belong to somebody else. */
  readonly foreign_tables: string[]
  /** Age of the oldest open transaction of others, as far as this user may see it. */
  readonly oldest_seconds: number
}

export async function readStanding(executor: Executor): Promise<Standing> {
  const [row] = await executor.run<Standing>(READ_STANDING, [])
  return row ?? { read_only: true, foreign_tables: [], oldest_seconds: 0 }
}
