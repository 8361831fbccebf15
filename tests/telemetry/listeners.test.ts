import { describe, expect, test } from 'vitest'
import '../../src/server/facts.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { createLogListener, type LogLevel, levelOf } from '../../src/telemetry/log-listener.ts'
import { createMetrics } from '../../src/telemetry/metrics-listener.ts'

function logged(level: LogLevel, emit: (telemetry: Telemetry) => void): readonly Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = []
  const telemetry = new Telemetry()
  telemetry.listen(createLogListener({ level, destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) } }))
  emit(telemetry)
  return lines
}

describe('the log', () => {
  test('has a line for each fact of its level, with the name of the fact', () => {
    const lines = logged('info', (telemetry) => {
      telemetry.emit('server.listening', { url: 'http://127.0.0.1:4000' })
      telemetry.emit('request.answered', { route: '/graphql', method: 'POST', status: 200, durationMs: 1 })
    })
    expect(lines).toMatchObject([{ level: 'info', fact: 'server.listening', url: 'http://127.0.0.1:4000' }])
  })

  test('shows errors with their causes and without credentials of addresses', () => {
    const cause = new Error('connect postgres://batuta:hunter2@db:5432/x')
    const [line] = logged('error', (telemetry) => telemetry.emit('failure.contained', { where: 'test', error: new Error('no database', { cause }) }))
    expect(line).toMatchObject({
      level: 'error',
      where: 'test',
      error: { message: 'no database', cause: { message: 'connect postgres://batuta:***@db:5432/x' } },
    })
    expect(JSON.stringify(line)).not.toContain('hunter2')
  })

  test('can be silent', () => {
    expect(logged('silent', (telemetry) => telemetry.emit('failure.contained', { where: 'test', error: new Error('x') }))).toEqual([])
  })

  test.each([
    ['operation.failed', 'warn'],
    ['failure.contained', 'error'],
    ['operation.claimed', 'debug'],
    ['server.drained', 'info'],
  ])('%s is %s', (name, level) => {
    expect(levelOf(name)).toBe(level)
  })
})

describe('the metrics', () => {
  test('count facts and measure durations', async () => {
    const { registry, listener } = createMetrics()
    const telemetry = new Telemetry()
    telemetry.listen(listener)
    telemetry.emit('request.answered', { route: '/graphql', method: 'POST', status: 200, durationMs: 20 })
    const text = await registry.metrics()
    expect(text).toContain('batuta_facts_total{fact="request.answered"} 1')
    expect(text).toContain('batuta_fact_duration_seconds_bucket{le="0.025",fact="request.answered"} 1')
  })
})
