import { type InputIssue, InvalidInputError } from '../../../base/errors.ts'
import { AGENT_LIMITS, type AgentChoice } from './chat-records.ts'

/** Checks what an owner chooses for an agent, and trims it. Throws `InvalidInputError` with paths such as `input.topics.2`. */
export function checkChoice(change: Partial<AgentChoice>): Partial<AgentChoice> {
  const issues: InputIssue[] = []
  const line = (path: string, text: string, most: number): string => {
    const trimmed = text.trim()
    if (trimmed.length === 0 || trimmed.length > most) issues.push({ path, message: `expected 1 to ${most} characters, got ${trimmed.length}` })
    else if (/\p{Cc}/u.test(trimmed) || !trimmed.isWellFormed()) issues.push({ path, message: 'expected one line of plain text, got control characters' })
    return trimmed
  }
  const list = (path: string, texts: readonly string[], most: number): readonly string[] => {
    if (texts.length > most) issues.push({ path, message: `expected at most ${most} entries, got ${texts.length}` })
    if (new Set(texts).size < texts.length) issues.push({ path, message: 'expected each entry once, got one again' })
    return texts
  }
  const { name, topics, languages, greeting } = change
  const checked: Partial<AgentChoice> = {
    ...change,
    ...(typeof name === 'string' && { name: line('input.name', name, AGENT_LIMITS.name) }),
    ...(typeof greeting === 'string' && { greeting: line('input.greeting', greeting, AGENT_LIMITS.greeting) }),
    ...(topics && {
      topics: list('input.topics', topics, AGENT_LIMITS.topics).map((topic, index) => line(`input.topics.${index}`, topic, AGENT_LIMITS.topic)),
    }),
    ...(languages && { languages: list('input.languages', languages, AGENT_LIMITS.languages) }),
  }
  if (languages?.length === 0) issues.push({ path: 'input.languages', message: 'expected one language at least, or null' })
  for (const [index, language] of (languages ?? []).entries())
    if (!/^[a-z]{2}$/.test(language)) issues.push({ path: `input.languages.${index}`, message: 'expected a language of ISO 639-1 in lower case, such as es' })
  if (issues.length > 0) throw new InvalidInputError(issues)
  return checked
}
