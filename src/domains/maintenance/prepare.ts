import { PermanentError } from '../../base/errors.ts'
import { pendingMigrations } from '../../database/migrate.ts'
import type { StepRun } from '../../engine/run.ts'
import type { MaintenanceRun } from './operations.ts'
import type { MaintenancePlan } from './plan.ts'
import { writeProbe } from './store/probe.ts'
import { readIndexes, readSizes, readStanding } from './store/read-relations.ts'

/** A transaction that is open for longer would hold up the building of every index. */
const LONGEST_TRANSACTION_SECONDS = 300

/** Sees that the maintenance can be done, and lists what is to be done. Changes nothing but its own probe. */
export async function prepare(run: MaintenanceRun, step: StepRun, checks: number): Promise<MaintenancePlan> {
  const { database, pruners, restarts } = run.services.maintenance
  step.message('Checks the database')
  await refuseUnready(run)
  await run.transaction((transaction) => writeProbe(transaction, run.id))
  const { tables, bytes } = await readSizes(database)
  const indexes = run.input.reindex ? await readIndexes(database) : []
  const workers = await restarts.workers()
  if (workers.length === 0) throw new PermanentError('NO_WORKERS', 'expected an instance that works, but none has given a sign of life')
  return { tables, indexes: indexes.map(({ name }) => name), prunes: pruners.map(({ name }) => name), bytes, workers: workers.length, checks }
}

async function refuseUnready(run: MaintenanceRun): Promise<void> {
  const { database } = run.services.maintenance
  const standing = await readStanding(database)
  if (standing.read_only)
    throw new PermanentError(
      'DATABASE_READ_ONLY',
      'expected a database that can be written, but it takes reads only (a standby, or default_transaction_read_only)',
    )
  if (standing.foreign_tables.length > 0)
    throw new PermanentError(
      'NOT_THE_OWNER',
      `expected to own all tables, but ${standing.foreign_tables.join(', ')} belong to another user, who alone may vacuum and reindex them`,
    )
  const pending = await pendingMigrations(database)
  if (pending.length > 0)
    throw new PermanentError(
      'MIGRATIONS_PENDING',
      `expected a database that is up to date, but ${pending.join(', ')} is not applied; start an instance of this release first`,
    )
  if (run.input.reindex && standing.oldest_seconds > LONGEST_TRANSACTION_SECONDS)
    throw new PermanentError(
      'TRANSACTION_OPEN',
      `expected no transaction that is open for more than ${LONGEST_TRANSACTION_SECONDS} s, but one is open for ${Math.round(standing.oldest_seconds)} s (a backup?) and would hold up every index; end it, or start the maintenance without reindex`,
    )
}
