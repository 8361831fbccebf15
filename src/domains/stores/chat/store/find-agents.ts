import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { AgentRecord } from '../chat-records.ts'
import { AGENT_COLUMNS } from './agent-columns.ts'

const FIND_AGENTS = statement('stores_find_agents', `select ${AGENT_COLUMNS} from agent where store_id = any($1::uuid[])`)

/** Agents of stores, in the order asked. */
export async function findAgents(executor: Executor, storeIds: readonly string[]): Promise<readonly (AgentRecord | undefined)[]> {
  const found = new Map((await executor.run<AgentRecord>(FIND_AGENTS, [storeIds])).map((agent) => [agent.storeId, agent]))
  return storeIds.map((id) => found.get(id))
}
