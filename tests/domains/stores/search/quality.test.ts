import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseKinds } from '../../../setup/databases.ts'
import { QUALITY_CATALOGUE } from './quality-catalogue.ts'
import { QUESTIONS, type Question, UNANSWERABLE } from './questions.ts'
import { type SearchWorld, searchWorld } from './search-world.ts'

/** Recall at 5 of the fixed questions: the share of expected products that are among the first five. */
const CASES = databaseKinds.flatMap((kind) => [
  { kind, trigrams: true },
  { kind, trigrams: false },
])

describe.each(CASES)('the fifty questions on $kind, trigrams: $trigrams', ({ kind, trigrams }) => {
  let world: SearchWorld
  let storeId: string
  const keyOf = new Map<string, string>()

  beforeAll(async () => {
    world = await searchWorld({ kind })
    if (!trigrams) await world.sql('drop extension pg_trgm')
    storeId = await world.addStore()
    const ids = await world.addProducts(storeId, QUALITY_CATALOGUE)
    for (const [index, id] of ids.entries()) keyOf.set(id, QUALITY_CATALOGUE[index]?.key ?? '')
    await world.rebuild(storeId)
  })
  afterAll(() => world.close())

  const find = async (text: string) => (await world.search.find({ storeId, text, limit: 5 })).map((hit) => ({ ...hit, key: keyOf.get(hit.productId) ?? '?' }))

  async function recall(questions: readonly Question[]): Promise<{ readonly share: number; readonly missed: readonly string[] }> {
    let [expected, found] = [0, 0]
    const missed: string[] = []
    for (const question of questions) {
      const keys = (await find(question.text)).map(({ key }) => key)
      const hits = question.expected.filter((key) => keys.includes(key)).length
      expected += question.expected.length
      found += hits
      if (hits < question.expected.length) missed.push(`${question.text} → ${keys.join(', ')}`)
    }
    return { share: found / expected, missed }
  }

  test('find nearly all expected products among the first five', async () => {
    const [all, heldOut] = [await recall(QUESTIONS), await recall(QUESTIONS.filter((question) => question.heldOut))]
    const [es, en] = [await recall(QUESTIONS.filter(({ language }) => language === 'es')), await recall(QUESTIONS.filter(({ language }) => language === 'en'))]
    const shown = (share: number) => share.toFixed(3)
    console.log(
      `recall at 5 on ${kind}${trigrams ? '' : ' without trigrams'}: ${shown(all.share)} of ${QUESTIONS.length} questions (es ${shown(es.share)}, en ${shown(en.share)}, held out ${shown(heldOut.share)})\n${all.missed.join('\n')}`,
    )
    expect(all.share).toBeGreaterThanOrEqual(0.95)
  })

  test('look unsure of what nothing answers', async () => {
    for (const text of UNANSWERABLE) expect((await find(text)).filter(({ score }) => score >= 0.5)).toEqual([])
  })
})
