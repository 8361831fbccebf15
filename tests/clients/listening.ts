import { type App, createApp } from '../../src/app.ts'
import { systemClock } from '../../src/base/clock.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import { type Environment, parseConfig } from '../../src/config/config.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import type { FreshDatabase } from '../setup/databases.ts'

/**
 * Instances of the whole app in this process, on one database, each listening on a port of its own. They share a bus in memory, unless the
 * environment names a Redis: then each has its own connections to it, as separate processes have.
 */
export interface Listening {
  readonly apps: readonly App[]
  /** Address of one of them. */
  url(index?: number): string
  /** What was hidden from clients: bugs, which no test expects. */
  readonly hidden: readonly unknown[]
  stop(): Promise<void>
}

export interface ListeningParams {
  readonly instances?: number
  readonly env?: Environment
}

export async function listening(fresh: FreshDatabase, { instances = 1, env = {} }: ListeningParams = {}): Promise<Listening> {
  const telemetry = new Telemetry()
  const hidden: unknown[] = []
  telemetry.listen((name, fact) => {
    if (name === 'failure.contained') hidden.push(fact)
  })
  const bus = env.REDIS_URL === undefined ? { bus: createMemoryBus({ telemetry }) } : {}
  const apps: App[] = []
  for (let index = 0; index < instances; index += 1) {
    const app = await createApp({
      config: parseConfig({ PORT: '0', SANDBOX_OPERATIONS: 'true', ...env }),
      telemetry,
      clock: systemClock,
      database: fresh.database,
      ...bus,
    })
    await app.start()
    apps.push(app)
  }
  return {
    apps,
    hidden,
    url: (index = 0) => (apps[index] as App).url,
    stop: async () => {
      await Promise.all(apps.map((app) => app.stop()))
    },
  }
}
