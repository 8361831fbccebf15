import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { heldBytes } from '../setup/held-bytes.ts'
import { eventually } from './raw-socket.ts'
import { type Answer, codesOf, createToken, startToyServer } from './toy-server.ts'

const UPLOAD = 'mutation ($file: File!) { upload(file: $file) { name bytes } }'
const OPERATIONS = JSON.stringify({ query: UPLOAD, variables: { file: null } })
const MAP = '{"0":["variables.file"]}'
const BOUNDARY = 'frontier'

type Part = readonly [name: string, value: string, fileName?: string]

/** Bytes of a multipart body, as a test wants them. */
const bodyOf = (parts: readonly Part[], end = `--${BOUNDARY}--\r\n`): string =>
  parts
    .map(
      ([name, value, file]) =>
        `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"${file === undefined ? '' : `; filename="${file}"\r\ncontent-type: text/csv`}\r\n\r\n${value}\r\n`,
    )
    .join('') + end

const GOOD: readonly Part[] = [
  ['operations', OPERATIONS],
  ['map', MAP],
  ['0', 'a,b\n1,2\n', 'ação.csv'],
]

async function send(url: string, body: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'apollo-require-preflight': 'true', ...headers },
    body,
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] }
}

describe('a multipart request', () => {
  test('brings its file to the resolver', async () => {
    const { url } = await startToyServer()
    const answer = await send(url, bodyOf(GOOD))
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({ data: { upload: { name: 'ação.csv', bytes: 8 } } })
  })

  test('as browsers and Node write it works too', async () => {
    const { url } = await startToyServer()
    const form = new FormData()
    form.set('operations', OPERATIONS)
    form.set('map', MAP)
    form.set('0', new Blob(['x'.repeat(300_000)]), 'big.csv')
    const response = await fetch(url, { method: 'POST', headers: { 'x-batuta-csrf': '1', accept: 'application/graphql-response+json' }, body: form })
    expect(response.headers.get('content-type')).toContain('application/graphql-response+json')
    expect(await response.json()).toEqual({ data: { upload: { name: 'big.csv', bytes: 300_000 } } })
  })

  test('takes a file of exactly the largest size and an empty one', async () => {
    const { url } = await startToyServer({ config: { maxFileSize: 1_000 } })
    const sized = (bytes: number) =>
      send(
        url,
        bodyOf([
          ['operations', OPERATIONS],
          ['map', MAP],
          ['0', 'x'.repeat(bytes), 'a.csv'],
        ]),
      )
    expect((await sized(1_000)).body.data).toEqual({ upload: { name: 'a.csv', bytes: 1_000 } })
    expect((await sized(0)).body.data).toEqual({ upload: { name: 'a.csv', bytes: 0 } })
    const larger = await sized(1_001)
    expect(codesOf(larger)).toEqual(['INVALID_INPUT'])
    expect(larger.body.errors?.[0]?.extensions['issues']).toEqual([
      { path: 'file', message: 'the file has more than 1000 bytes, which is the most that is allowed' },
    ])
  })

  test('lets the bytes pass that no resolver takes', async () => {
    const { url } = await startToyServer()
    const ignoring = JSON.stringify({ query: 'mutation ($file: File!) { ignore(file: $file) }', variables: { file: null } })
    const answer = await send(
      url,
      bodyOf([
        ['operations', ignoring],
        ['map', MAP],
        ['0', 'x'.repeat(900_000), 'a.csv'],
      ]),
    )
    expect(answer.body).toEqual({ data: { ignore: 'ignored' } })
  })

  test.each<[string, readonly Part[] | string]>([
    [
      'without operations',
      [
        ['map', MAP],
        ['0', 'x', 'a.csv'],
      ],
    ],
    [
      'without a map',
      [
        ['operations', OPERATIONS],
        ['0', 'x', 'a.csv'],
      ],
    ],
    [
      'without the file',
      [
        ['operations', OPERATIONS],
        ['map', MAP],
      ],
    ],
    [
      'with the file first',
      [
        ['0', 'x', 'a.csv'],
        ['operations', OPERATIONS],
        ['map', MAP],
      ],
    ],
    [
      'with the map before the operations',
      [
        ['map', MAP],
        ['operations', OPERATIONS],
        ['0', 'x', 'a.csv'],
      ],
    ],
    [
      'with operations twice',
      [
        ['operations', OPERATIONS],
        ['operations', OPERATIONS],
        ['0', 'x', 'a.csv'],
      ],
    ],
    [
      'with an unknown field',
      [
        ['operations', OPERATIONS],
        ['more', '1'],
        ['map', MAP],
      ],
    ],
    [
      'with operations that are no JSON',
      [
        ['operations', '{'],
        ['map', MAP],
        ['0', 'x', 'a.csv'],
      ],
    ],
    [
      'with a batch',
      [
        ['operations', `[${OPERATIONS}]`],
        ['map', '{"0":["0.variables.file"]}'],
        ['0', 'x', 'a.csv'],
      ],
    ],
    [
      'with operations 10,000 deep',
      [
        ['operations', `{"query":"","variables":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`],
        ['map', MAP],
        ['0', 'x', 'a.csv'],
      ],
    ],
    [
      'with a map that is no JSON',
      [
        ['operations', OPERATIONS],
        ['map', 'x'],
        ['0', 'x', 'a.csv'],
      ],
    ],
    [
      'with a map that is a list',
      [
        ['operations', OPERATIONS],
        ['map', '[]'],
        ['0', 'x', 'a.csv'],
      ],
    ],
    [
      'with an empty map',
      [
        ['operations', OPERATIONS],
        ['map', '{}'],
        ['0', 'x', 'a.csv'],
      ],
    ],
    [
      'with a map of numbers',
      [
        ['operations', OPERATIONS],
        ['map', '{"0":[1]}'],
        ['0', 'x', 'a.csv'],
      ],
    ],
    [
      'with a map of two files',
      [
        ['operations', OPERATIONS],
        ['map', '{"0":["variables.file"],"1":["variables.file"]}'],
        ['0', 'x', 'a.csv'],
      ],
    ],
    [
      'with a path that leads nowhere',
      [
        ['operations', OPERATIONS],
        ['map', '{"0":["variables.nothing.here"]}'],
        ['0', 'x', 'a.csv'],
      ],
    ],
    [
      'with a path to what is no null',
      [
        ['operations', JSON.stringify({ query: UPLOAD, variables: { file: 'x' } })],
        ['map', MAP],
        ['0', 'x', 'a.csv'],
      ],
    ],
    [
      'with a path into the prototype',
      [
        ['operations', OPERATIONS],
        ['map', '{"0":["variables.__proto__.file"]}'],
        ['0', 'x', 'a.csv'],
      ],
    ],
    [
      'with a path out of the variables',
      [
        ['operations', OPERATIONS],
        ['map', '{"0":["query"]}'],
        ['0', 'x', 'a.csv'],
      ],
    ],
    [
      'with a file that the map does not name',
      [
        ['operations', OPERATIONS],
        ['map', MAP],
        ['7', 'x', 'a.csv'],
      ],
    ],
    ['that is empty', ''],
    ['that ends in its headers', `--${BOUNDARY}\r\ncontent-disposition: form-data; na`],
    ['with a boundary that never comes', `--other\r\n${'x'.repeat(5_000)}`],
    ['that is binary', '\u0000\u0001\u0002'.repeat(2_000)],
  ])('%s is a typed 400', async (_name, parts) => {
    const { url, facts } = await startToyServer()
    const answer = await send(url, typeof parts === 'string' ? parts : bodyOf(parts))
    expect(answer.status).toBe(400)
    expect(codesOf(answer)).toEqual(['INVALID_INPUT'])
    expect(facts.filter((entry) => entry.name === 'failure.contained')).toEqual([])
  })

  test('that ends within its file gives the resolver an error, not a shorter file', async () => {
    const { url } = await startToyServer()
    const answer = await send(url, bodyOf(GOOD.slice(0, 2), `--${BOUNDARY}\r\ncontent-disposition: form-data; name="0"; filename="a.csv"\r\n\r\nhalf of`))
    expect(answer.body.data).toEqual({ upload: null })
    expect(codesOf(answer)).toEqual(['INVALID_INPUT'])
  })

  test('without a boundary is a typed 400', async () => {
    const { url } = await startToyServer()
    expect((await send(url, 'x', { 'content-type': 'multipart/form-data' })).status).toBe(400)
  })

  test('with a field beyond the limit is a typed 413', async () => {
    const { url } = await startToyServer({ limits: { maxBodyBytes: 1_000 } })
    expect(
      (
        await send(
          url,
          bodyOf([
            ['operations', `{"query":"${'x'.repeat(2_000)}"}`],
            ['map', MAP],
          ]),
        )
      ).status,
    ).toBe(413)
  })

  test('with a bad document or a subscription runs nothing', async () => {
    const { url, toy } = await startToyServer()
    const withQuery = (query: string) =>
      send(
        url,
        bodyOf([
          ['operations', JSON.stringify({ query, variables: { file: null } })],
          ['map', MAP],
          ['0', 'x', 'a.csv'],
        ]),
      )
    expect(codesOf(await withQuery('mutation {'))).toEqual(['INVALID_INPUT'])
    expect(codesOf(await withQuery('subscription { ticks }'))).toEqual(['INVALID_INPUT'])
    expect(toy.source.opened).toBe(0)
  })

  test('can not be made from JSON', async () => {
    const { url } = await startToyServer()
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: UPLOAD, variables: { file: { fileName: 'x', stream: 1, discard: 2 } } }),
    })
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT' } }] })
  })

  test('with a bad token is refused before anything is read', async () => {
    const { url } = await startToyServer({ withTokens: true })
    expect((await send(url, bodyOf(GOOD), { authorization: `Bearer ${await createToken('ana', -60)}` })).status).toBe(401)
  })
})

interface Upload {
  readonly write: (bytes: number) => Promise<void>
  readonly finish: () => Promise<Answer['body']>
  readonly abort: () => void
}

/** An upload that is written bit by bit. */
function beginUpload(url: string, headers: Record<string, string> = {}): Upload {
  const answered = Promise.withResolvers<Answer['body']>()
  answered.promise.catch(() => undefined)
  const outgoing = request(
    url,
    { method: 'POST', headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'x-batuta-csrf': '1', ...headers } },
    (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => answered.resolve(JSON.parse(text) as Answer['body']))
    },
  )
  outgoing.on('error', answered.reject)
  outgoing.write(bodyOf(GOOD.slice(0, 2), `--${BOUNDARY}\r\ncontent-disposition: form-data; name="0"; filename="a.csv"\r\n\r\n`))
  const chunk = Buffer.alloc(65_536, 'x')
  const closed = new Promise<void>((resolve) => outgoing.once('close', () => resolve()))
  return {
    write: async (bytes) => {
      for (let written = 0; written < bytes; written += chunk.length) {
        // An answer that comes early ends the request: Node's client closes it then.
        if (outgoing.destroyed) return
        if (!outgoing.write(chunk)) await Promise.race([closed, new Promise<void>((resolve) => outgoing.once('drain', () => resolve()))])
      }
    },
    finish: () => {
      outgoing.end(`\r\n--${BOUNDARY}--\r\n`)
      return answered.promise
    },
    abort: () => outgoing.destroy(),
  }
}

const MEGABYTE = 1_048_576

describe('a large upload', () => {
  test('of 60 MiB is refused while memory stays flat', async () => {
    const { url } = await startToyServer({ config: { maxFileSize: 52_428_800 } })
    const before = heldBytes()
    const upload = beginUpload(url)
    let peak = 0
    for (let sent = 0; sent < 60; sent += 5) {
      await upload.write(5 * MEGABYTE)
      peak = Math.max(peak, heldBytes())
    }
    const body = await upload.finish()
    expect(body.errors?.[0]).toMatchObject({ extensions: { code: 'INVALID_INPUT', issues: [{ path: 'file' }] } })
    // Held whole, it would be 50 MiB or more.
    expect((peak - before) / MEGABYTE).toBeLessThan(30)
  })

  test('of 60 MiB that fetch sends is answered with a typed error', async () => {
    const { url } = await startToyServer({ config: { maxFileSize: 52_428_800 } })
    const form = new FormData()
    form.set('operations', OPERATIONS)
    form.set('map', MAP)
    form.set('0', new Blob([new Uint8Array(60 * MEGABYTE)]), 'big.csv')
    const response = await fetch(url, { method: 'POST', headers: { 'x-batuta-csrf': '1' }, body: form })
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT' } }] })
  })

  test('that says its length is refused before it is sent', async () => {
    const { url } = await startToyServer({ config: { maxFileSize: 1_000 } })
    const upload = beginUpload(url, { 'content-length': String(60 * MEGABYTE) })
    await expect(upload.write(0).then(upload.finish)).resolves.toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT' } }] })
    upload.abort()
  })

  test('whose client leaves ends the resolver with an error and leaves nothing open', async () => {
    const { url, server, facts } = await startToyServer({ config: { maxFileSize: 52_428_800 } })
    const upload = beginUpload(url)
    await upload.write(MEGABYTE)
    upload.abort()
    await expect.poll(() => facts.find((entry) => entry.name === 'graphql.executed')?.fact).toMatchObject({ errors: 1 })
    await eventually(() => server.open.requests === 0, 'the request is over')
  })
})
