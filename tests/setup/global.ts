import { randomBytes } from 'node:crypto'
import type { TestProject } from 'vitest/node'
import { makeSnapshot } from './pglite-snapshot.ts'
import { createTemplate, dropLeftovers } from './postgres-template.ts'
import { startServers } from './servers.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
    redisUrl: string
    /** A migrated database that `freshPostgres` copies. */
    postgresTemplate: string
    /** File with a migrated PGlite that `freshPglite` loads. */
    pgliteSnapshot: string
  }
}

/** Once per run, before the first test file: servers, the template database and the snapshot. Returns the clean-up. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = await startServers()
  try {
    const template = `batuta_test_${randomBytes(6).toString('hex')}`
    const [snapshot] = await Promise.all([makeSnapshot(), createTemplate(servers.postgresUrl, template)])
    project.provide('postgresUrl', servers.postgresUrl)
    project.provide('redisUrl', servers.redisUrl)
    project.provide('postgresTemplate', template)
    project.provide('pgliteSnapshot', snapshot)
    // Tests name their database; a process that they start must not find ours by accident.
    delete process.env.DATABASE_URL
    delete process.env.REDIS_URL
    return async () => {
      await dropLeftovers(servers.postgresUrl, template)
      await servers.stop()
    }
  } catch (error) {
    await servers.stop()
    throw error
  }
}
