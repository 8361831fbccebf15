import type { Json } from '../../base/json.ts'
import type { Executor, Statement } from '../../database/database.ts'
import type { ProgressFigures, StepState } from '../records.ts'

/** What earlier runs of an operation left: finished steps with their results, positions, figures. */
export interface RunState {
  readonly steps: ReadonlyMap<string, { readonly state: StepState; readonly result: Json; readonly position: Json | undefined }>
  readonly progress: ProgressRow | undefined
}

export type ProgressRow = Omit<ProgressFigures, 'ratePerSecond'>

const statement: Statement = {
  name: 'read_run_state',
  text: `select p.revision, p.total, p.succeeded, p.failed, p.skipped, p.unit, p.message, s.steps
from (values ($1::uuid)) o(id)
left join operation_progress p on p.operation_id = o.id
cross join lateral (select json_agg(json_build_object('name', x.name, 'state', x.state, 'result', x.result, 'position', x.checkpoint)) as steps
  from operation_step x where x.operation_id = o.id) s`,
}

interface Row extends Partial<ProgressRow> {
  readonly revision: number
  readonly steps: readonly { name: string; state: StepState; result: Json; position: Json }[] | null
}

export async function readRunState(executor: Executor, id: string): Promise<RunState> {
  const [row] = await executor.run<Row>(statement, [id])
  const steps = new Map((row?.steps ?? []).map((step) => [step.name, { state: step.state, result: step.result, position: step.position ?? undefined }]))
  return { steps, progress: row?.revision === null || row === undefined ? undefined : (row as ProgressRow) }
}
