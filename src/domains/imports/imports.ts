import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Clock } from '../../base/clock.ts'
import { InvalidInputError } from '../../base/errors.ts'
import { newUuid, toTypeId } from '../../base/ids.ts'
import type { PendingUpload } from '../../base/pending-upload.ts'
import type { Database } from '../../database/database.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import { CardKeys } from './card-keys.ts'
import { type CategoryRule, LONGEST_CATEGORY, LONGEST_PATTERN, MOST_CATEGORY_RULES, patternParts } from './categories.ts'
import { signDownload, verifyDownload } from './download-token.ts'
import { BATCH_PREFIX } from './import-statement.ts'
import { statementImport } from './operations.ts'
import { statementRecategorization } from './recategorization.ts'
import { rejectedCsv } from './rejected-csv.ts'
import type { ImportServices } from './services.ts'
import { deleteBatch } from './store/delete-batch.ts'
import { deleteCategoryRule } from './store/delete-category-rule.ts'
import { ensureSecret } from './store/ensure-secret.ts'
import { findBatches, findBatchesOfOperations } from './store/find-batches.ts'
import { type ListBatchesParams, listBatches } from './store/list-batches.ts'
import { listCategoryRules } from './store/list-category-rules.ts'
import { listRejects } from './store/list-rejects.ts'
import { type ListRowsParams, listRows } from './store/list-rows.ts'
import { setCategoryRule } from './store/set-category-rule.ts'
import { ImportSweeper } from './sweeper.ts'
import { createDatabaseBlobs } from './uploads/database-blobs.ts'
import { createFolderBlobs } from './uploads/folder-blobs.ts'
import { receiveUpload } from './uploads/receive-upload.ts'
import { checkSharedFolder } from './uploads/shared-folder.ts'
import { Uploads } from './uploads/uploads.ts'

export interface ImportsParams {
  readonly database: Database
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly maxFileSize: number
  /** A folder that all instances share; absent: files are kept in the database. */
  readonly uploadDir?: string | undefined
  /** Key of card fingerprints; absent: a random one, kept in the database. */
  readonly panFingerprintKey?: string | undefined
}

export interface ReceiveParams {
  readonly ownerId: string
  readonly idempotencyKey?: string | undefined
  /** Path of the file in the client's input, for refusals. */
  readonly path?: string
}

export interface SetCategoryRuleParams {
  /** UUID of the rule to change; absent: a new one. */
  readonly id?: string | undefined
  readonly pattern: string
  readonly category: string
  readonly position?: number | undefined
}

export type Imports = ReturnType<typeof createImports>

/** Where `rejectedCsvPath` points: the server hands requests below it to `downloadRejects`. */
export const REJECTED_CSV_ROUTE = '/downloads/rejected-rows/'
const DOWNLOAD_LIFE_MS = 15 * 60_000

/** The imports domain: definitions, what their handlers need, and what the API asks. Who may ask is decided before. */
export function createImports(params: ImportsParams) {
  const { database, clock, telemetry } = params
  const databaseBlobs = createDatabaseBlobs(database)
  const folderBlobs = params.uploadDir === undefined ? undefined : createFolderBlobs(params.uploadDir)
  const uploads = new Uploads(database, folderBlobs ? [databaseBlobs, folderBlobs] : [databaseBlobs])
  const downloadKey = once(() => secret(database, 'download-links'))
  const services: ImportServices = {
    database,
    uploads,
    cardKeys: once(
      async () => new CardKeys(params.panFingerprintKey === undefined ? await secret(database, 'card-fingerprints') : Buffer.from(params.panFingerprintKey)),
    ),
    today: () => new Date(clock.now()).toISOString().slice(0, 10),
  }

  return {
    definitions: [statementImport, statementRecategorization],
    services,
    sweeper: new ImportSweeper({ database, uploads, clock, telemetry }),
    /** Throws a sentence when UPLOAD_DIR is not the folder of the other instances. To be awaited before the first request. */
    checkUploadFolder: async (): Promise<void> => {
      if (params.uploadDir !== undefined) await checkSharedFolder({ folder: params.uploadDir, database, clock })
    },
    /** Stores the file of a request; to be called before `startOperation`. Throws `InvalidInputError`. */
    receiveUpload: (upload: PendingUpload, receive: ReceiveParams) =>
      receiveUpload({ ...receive, database, blobs: folderBlobs ?? databaseBlobs, upload, maxBytes: params.maxFileSize }),

    batches: (list: ListBatchesParams) => listBatches(database, list),
    batchesByIds: (ids: readonly string[]) => findBatches(database, ids),
    batchesByOperationIds: (operationIds: readonly string[]) => findBatchesOfOperations(database, operationIds),
    rows: (list: ListRowsParams) => listRows(database, list),
    rejects: (list: ListRowsParams) => listRejects(database, list),
    deleteBatch: (batchId: string) => deleteBatch(database, batchId),

    categoryRules: () => listCategoryRules(database),
    setCategoryRule: (rule: SetCategoryRuleParams) => storeCategoryRule(database, rule),
    deleteCategoryRule: (id: string) => deleteCategoryRule(database, id),

    /** Path and query of a link that works for a quarter of an hour, without further authentication. */
    rejectedCsvPath: async (batchId: string): Promise<string> => {
      const token = signDownload(await downloadKey(), { batchId, expiresAtMs: clock.now() + DOWNLOAD_LIFE_MS })
      return `${REJECTED_CSV_ROUTE}${toTypeId(BATCH_PREFIX, batchId)}.csv?token=${token}`
    },
    /** The rejected rows that a token gives the right to; `undefined` for a bad or expired token, or a batch that is gone. */
    downloadRejects: async (token: string): Promise<{ readonly fileName: string; readonly content: Readable } | undefined> => {
      const batchId = verifyDownload(await downloadKey(), token, clock.now())
      const content = batchId === undefined ? undefined : await rejectedCsv(database, batchId)
      if (batchId === undefined || !content) return undefined
      return { fileName: `rejected-${toTypeId(BATCH_PREFIX, batchId)}.csv`, content: Readable.from(content, { objectMode: false }) }
    },
  }
}

const SECRET_BYTES = 32
const FARTHEST_POSITION = 1_000_000

async function secret(database: Database, name: string): Promise<Buffer> {
  const { value } = await ensureSecret(database, name, randomBytes(SECRET_BYTES))
  return value
}

/** Runs `make` at the first call; again after it failed. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
}

/** Stores a checked rule. Throws `InvalidInputError`. */
async function storeCategoryRule(database: Database, { id, pattern, category, position = 0 }: SetCategoryRuleParams): Promise<CategoryRule> {
  const issues = []
  if (patternParts(pattern).length === 0 || pattern.length > LONGEST_PATTERN) {
    issues.push({ path: 'input.pattern', message: `expected 1 to ${LONGEST_PATTERN} characters, with something beside * and blanks` })
  }
  if (category.trim() === '' || category.length > LONGEST_CATEGORY)
    issues.push({ path: 'input.category', message: `expected 1 to ${LONGEST_CATEGORY} characters` })
  if (/\p{Cc}/u.test(pattern + category)) issues.push({ path: 'input', message: 'expected no control characters' })
  if (!Number.isInteger(position) || Math.abs(position) > FARTHEST_POSITION) {
    issues.push({ path: 'input.position', message: `expected a whole number from -${FARTHEST_POSITION} to ${FARTHEST_POSITION}` })
  }
  if (issues.length > 0) throw new InvalidInputError(issues)
  const stored = await setCategoryRule(database, { id: id ?? newUuid(), pattern, category: category.trim(), position })
  if (!stored) throw new InvalidInputError([{ path: 'input', message: `expected at most ${MOST_CATEGORY_RULES} category rules; delete one first` }])
  return stored
}
