import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**', 'bench/peers/**'],
    setupFiles: ['tests/setup/record-spawned.ts'],
    globalSetup: ['tests/setup/global.ts'],
    // Without it our sources and the libraries load a copy of graphql each, and errors of one are unknown to the other.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
    pool: 'forks',
    // Loading the sources anew for each file took a third of the whole run. No test changes what others load: no mocks, no fake timers, no global state.
    isolate: false,
    maxWorkers: 2,
    // Bounds for what hangs, not for what is slow: machines that run this may be many times slower than a developer's.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
  },
})
