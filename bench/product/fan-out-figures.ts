import { quantile } from './driver.ts'
import type { Counted, Usage } from './fan-out-messages.ts'

/** The server and the clients at about the same time; the clients count since the last sample. */
export interface Sample {
  readonly server: Usage
  readonly clients: Counted
}

/** Processor time per time, 1 for one core. */
const busy = (before: Usage, after: Usage): number => (after.cpuUs - before.cpuUs) / 1_000 / (after.atMs - before.atMs)

/** Between two samples, or throws when a socket was closed. Processor time per message does not suffer from what else runs on the machine as throughput does. */
export function ratesOf(before: Sample, after: Sample) {
  const { delivered, bytes, missed, repeated, closedSockets, checked } = after.clients
  if (closedSockets > 0) throw new Error(`${closedSockets} sockets were closed`)
  const perSecond = (delivered / (after.clients.usage.atMs - before.clients.usage.atMs)) * 1_000
  const serverBusy = busy(before.server, after.server)
  const clientsBusy = busy(before.clients.usage, after.clients.usage)
  return {
    perSecond,
    serverUs: (serverBusy * 1e6) / perSecond,
    clientUs: (clientsBusy * 1e6) / perSecond,
    serverBusy: serverBusy * 100,
    clientsBusy: clientsBusy * 100,
    bytes: bytes / delivered,
    lost: missed + repeated,
    checked,
  }
}

/** `lateMs`: how much later than planned the workers made their calls, which is not part of a latency. */
export function delaysOf(latenciesMs: readonly number[], lateMs: readonly number[]) {
  return {
    medianMs: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    mostMs: latenciesMs.at(-1) ?? Number.NaN,
    callLateP99Ms: quantile(lateMs, 0.99),
  }
}

/** Memory that `sockets` more subscribers cost. */
export const memoryOf = (before: Usage, after: Usage, sockets: number) => ({
  rssKiB: (after.rss - before.rss) / 1_024 / sockets,
  heldKiB: (after.heldBytes - before.heldBytes) / 1_024 / sockets,
})
