import type { Actor } from '../../../src/base/actor.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { statement } from '../../../src/database/statement.ts'
import { createMaintenance } from '../../../src/domains/maintenance/maintenance.ts'
import { MAINTENANCE_TYPE, systemMaintenance } from '../../../src/domains/maintenance/operations.ts'
import type { Pruner } from '../../../src/domains/maintenance/services.ts'
import type { OperationDefinition } from '../../../src/engine/definition.ts'
import type { OperationRecord } from '../../../src/engine/records.ts'
import { createWorkerRestarts } from '../../../src/engine/worker-restarts.ts'
import { type EngineWorld, type EngineWorldParams, engineWorld } from '../../engine/engine-world.ts'
import type { DatabaseKind } from '../../setup/databases.ts'

/** Engines on one database that can be maintained. */
export interface MaintenanceWorldParams {
  readonly kind: DatabaseKind
  readonly definitions?: readonly OperationDefinition[]
  readonly pruners?: readonly Pruner[]
  readonly patienceMs?: number
  readonly config?: EngineWorldParams['config']
}

const LEASE_MS = 2_000
const ROOT: Actor = { kind: 'admin', id: 'root' }

/** One attempt, so that a failure shows at once. */
export const maintenanceWorld = ({ kind, definitions = [], pruners = [], patienceMs = 30_000, config = {} }: MaintenanceWorldParams): Promise<EngineWorld> =>
  engineWorld({
    kind,
    definitions: [{ ...systemMaintenance, attempts: 1 }, ...definitions],
    config,
    services: ({ database, bus }) => ({
      maintenance: createMaintenance({
        database,
        bus,
        clock: systemClock,
        restarts: createWorkerRestarts({ database, bus, leaseMs: LEASE_MS }),
        pruners,
        patienceMs,
      }).services,
    }),
  })

export const maintain = (world: EngineWorld, input: object = {}): Promise<OperationRecord> =>
  world.start(MAINTENANCE_TYPE, { reason: 'test', ...input }, { ownerId: 'root', actor: ROOT })

export const INVALID_INDEXES = statement(
  'test_invalid_indexes',
  `select c.relname::text as name from pg_index i join pg_class c on c.oid = i.indexrelid where not i.indisvalid or c.relname ~ '_cc(new|old)[0-9]*$'`,
)
export const INSTANCES = statement('test_instances', 'select id, generation from instance order by id')
export const STEPS = statement('test_steps', 'select name, state, checkpoint from operation_step where operation_id = $1::uuid order by started_at')
