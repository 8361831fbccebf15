import { describe, expect, test } from 'vitest'
import { PRINTED_DOCUMENTS, readDocument, withPrintedParts } from '../../scripts/printed-parts.ts'
import { OPERATION_STATES, TRIGGERS } from '../../src/engine/lifecycle.ts'

describe('documents that are printed from the code', () => {
  test.each(PRINTED_DOCUMENTS)('%s says what the code says; `npm run generate` prints it', async (name) => {
    const text = await readDocument(name)
    expect(text).toContain('<!-- printed:')
    expect(text).toBe(withPrintedParts(text))
  })

  test('the lifecycle tables have every state and every trigger', async () => {
    const text = await readDocument('lifecycle.md')
    for (const state of OPERATION_STATES) expect(text).toContain(`\n| ${state} |`)
    for (const trigger of TRIGGERS) expect(text).toMatch(new RegExp(`^\\| state \\|.* ${trigger} \\|`, 'm'))
  })
})
