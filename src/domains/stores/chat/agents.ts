import { PermanentError } from '../../../base/errors.ts'
import type { Database } from '../../../database/database.ts'
import type { StepRun } from '../../../engine/run.ts'
import type { AnyRun } from '../search/search-index.ts'
import type { AgentChoice, AgentRecord } from './chat-records.ts'
import { checkChoice } from './check-choice.ts'
import { chooseAgent } from './store/choose-agent.ts'
import { configureAgent } from './store/configure-agent.ts'
import { findAgents } from './store/find-agents.ts'

/** The assistant of each store. */
export interface Agents {
  /** Gives the store its agent, or brings the one that it has up to date with the catalogue: topics (the largest categories), languages. Keeps what its owner chose. Safe to repeat. */
  configure(run: AnyRun, step: StepRun, storeId: string): Promise<{ readonly topics: readonly string[] }>
}

/** What the API asks of agents beside. */
export interface ChosenAgents extends Agents {
  /** In the order asked. */
  byStoreIds(storeIds: readonly string[]): Promise<readonly (AgentRecord | undefined)[]>
  /** What is absent stays, `null` goes back to what was derived. Throws `InvalidInputError`. `undefined`: there is no such store. */
  choose(storeId: string, change: Partial<AgentChoice>): Promise<AgentRecord | undefined>
}

export function createAgents({ database }: { readonly database: Database }): ChosenAgents {
  return {
    configure: async (_run, step, storeId) => {
      const agent = await step.commit({}, async (transaction) => {
        const configured = await configureAgent(transaction, storeId)
        if (!configured) throw new PermanentError('STORE_GONE', 'The store was deleted.')
        return configured
      })
      step.message(`${agent.name}: ${agent.productCount} products, ${agent.categoryCount} categories`)
      return { topics: agent.topics }
    },
    byStoreIds: (storeIds) => findAgents(database, storeIds),
    choose: async (storeId, change) => {
      const checked = checkChoice(change)
      return database.transaction(async (transaction) => {
        const chosen = await chooseAgent(transaction, storeId, checked)
        if (chosen) return chosen
        // An owner may choose before the first connection has come that far.
        await configureAgent(transaction, storeId)
        return chooseAgent(transaction, storeId, checked)
      })
    },
  }
}
