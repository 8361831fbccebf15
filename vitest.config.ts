import { defineConfig } from 'vitest/config'

/** These measure what their process holds, so each has one of its own. */
const ALONE = ['tests/bus/redis-broken.test.ts', 'tests/chaos/endurance.test.ts', 'tests/domains/imports/memory.test.ts', 'tests/server/multipart.test.ts']
const NEVER = ['**/node_modules/**', 'dist/**', 'bench/peers/**']

export default defineConfig({
  test: {
    setupFiles: ['tests/setup/record-spawned.ts'],
    globalSetup: ['tests/setup/global.ts'],
    // Without it our sources and the libraries load a copy of graphql each, and errors of one are unknown to the other.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
    pool: 'forks',
    maxWorkers: 2,
    // Bounds for what hangs, not for what is slow: machines that run this may be many times slower than a developer's.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      // Loading the sources anew for each file took a third of the whole run. No test changes what others load: no mocks, no fake timers, no global state.
      { extends: true, test: { name: 'together', isolate: false, include: ['tests/**/*.test.ts'], exclude: [...NEVER, ...ALONE] } },
      { extends: true, test: { name: 'alone', include: ALONE, exclude: NEVER } },
    ],
  },
})
