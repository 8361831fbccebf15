import DataLoader from 'dataloader'
import type { Viewer } from '../auth/viewer.ts'
import type { Clock } from '../base/clock.ts'
import type { Imports } from '../domains/imports/imports.ts'
import type { StatementBatchRecord } from '../domains/imports/records.ts'
import type { Engine } from '../engine/engine.ts'

/** What resolvers reach: the engine, the domains, the clock. Made once per process by the composition root. */
export interface GraphqlServices {
  readonly engine: Engine
  readonly imports: Imports
  readonly clock: Clock
  /** Types that this server refuses to start, with the sentence that says why; the sandbox exercise on a real server, say. */
  readonly refusedTypes: ReadonlyMap<string, string>
}

export interface Context {
  /** `null`: nobody is signed in, and every field says UNAUTHENTICATED. */
  readonly viewer: Viewer | null
  readonly services: GraphqlServices
  readonly loaders: Loaders
}

/** Reads that the fields of one answer share. */
export interface Loaders {
  readonly batch: DataLoader<string, StatementBatchRecord | undefined>
  /** By the import that made it; deleted ones too. */
  readonly batchOfOperation: DataLoader<string, StatementBatchRecord | undefined>
}

const createLoaders = ({ imports }: GraphqlServices): Loaders => ({
  batch: new DataLoader((ids) => imports.batchesByIds(ids)),
  batchOfOperation: new DataLoader((ids) => imports.batchesByOperationIds(ids)),
})

/** Makes the context of one operation, and of each event of a subscription: what is cached by context must not outlive it. */
export const createContextFactory =
  (services: GraphqlServices) =>
  (viewer: Viewer | null): Context => ({ viewer, services, loaders: createLoaders(services) })
