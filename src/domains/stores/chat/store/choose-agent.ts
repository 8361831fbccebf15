import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { AgentChoice, AgentRecord } from '../chat-records.ts'
import { AGENT_COLUMNS } from './agent-columns.ts'

const CHOOSE_AGENT = statement(
  'stores_choose_agent',
  `update agent set
    chosen_name = case when $2::jsonb ? 'name' then $2::jsonb ->> 'name' else chosen_name end,
    chosen_tone = case when $2::jsonb ? 'tone' then $2::jsonb ->> 'tone' else chosen_tone end,
    chosen_topics = case when $2::jsonb ? 'topics' then $3::text[] else chosen_topics end,
    chosen_languages = case when $2::jsonb ? 'languages' then $4::text[] else chosen_languages end,
    greeting = case when $2::jsonb ? 'greeting' then $2::jsonb ->> 'greeting' else greeting end,
    updated_at = now()
  where store_id = $1
  returning ${AGENT_COLUMNS}`,
)

/** Changes what an owner chose; what is absent stays. `undefined`: the store has no agent. */
export async function chooseAgent(executor: Executor, storeId: string, change: Partial<AgentChoice>): Promise<AgentRecord | undefined> {
  const values = [storeId, JSON.stringify(change), change.topics ?? null, change.languages ?? null]
  const [agent] = await executor.run<AgentRecord>(CHOOSE_AGENT, values)
  return agent
}
