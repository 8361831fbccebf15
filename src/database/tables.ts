import type { ColumnType, Generated } from 'kysely'

/** Row types for Kysely. Each layer adds its tables by declaration merging; the columns' meaning is in `migrations/`. */
export interface Tables {
  instance: InstanceTable
  operation: OperationTable
  operation_step: OperationStepTable
  operation_progress: OperationProgressTable
  operation_item: OperationItemTable
  event: EventTable
  sale: SaleTable
}

type Timestamp = ColumnType<Date, Date | string, Date | string>
type JsonColumn<T = unknown> = ColumnType<T, string, string>

export interface InstanceTable {
  id: string
  name: string
  role: string
  started_at: Timestamp
  renewed_at: Timestamp
}

export interface OperationTable {
  id: string
  type: string
  title: string
  state: string
  priority: number
  owner_id: string
  tenant_id: string | null
  created_by: JsonColumn
  input: JsonColumn
  result: JsonColumn | null
  failure: JsonColumn | null
  state_reason: JsonColumn | null
  impact: JsonColumn | null
  version: Generated<number>
  failures: Generated<number>
  attempt: Generated<number>
  max_attempts: number
  rescues: Generated<number>
  claims: Generated<number>
  claim_at: Timestamp | null
  run_at: Timestamp
  next_attempt_at: Timestamp | null
  lease_token: number | null
  lease_instance: string | null
  deadline_at: Timestamp | null
  exclusive_key: string | null
  idempotency_key: string | null
  has_cleanup: boolean
  hidden: Generated<boolean>
  worked_ms: Generated<number>
  created_at: Timestamp
  started_at: Timestamp | null
  finished_at: Timestamp | null
  updated_at: Timestamp
}

export interface OperationStepTable {
  operation_id: string
  name: string
  state: string
  result: JsonColumn | null
  checkpoint: JsonColumn | null
  message: string | null
  started_at: Timestamp | null
  finished_at: Timestamp | null
}

export interface OperationProgressTable {
  operation_id: string
  revision: number
  total: number | null
  succeeded: number
  failed: number
  skipped: number
  unit: string
  message: string | null
  rate_per_second: number | null
  moved_at: Timestamp
  updated_at: Timestamp
}

export interface OperationItemTable {
  operation_id: string
  position: number
  key: string
  state: string
  data: JsonColumn | null
  error_code: string | null
  error_message: string | null
  attempts: number
  updated_at: Timestamp
}

export interface EventTable {
  stream: string
  seq: number
  type: string
  data: JsonColumn
  actor: JsonColumn | null
  at: Timestamp
}

export interface SaleTable {
  id: string
  reference: string
  customer: string
  channel: string
  state: string
  currency: string
  total: string
  version: Generated<number>
  payment_reference: string | null
  cancel_reason: string | null
  created_by_id: string
  created_by: JsonColumn
  origin: JsonColumn
  created_at: Timestamp
  updated_at: Timestamp
}
