import type { InputFieldMap, ObjectRef } from '@pothos/core'
import type { OperationRecord } from '../../engine/records.ts'
import type { StartGrant } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import type { InputFieldBuilderOf } from './derived-types.ts'

/** What a definition's schema can't say: files in its input, fields that come from a domain, checks that need one. Optional, one file per type. */
export interface OperationExtras {
  readonly type: string
  /** Input fields that clients don't give: `prepare` provides them. The generic start refuses types that can't start without them. */
  readonly provided?: readonly string[]
  /** Input fields that the object type does not show. */
  readonly hidden?: readonly string[]
  /** Input fields of the start mutation that are not in the definition's schema. */
  readonly inputFields?: (t: InputFieldBuilderOf) => InputFieldMap
  /** Called after permission was granted and the rest of the input was checked. May throw `InvalidInputError`, `Refused` or `AlreadyActive`. */
  readonly prepare?: (params: PrepareParams) => Promise<Readonly<Record<string, unknown>>>
  /** What people call it where the client gives no title, called after `prepare`; absent: as its definition says. */
  readonly titleOf?: (params: PrepareParams) => Promise<string | undefined>
  /** Adds fields to the object type. */
  readonly addFields?: (builder: Builder, object: ObjectRef<Builder['$inferSchemaTypes'], OperationRecord>) => void
}

export interface PrepareParams {
  readonly context: Context
  /** As the client gave it, extra fields included, ids already UUIDs. */
  readonly input: Readonly<Record<string, unknown>>
  readonly grant: StartGrant
  readonly idempotencyKey: string | undefined
}
