import { describe, expect, test } from 'vitest'
import { isDone, lifecycle, OPERATION_STATES, TRIGGERS, VARIANTS } from '../../src/engine/lifecycle.ts'

const cells = VARIANTS.flatMap((variant) =>
  OPERATION_STATES.flatMap((state) => TRIGGERS.map((trigger) => ({ variant, state, trigger, outcome: lifecycle(variant)[state][trigger] }))),
)
const moves = cells.flatMap((cell) => (typeof cell.outcome === 'string' ? [] : [{ ...cell, ...cell.outcome }]))

describe('lifecycle', () => {
  test('has an answer for every trigger in every state', () => {
    expect(cells.every(({ outcome }) => outcome !== undefined)).toBe(true)
  })

  test('leaves a terminal state only by a retry', () => {
    expect(moves.filter(({ state, trigger }) => isDone(state) && trigger !== 'retry')).toEqual([])
  })

  test('appends an event with every change of state', () => {
    expect(moves.filter(({ state, to, event }) => event === null && state !== to)).toEqual([])
  })

  test('can end pausing and canceling without the worker', () => {
    for (const variant of VARIANTS) {
      for (const state of ['pausing', 'canceling'] as const) {
        for (const trigger of ['overdue', 'rescue'] as const) expect(lifecycle(variant)[state][trigger]).not.toBe('ignored')
      }
    }
  })

  test('pauses only what a worker of ours runs', () => {
    expect(lifecycle('elsewhere').running.pause).toBe('refused')
    expect(lifecycle('elsewhere').running.cancel).toEqual({ to: 'canceled', event: 'canceled' })
  })

  test('lets a canceled operation that has a clean-up become canceled only through canceling', () => {
    const direct = moves.filter(({ variant, state, to }) => variant === 'cleanup' && to === 'canceled' && state !== 'canceling')
    expect(direct).toEqual([])
    const byWorker = moves.filter(({ variant, state, to }) => variant === 'cleanup' && to === 'canceled' && state === 'canceling')
    expect(byWorker.map(({ trigger }) => trigger)).toEqual(['stopped'])
  })

  test('can reach an end from every state', () => {
    for (const variant of VARIANTS) {
      for (const start of OPERATION_STATES) {
        const seen = new Set<string>([start])
        for (let size = 0; size !== seen.size; ) {
          size = seen.size
          for (const move of moves) if (move.variant === variant && seen.has(move.state)) seen.add(move.to)
        }
        expect(
          [...seen].some((state) => isDone(state as never)),
          `${variant} ${start}`,
        ).toBe(true)
      }
    }
  })
})
