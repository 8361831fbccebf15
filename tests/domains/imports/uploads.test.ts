import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { newUuid } from '../../../src/base/ids.ts'
import { statement } from '../../../src/database/statement.ts'
import type { Imports } from '../../../src/domains/imports/imports.ts'
import { checkSharedFolder } from '../../../src/domains/imports/uploads/shared-folder.ts'
import { type FreshDatabase, freshPglite } from '../../setup/databases.ts'
import { GOOD_ROW, HEADER, importsOn, OWNER, pendingUpload } from './import-kit.ts'

const LEFTOVERS = statement(
  'test_leftovers',
  'select (select count(*) from upload_blob) as blobs, (select count(*) from upload_chunk) as chunks, (select count(*) from upload) as uploads',
)
const AGE_ALL = statement(
  'test_age_all',
  `with aged as (update upload set created_at = now() - interval '2 hours') update upload_blob set renewed_at = now() - interval '2 hours'`,
)
const INSERT_OPERATION = statement(
  'test_insert_operation',
  `insert into operation (id, type, title, state, priority, owner_id, created_by, input, max_attempts, finished_at)
   values ($1, 'STATEMENT_IMPORT', 't', $2, 1, 'ana', '{}', jsonb_build_object('uploadId', $3::text), 5, case when $2 in ('completed', 'failed', 'canceled') then now() end)`,
)
const SET_STATE = statement('test_set_state', `update operation set state = $2, finished_at = now() where id = $1`)
const DELETE_OPERATION = statement('test_delete_operation', 'delete from operation where id = $1')

let fresh: FreshDatabase
let folder: string
beforeAll(async () => {
  fresh = await freshPglite()
  folder = await mkdtemp(join(tmpdir(), 'uploads-'))
})
afterAll(async () => {
  await fresh.drop()
  await rm(folder, { recursive: true })
})

const text = `${HEADER}\n${`${GOOD_ROW}\n`.repeat(20_000)}`

describe.each(['database', 'folder'] as const)('uploads in the %s', (location) => {
  let imports: Imports
  beforeAll(() => {
    imports = importsOn(fresh, { maxFileSize: 2_000_000, uploadDir: location === 'folder' ? folder : undefined })
  })
  const leftovers = async () => ({
    ...(await fresh.database.run(LEFTOVERS, []))[0],
    files: (await readdir(folder)).filter((name) => name.endsWith('.upload')).length,
  })
  const receive = (content: Parameters<typeof pendingUpload>[0], options = {}) => imports.receiveUpload(pendingUpload(content), { ownerId: OWNER, ...options })

  test('give back the bytes from any position', async () => {
    const upload = await receive(text)
    expect(upload).toMatchObject({ fileName: 'statement.csv', fileSize: text.length })
    const open = await imports.services.uploads.open(upload.uploadId, OWNER)
    for (const from of [0, 1, 524_288, 524_289, 600_000, text.length]) {
      const pieces: Buffer[] = []
      for await (const piece of open.read(from)) pieces.push(piece)
      expect(Buffer.concat(pieces).equals(Buffer.from(text).subarray(from))).toBe(true)
    }
  })

  test.each([
    ['empty', '', 'empty'],
    ['binary', Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 8]), 'binary'],
    ['without a header', '4111111111111111,ANA\n', 'missing'],
    ['too large', `${HEADER}\n${'x'.repeat(2_000_000)}`, 'at most 2000000 bytes'],
  ])('refuse a file that is %s, naming the field, and keep nothing', async (_, content, message) => {
    const before = await leftovers()
    await expect(receive(content as string)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      issues: [{ path: 'input.file', message: expect.stringContaining(message) }],
    })
    expect(await leftovers()).toEqual(before)
  })

  test('keep nothing of a file that breaks off', async () => {
    const before = await leftovers()
    const broken = async function* () {
      yield Buffer.from(text)
      await Promise.resolve()
      throw new Error('the client went away')
    }
    await expect(receive(broken())).rejects.toThrow('the client went away')
    expect(await leftovers()).toEqual(before)
  })

  test('give the same id for the same bytes, name and idempotency key, and keep the bytes once', async () => {
    const first = await receive(text, { idempotencyKey: 'k' })
    const before = await leftovers()
    expect(await receive(text, { idempotencyKey: 'k' })).toEqual(first)
    expect(await leftovers()).toEqual(before)
    expect((await receive(`${text}\n`, { idempotencyKey: 'k' })).uploadId).not.toBe(first.uploadId)
    expect((await imports.receiveUpload(pendingUpload(text), { ownerId: 'bruno', idempotencyKey: 'k' })).uploadId).not.toBe(first.uploadId)
  })

  test('are kept while an operation may be run or retried, and removed when it completed, or nobody started one for an hour', async () => {
    const { uploads } = imports.services
    const [unused, waiting, failed] = [await receive(text), await receive(text), await receive(text)]
    const operation = newUuid()
    await fresh.database.run(INSERT_OPERATION, [operation, 'queued', waiting.uploadId])
    await fresh.database.run(INSERT_OPERATION, [newUuid(), 'failed', failed.uploadId])
    const gone = async () => {
      const open = await Promise.allSettled([unused, waiting, failed].map(({ uploadId }) => uploads.open(uploadId, OWNER)))
      return open.map(({ status }) => status === 'rejected')
    }
    await uploads.sweep()
    expect(await gone()).toEqual([false, false, false])
    await fresh.database.run(AGE_ALL, [])
    await uploads.sweep()
    expect(await gone()).toEqual([true, false, false])
    await fresh.database.run(SET_STATE, [operation, 'completed'])
    await uploads.sweep()
    expect(await gone()).toEqual([true, true, false])
    expect(await leftovers()).toMatchObject({ blobs: 1, files: location === 'folder' ? 1 : 0 })
    await fresh.database.run(DELETE_OPERATION, [operation])
    await uploads.sweep()
    expect(await leftovers()).toMatchObject({ uploads: 1 })
    await fresh.database.run(statement('test_delete_operations', 'delete from operation'), [])
    await uploads.sweep()
    expect(await leftovers()).toEqual({ blobs: 0, chunks: 0, uploads: 0, files: 0 })
  })

  test('mask card numbers in file names and drop folders and control characters', async () => {
    const upload = await imports.receiveUpload(pendingUpload(text, { fileName: '../../etc/4111 1111 1111 1111\u0000\n.csv' }), { ownerId: OWNER })
    expect(upload.fileName).toBe('**** **** **** 1111.csv')
  })
})

describe('checkSharedFolder', () => {
  test('takes the folder of the first instance and refuses another one', async () => {
    const other = await mkdtemp(join(tmpdir(), 'uploads-'))
    const check = (path: string) => checkSharedFolder({ folder: path, database: fresh.database, clock: { ...systemClock, sleep: () => Promise.resolve() } })
    await check(folder)
    await check(folder)
    await expect(check(other)).rejects.toThrow('is not the folder that the other instances use')
    await rm(other, { recursive: true })
  })
})
