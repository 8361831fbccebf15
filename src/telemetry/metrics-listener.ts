import { Counter, Histogram, Registry } from 'prom-client'
import type { FactListener, FactName } from './facts.ts'

/** Seconds; from a hit in memory to a slow report. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export interface Metrics {
  readonly registry: Registry
  readonly listener: FactListener
}

/** Counts every fact by its name, and measures those that carry `durationMs`. Names are a closed set, so the number of series is bounded. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const labelNames = ['fact'] as const
  const counted = new Counter({ name: 'batuta_facts_total', help: 'What happened, by the name of the fact.', labelNames, registers: [registry] })
  const measured = new Histogram({
    name: 'batuta_fact_duration_seconds',
    help: 'How long it took, by the name of the fact.',
    labelNames,
    buckets: BUCKETS,
    registers: [registry],
  })
  const listener: FactListener = <Name extends FactName>(name: Name, fact: object) => {
    counted.inc({ fact: name })
    if ('durationMs' in fact && typeof fact.durationMs === 'number') measured.observe({ fact: name }, fact.durationMs / 1_000)
  }
  return { registry, listener }
}
