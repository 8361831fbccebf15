import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EMBEDDED_POSTGRES_MAJOR, openDataDir } from '../../src/database/data-dir.ts'
import { lockByFile } from '../../src/database/folder-lock.ts'
import { migrate } from '../../src/database/migrate.ts'
import { createPgliteDatabase } from '../../src/database/pglite.ts'
import { statement } from '../../src/database/statement.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'

let parent: string
let folder: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'batuta-data-'))
  folder = join(parent, 'data')
})
afterEach(() => rm(parent, { recursive: true, force: true }))

const open = () => createPgliteDatabase({ dataDir: folder, telemetry: new Telemetry() })

describe('openDataDir', () => {
  test('makes the folder, for its owner only', async () => {
    const opened = await openDataDir(folder)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    await opened.close()
  })

  test('refuses a folder that is open already, by whatever path, and frees it on close', async () => {
    const opened = await openDataDir(folder)
    await symlink(folder, join(parent, 'link'))
    for (const path of [folder, join(parent, 'link')]) await expect(openDataDir(path)).rejects.toThrow('another process uses it')
    await opened.close()
    await (await openDataDir(folder)).close()
  })

  test('is free again when the process that had it was killed', async () => {
    const module = new URL('../../src/database/data-dir.ts', import.meta.url).href
    const script = `const { openDataDir } = await import(${JSON.stringify(module)}); await openDataDir(${JSON.stringify(folder)}); console.log('open'); setInterval(() => {}, 1000)`
    const other = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => other.stdout.once('data', resolve))
    await expect(openDataDir(folder)).rejects.toThrow('another process uses it')
    const exit = new Promise((resolve) => other.once('exit', resolve))
    other.kill('SIGKILL')
    await exit
    await (await openDataDir(folder)).close()
  })

  test('refuses data of another major version of PostgreSQL, in a sentence, and leaves it alone', async () => {
    await mkdir(join(folder, 'postgres'), { recursive: true })
    await writeFile(join(folder, 'POSTGRES_VERSION'), '17\n')
    await expect(openDataDir(folder)).rejects.toThrow(/data of PostgreSQL 17.*pg_dump/)
    expect((await readdir(folder)).sort()).toEqual(['POSTGRES_VERSION', 'postgres'])
  })

  test('sets aside what a first start left unfinished', async () => {
    await mkdir(join(folder, 'postgres'), { recursive: true })
    await writeFile(join(folder, 'postgres', 'half'), '')
    await (await openDataDir(folder)).close()
    expect(await readdir(join(folder, 'postgres.unfinished'))).toEqual(['half'])
  })
})

describe('lockByFile', () => {
  test('refuses while the owner lives, and takes over from one that is gone', async () => {
    await mkdir(folder)
    const unlock = await lockByFile(folder)
    await expect(lockByFile(folder)).rejects.toThrow('another process uses it')
    await unlock()
    await writeFile(join(folder, 'LOCK'), '2147483646\n')
    await (await lockByFile(folder))()
    expect(await readdir(folder)).toEqual([])
  })
})

describe('createPgliteDatabase with a folder', () => {
  test('keeps its rows over a restart, holds its folder while it is open, and notes its version', async () => {
    const first = await open()
    await migrate(first)
    await first.run(statement('test.insert_kept_head', "insert into stream_head (stream, name) values (gen_random_uuid(), 'kept')"), [])
    await expect(open()).rejects.toThrow('another process uses it')
    const [row] = await first.run<{ version: string }>(statement('test.version', "select current_setting('server_version_num') as version"), [])
    expect(Math.floor(Number(row?.version) / 10_000)).toBe(EMBEDDED_POSTGRES_MAJOR)
    await first.close()
    expect(await readFile(join(folder, 'POSTGRES_VERSION'), 'utf8')).toBe(`${EMBEDDED_POSTGRES_MAJOR}\n`)
    const second = await open()
    expect(await migrate(second)).toEqual([])
    expect(await second.run(statement('test.read_heads', 'select name from stream_head'), [])).toEqual([{ name: 'kept' }])
    await second.close()
  })
})

describe('statement', () => {
  test('refuses a name that is taken by another text, or is too long for PostgreSQL', () => {
    statement('test.taken', 'select 1')
    expect(statement('test.taken', 'select 1')).toEqual({ name: 'test.taken', text: 'select 1' })
    expect(() => statement('test.taken', 'select 2')).toThrow('a statement name of its own')
    expect(() => statement('x'.repeat(64), 'select 1')).toThrow('at most 63 characters')
  })
})
