import { z } from 'zod'
import { defineOperation } from '../../engine/definition.ts'
import type { Run } from '../../engine/run.ts'
import { applyChanges } from './apply-changes.ts'
import { cleanUp } from './clean-up.ts'
import { prepare } from './prepare.ts'
import { restartServices } from './restart-services.ts'
import { readSizes } from './store/read-relations.ts'
import { CHECKS, verify } from './verify.ts'

export const MAINTENANCE_TYPE = 'SYSTEM_MAINTENANCE'

const input = z.object({
  reason: z.string().min(1).max(200).describe('Why, for people who read the history; 1 to 200 characters.'),
  reindex: z.boolean().default(true).describe('Whether indexes are built anew; without it the maintenance is shorter.'),
})

const result = z.object({
  tables: z.int().min(0).describe('Tables that were vacuumed and analysed.'),
  indexes: z.int().min(0).describe('Indexes that were built anew.'),
  removed: z.int().min(0).describe('Rows that were removed because their retention had passed.'),
  bytesBefore: z.number().min(0).describe('Size of all tables with their indexes at the beginning, bytes.'),
  bytesAfter: z.number().min(0).describe('The same at the end.'),
  instances: z.int().min(0).describe('Instances whose workers were started again.'),
  checks: z
    .array(
      z
        .object({
          name: z.string().describe('What was checked: one of database, indexes, workers, bus, events.'),
          detail: z.string().describe('What was found.'),
        })
        .meta({ typeName: 'MaintenanceCheck', description: 'A check at the end of a maintenance that passed.' }),
    )
    .describe('Checks at the end, at most one of each name; a check that does not pass fails the maintenance.'),
})

export type MaintenanceRun = Run<z.output<typeof input>, 'prepare' | 'applyChanges' | 'restartServices' | 'verify'>

/** Works in slices, each with a durable position: pause, cancel, a restart and a crash go on at the slice that was next. */
export const systemMaintenance = defineOperation({
  type: MAINTENANCE_TYPE,
  title: 'System maintenance',
  description:
    'Vacuums and analyses tables, builds indexes anew, removes what is too old, and restarts the workers of every instance. Everybody reads only meanwhile.',
  priority: 'critical',
  estimate: '300s',
  timeout: '6h',
  input,
  result,
  steps: { prepare: 'Prepare', applyChanges: 'Apply changes', restartServices: 'Restart services', verify: 'Verify' },
  unit: 'slices',
  impact: { level: 'critical', blocks: ['chat'], scope: 'everybody' },
  startableBy: ['ADMIN'],
  exclusive: () => 'system-maintenance',
  retry: { attempts: 3 },
  retention: '90d',
  run: async (run) => {
    const plan = await run.step('prepare', (step) => prepare(run, step, CHECKS.length))
    const { removed } = await run.step('applyChanges', (step) => applyChanges(run, step, plan))
    const { instances, generation } = await run.step('restartServices', (step) => restartServices(run, step, plan))
    const { checks } = await run.step('verify', (step) => verify(run, step, { plan, instances, generation }))
    const { bytes } = await readSizes(run.services.maintenance.database)
    return { tables: plan.tables.length, indexes: plan.indexes.length, removed, bytesBefore: plan.bytes, bytesAfter: bytes, instances, checks }
  },
  cleanup: (run) => cleanUp(run),
})
