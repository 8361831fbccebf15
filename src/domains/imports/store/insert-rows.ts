import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { RejectedRecord, RowBatch } from '../row-batch.ts'
import { arrayLiteral } from './array-literal.ts'

/**
 * One batch in one statement: rows, duplicates, rejects and the batch's counts. A duplicate is a row that the unique index on
 * (batch_id, row_hash) refuses, whether its twin is in this batch, in an earlier one or in one of an earlier run, so it is exact at any
 * file size. Rows go in in the order of the file: the first of two twins stays. The update re-checks deleted_at after it has waited
 * for the batch's lock, so rows never follow a deleted batch. Their original cells are sent only for the few that are duplicates, after it.
 */
const INSERT_ROWS = statement(
  'imports_insert_rows',
  `
    with incoming as (
      select * from unnest($2::integer[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::date[], $8::text[], $9::numeric[], $10::text[],
        $11::smallint[], $12::smallint[], $13::text[], $14::text[])
        as row (line, row_hash, card_last4, card_fingerprint, holder, date, description, amount, currency, installment, installments, reference, category)
    ), inserted as (
      insert into statement_row
        (batch_id, line, row_hash, card_last4, card_fingerprint, holder, date, description, amount, currency, installment, installments, reference, category)
      select $1::uuid, line, row_hash, card_last4, card_fingerprint, holder, date, description, amount, currency, installment, installments, reference, category
      from incoming
      on conflict (batch_id, row_hash) do nothing
      returning line
    ), refused as (
      insert into statement_reject (batch_id, line, rule, message, cells)
      select $1::uuid, line, rule, message, array(select jsonb_array_elements_text(cells::jsonb))
      from unnest($15::integer[], $16::text[], $17::text[], $18::text[]) as reject (line, rule, message, cells)
    )
    update statement_batch set
      accepted_count = accepted_count + (select count(*) from inserted),
      rejected_count = rejected_count + cardinality($2::integer[]) + cardinality($15::integer[]) - (select count(*) from inserted),
      state = 'open'
    where id = $1::uuid and deleted_at is null
    returning accepted_count as accepted, rejected_count as rejected,
      case when (select count(*) from inserted) < cardinality($2::integer[])
        then (select array_agg(line order by line) from incoming where line not in (select line from inserted)) end as duplicates`,
)

const INSERT_REJECTS = statement(
  'imports_insert_rejects',
  `
    insert into statement_reject (batch_id, line, rule, message, cells)
    select $1::uuid, line, rule, message, array(select jsonb_array_elements_text(cells::jsonb))
    from unnest($2::integer[], $3::text[], $4::text[], $5::text[]) as reject (line, rule, message, cells)`,
)

/** Counts of the batch after the insert. */
export interface BatchCounts {
  readonly accepted: number
  readonly rejected: number
}

/** Inserts a batch of judged records; `undefined` when the statement batch was deleted meanwhile: give the transaction up then. */
export async function insertRows(executor: Executor, batchId: string, batch: RowBatch): Promise<BatchCounts | undefined> {
  const [counts] = await executor.run<BatchCounts & { duplicates: number[] | null }>(INSERT_ROWS, [
    batchId,
    ...rowColumns(batch),
    ...rejectColumns(batch.rejects),
  ])
  if (counts?.duplicates) {
    await executor.run(INSERT_REJECTS, [batchId, ...rejectColumns(counts.duplicates.map((line) => batch.duplicateAt(line)))])
  }
  return counts
}

const rowColumns = (batch: RowBatch): readonly string[] =>
  [
    batch.lines,
    batch.rowHashes,
    batch.cardLast4,
    batch.cardFingerprints,
    batch.holders,
    batch.dates,
    batch.descriptions,
    batch.amounts,
    batch.currencies,
    batch.installments,
    batch.installmentsOf,
    batch.references,
    batch.categories,
  ].map(arrayLiteral)

const rejectColumns = (rejects: readonly RejectedRecord[]): readonly string[] =>
  [
    rejects.map((reject) => reject.line),
    rejects.map((reject) => reject.rule),
    rejects.map((reject) => reject.message),
    rejects.map((reject) => JSON.stringify(reject.cells)),
  ].map(arrayLiteral)
