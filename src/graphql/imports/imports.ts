import { BATCH_PREFIX } from '../../domains/imports/import-statement.ts'
import type { Builder } from '../builder.ts'
import type { OperationExtras } from '../derive/extras.ts'
import type { NodeFinder } from '../node-queries.ts'
import { addBatchFields } from './batch-fields.ts'
import { findBatch } from './batches.ts'
import { addCategoryRules, CATEGORY_RULE_PREFIX, findCategoryRule } from './category-rules.ts'
import { importExtras } from './operation-extras.ts'
import { addStatementBatch } from './statement-batch.ts'

export interface DomainParts {
  readonly extras: readonly OperationExtras[]
  readonly finders: Readonly<Record<string, NodeFinder>>
}

/** The imports domain in the schema. */
export function addImports(builder: Builder): DomainParts {
  const batch = addStatementBatch(builder)
  addBatchFields(builder, batch)
  addCategoryRules(builder)
  return { extras: importExtras(batch), finders: { [BATCH_PREFIX]: findBatch, [CATEGORY_RULE_PREFIX]: findCategoryRule } }
}
