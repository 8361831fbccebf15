import type { ServerResponse } from 'node:http'
import type { Clock } from '../base/clock.ts'
import { sendJson } from './answers.ts'

/** Whether something that the process needs is there; false and any failure mean "not now", `degraded` that it works without. Must not take long. */
export type ReadinessCheck = () => Promise<boolean | 'degraded'>
type Verdict = 'ok' | 'degraded' | 'failing'

const CHECK_DEADLINE_MS = 2_000

/** The process runs and answers: nothing else is asked, so that an orchestrator does not restart it for a database's fault. */
export const answerLiveness = (response: ServerResponse): void => sendJson(response, { status: 200, body: { status: 'ok' } })

/** 503 when a check fails, else 200, also with something degraded; never the text of an error. */
export async function answerReadiness(
  response: ServerResponse,
  params: { readonly checks: Readonly<Record<string, ReadinessCheck>>; readonly isDraining: boolean; readonly clock: Clock },
): Promise<void> {
  if (params.isDraining) return sendJson(response, { status: 503, body: { status: 'draining', checks: {} } })
  const entries = await Promise.all(Object.entries(params.checks).map(async ([name, check]) => [name, await verdictOf(check, params.clock)] as const))
  const verdicts = entries.map(([, verdict]) => verdict)
  const isAvailable = !verdicts.includes('failing')
  const usable = verdicts.includes('degraded') ? 'degraded' : 'ready'
  sendJson(response, { status: isAvailable ? 200 : 503, body: { status: isAvailable ? usable : 'unavailable', checks: Object.fromEntries(entries) } })
}

async function verdictOf(check: ReadinessCheck, clock: Clock): Promise<Verdict> {
  const done = new AbortController()
  const answer = Promise.resolve()
    .then(check)
    .catch(() => false)
  const deadline = clock.sleep(CHECK_DEADLINE_MS, done.signal).then(() => false)
  const verdict = await Promise.race([answer, deadline])
  done.abort()
  if (verdict === 'degraded') return 'degraded'
  return verdict ? 'ok' : 'failing'
}
