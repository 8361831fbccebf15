// A catalogue sync of another team, which people can watch in Batuta: it needs nothing but fetch and a SERVICE token.
//
//   BATUTA_URL=http://127.0.0.1:4000 BATUTA_TOKEN=… SOURCE_URL=https://shop.example/products OWNER_ID=ana node samples/sync-service.mjs
//
// SOURCE_URL?page=1 answers { "products": […], "pages": 8 }.
const { BATUTA_URL, BATUTA_TOKEN, SOURCE_URL, OWNER_ID, SYNC_KEY = new Date().toISOString().slice(0, 10) } = process.env
const DEADLINE_SECONDS = Number(process.env.DEADLINE_SECONDS ?? 30)
const TRIES = 10

const RESULT = '{ __typename ... on Error { message } ... on OperationPayload { replayed operation { id state } } }'
const OPEN = `mutation ($input: OpenExternalOperationInput!) { result: openExternalOperation(input: $input) ${RESULT} }`
const REPORT = `mutation ($input: ReportProgressInput!) { result: reportProgress(input: $input) ${RESULT} }`
const COMPLETE = `mutation ($input: CompleteOperationInput!) { result: completeOperation(input: $input) ${RESULT} }`
const FAIL = `mutation ($input: FailOperationInput!) { result: failOperation(input: $input) ${RESULT} }`

/** One mutation. A connection that fails is tried again, because all of these are safe to repeat. */
async function batuta(query, input) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await fetch(`${BATUTA_URL}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${BATUTA_TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables: { input } }),
      })
      const { data, errors } = await response.json()
      if (errors) throw new Error(errors[0].message)
      if (data.result.__typename !== 'OperationPayload') throw new Error(data.result.message)
      return data.result
    } catch (error) {
      const isConnection = error instanceof TypeError
      if (!isConnection || attempt === TRIES) throw error
      await new Promise((resolve) => setTimeout(resolve, 500 * attempt))
    }
  }
}

async function readPage(page) {
  const response = await fetch(`${SOURCE_URL}?page=${page}`)
  if (!response.ok) throw new Error(`the shop answered ${response.status} for page ${page}`)
  return response.json()
}

async function sync(id) {
  let [done, pages] = [0, 1]
  for (let page = 1; page <= pages; page += 1) {
    const answer = await readPage(page)
    pages = answer.pages
    done += answer.products.length
    await batuta(REPORT, { id, done, total: pages * answer.products.length, message: `Page ${page} of ${pages}`, step: 'read pages' })
  }
  return done
}

const { operation, replayed } = await batuta(OPEN, {
  title: 'Catalogue sync',
  ownerId: OWNER_ID,
  unit: 'products',
  deadlineSeconds: DEADLINE_SECONDS,
  estimateSeconds: 60,
  idempotencyKey: `catalogue-${SYNC_KEY}`,
  impact: { level: 'MAINTENANCE', blocks: ['CHAT'] },
})
console.log(`${replayed ? 'goes on with' : 'opened'} ${operation.id}`)
if (operation.state === 'RUNNING') {
  try {
    const products = await sync(operation.id)
    await batuta(COMPLETE, { id: operation.id, result: { products } })
    console.log('completed')
  } catch (error) {
    await batuta(FAIL, { id: operation.id, code: 'SOURCE_UNAVAILABLE', message: error.message, retryable: true })
    console.log('failed')
    process.exitCode = 1
  }
}
