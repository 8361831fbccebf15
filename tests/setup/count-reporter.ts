import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

/** What `tests/run.ts` prints at the end. */
export interface TestCounts {
  passed: number
  failed: number
  skipped: number
}

/** Where `tests/run.ts` reads the counts. */
export const COUNTS_FILE = 'BATUTA_TEST_COUNTS_FILE'

/** Counts the tests of a run, and as failed also files that could not be read and errors outside any test. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts: TestCounts = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed' || state === 'failed' || state === 'skipped') counts[state] += 1
        // Never finished: the run was cut short.
        else counts.failed += 1
      }
      counts.failed += module.errors().length
      for (const suite of module.children.allSuites()) counts.failed += suite.errors().length
    }
    const path = process.env[COUNTS_FILE]
    if (path) writeFileSync(path, JSON.stringify(counts))
  }
}
