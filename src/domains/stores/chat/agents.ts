import type { StepRun } from '../../../engine/run.ts'
import type { AnyRun } from '../search/search-index.ts'

/** The assistant of each store. */
export interface Agents {
  /** Gives the store its agent, or brings the one that it has up to date with the catalogue: topics (the largest categories), languages. Keeps what its owner chose. Safe to repeat. */
  configure(run: AnyRun, step: StepRun, storeId: string): Promise<{ readonly topics: readonly string[] }>
}
