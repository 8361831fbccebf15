import { PermanentError } from '../../../base/errors.ts'
import type { Database } from '../../../database/database.ts'
import type { StepRun } from '../../../engine/run.ts'
import type { ProductVectors } from './product-vectors.ts'
import type { AnyRun, IndexedCounts, IndexPart } from './search-index.ts'
import { countDocuments, findUnused, openBuild, removeBuild, removeDocuments, removeWords } from './store/builds.ts'
import { insertDocuments } from './store/insert-documents.ts'
import { countSubjects, findBatchEnd } from './store/subjects.ts'

/** Subjects a transaction. */
const BATCH_SIZE = 500
/** Rows that one statement removes. */
const REMOVED_TOGETHER = 2_000
const ALL_PARTS: readonly IndexPart[] = ['products', 'orders', 'customers']

/** What a build goes through, in this order; vectors only where they are on. */
type Phase = IndexPart | 'vectors'

/** Where a step got to: everything of earlier phases, and of this one up to an id. */
type Position = { readonly phase: Phase; readonly after: string }

const FIRST_ID = '00000000-0000-0000-0000-000000000000'

export interface BuildParams {
  readonly run: AnyRun
  readonly step: StepRun
  readonly storeId: string
  readonly parts: readonly IndexPart[]
  readonly database: Database
  readonly vectors: ProductVectors | undefined
}

/** Writes the documents of some parts, a batch a transaction, from where an earlier run of the step got to. */
export async function buildIndex(params: BuildParams): Promise<IndexedCounts> {
  const { run, step, storeId, parts, database } = params
  const generation = await run.transaction((transaction) => openBuild(transaction, { storeId, operationId: run.id }))
  if (generation === undefined) throw new PermanentError('STORE_GONE', 'The store was deleted.')
  const counts = await countSubjects(database, storeId)
  const total = sumOf(counts, ALL_PARTS)
  // An operation that builds all parts in one step has read the same rows before; one step for each part means that there is nothing else.
  const before = parts.length === ALL_PARTS.length ? total : 0
  run.report({ total: before + total })
  const phases = await phasesOf(params)
  const from = (step.position ?? { phase: phases[0] ?? 'products', after: FIRST_ID }) as Position
  for (const phase of phases.slice(Math.max(0, phases.indexOf(from.phase)))) {
    await buildPhase(params, { generation, phase, after: phase === from.phase ? from.after : FIRST_ID })
  }
  // What was counted in passing may miss what a killed run had not told yet.
  run.report({ succeeded: before + sumOf(counts, ALL_PARTS.slice(0, ALL_PARTS.indexOf(parts.at(-1) ?? 'products') + 1)) })
  return { documents: await countDocuments(database, generation, parts) }
}

async function phasesOf({ parts, vectors }: BuildParams): Promise<readonly Phase[]> {
  const withVectors = parts.includes('products') && (await vectors?.isOn()) === true
  return parts.flatMap((part): Phase[] => (part === 'products' && withVectors ? ['products', 'vectors'] : [part]))
}

const sumOf = (counts: Readonly<Record<IndexPart, number>>, parts: readonly IndexPart[]): number => parts.reduce((sum, part) => sum + counts[part], 0)

async function buildPhase(params: BuildParams, from: Position & { readonly generation: number }): Promise<void> {
  const { run, step, storeId, database, vectors } = params
  const { generation, phase } = from
  const part = phase === 'vectors' ? 'products' : phase
  const size = phase === 'vectors' ? (vectors?.batchSize ?? BATCH_SIZE) : BATCH_SIZE
  let { after } = from
  for (;;) {
    const batch = await findBatchEnd(database, part, { storeId, after, size })
    if (!batch) return
    const documents = { storeId, generation, after, upTo: batch.id }
    if (phase === 'vectors') {
      // Asked for outside of the transaction: a slow provider must not hold a connection.
      const write = await vectors?.prepare(documents, step.signal)
      await step.commit({ phase, after: batch.id }, async (transaction) => write?.(transaction))
    } else {
      await step.commit({ phase, after: batch.id }, (transaction) => insertDocuments(transaction, phase, documents))
      run.advance({ succeeded: batch.count })
    }
    after = batch.id
  }
}

/** Removes indexes of the store that are not in use, in small transactions of which each proves that the run still owns its operation. */
export async function removeUnused({ run, storeId, database }: Pick<BuildParams, 'run' | 'storeId' | 'database'>): Promise<void> {
  for (const generation of await findUnused(database, storeId)) {
    for (const remove of [removeDocuments, removeWords]) {
      while ((await run.transaction((transaction) => remove(transaction, generation, REMOVED_TOGETHER))) === REMOVED_TOGETHER) run.signal.throwIfAborted()
    }
    await run.transaction((transaction) => removeBuild(transaction, generation))
  }
}
