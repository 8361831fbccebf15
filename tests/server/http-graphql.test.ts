import { getIntrospectionQuery } from 'graphql'
import { describe, expect, test } from 'vitest'
import { codesOf, createToken, post, startToyServer } from './toy-server.ts'

describe('errors over HTTP', () => {
  test('an error of our own keeps its code and message, and says which values were refused', async () => {
    const { url } = await startToyServer()
    const answer = await post(url, '{ refused hello }')
    expect(answer.status).toBe(200)
    expect(answer.body.data).toEqual({ refused: null, hello: 'hello you' })
    expect(answer.body.errors).toMatchObject([
      { message: 'input.name: too long', path: ['refused'], extensions: { code: 'INVALID_INPUT', issues: [{ path: 'input.name', message: 'too long' }] } },
    ])
  })

  test('an unexpected error is masked and told to the operators', async () => {
    const { url, facts } = await startToyServer()
    const answer = await post(url, '{ bug badEnum coded }')
    expect(
      codesOf(answer)
        .map(String)
        .toSorted((left, right) => left.localeCompare(right)),
    ).toEqual(['INTERNAL', 'INTERNAL', 'UNAUTHENTICATED'])
    expect(JSON.stringify(answer.body)).not.toContain('hunter2')
    expect(facts.filter((entry) => entry.name === 'failure.contained')).toHaveLength(2)
  })

  test.each([
    ['a syntax error', '{ hello', undefined],
    ['an unknown field', '{ nothing }', undefined],
    ['a missing variable', 'query ($v: Int!) { positive(value: $v) }', undefined],
    ['a wrong variable', 'query ($v: Int!) { positive(value: $v) }', { v: 'x' }],
    ['two operations without a name', 'query A { hello } query B { hello }', undefined],
  ])('%s has the code INVALID_INPUT', async (_name, query, variables) => {
    const { url } = await startToyServer()
    const answer = await post(url, query, { variables, headers: { accept: 'application/graphql-response+json' } })
    expect(answer.status).toBe(400)
    expect(new Set(codesOf(answer))).toEqual(new Set(['INVALID_INPUT']))
    expect('data' in answer.body).toBe(false)
  })

  test.each([
    ['no JSON', '{', { 'content-type': 'application/json' }, 400],
    ['a list', '[]', { 'content-type': 'application/json' }, 400],
    ['a batch', '[{"query":"{ hello }"}]', { 'content-type': 'application/json' }, 400],
    ['a number', '7', { 'content-type': 'application/json' }, 400],
    ['an unknown parameter', '{"query":"{ hello }","more":1}', { 'content-type': 'application/json' }, 400],
    ['text', '{ hello }', { 'content-type': 'text/plain' }, 415],
    ['a form', 'query={hello}', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['more than a megabyte', JSON.stringify({ query: `{ hello(name: "${'x'.repeat(1_100_000)}") }` }), { 'content-type': 'application/json' }, 413],
    [
      'JSON that is 10,000 deep',
      `{"query":"{ hello }","variables":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
      { 'content-type': 'application/json' },
      200,
    ],
    [
      'JSON that is 10,000 lists deep',
      `{"query":"{ hello }","variables":{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`,
      { 'content-type': 'application/json' },
      200,
    ],
    ['10,000 levels of braces', JSON.stringify({ query: '{ item '.repeat(10_000) }), { 'content-type': 'application/json' }, 200],
  ])('a body of %s is a typed error and the server stays up', async (_name, body, headers, status) => {
    const { url } = await startToyServer()
    const response = await fetch(url, { method: 'POST', headers, body })
    expect(response.status).toBe(status)
    const answer = (await response.json()) as { errors: { extensions: { code: string } }[] }
    expect(['INVALID_INPUT', 'TOO_COMPLEX']).toContain(answer.errors[0]?.extensions.code)
    expect((await post(url, '{ hello }')).body.data).toEqual({ hello: 'hello you' })
  })

  test('a chunked body beyond the limit is refused too', async () => {
    const { url } = await startToyServer()
    const chunk = new TextEncoder().encode('x'.repeat(65_536))
    let left = 40
    const body = new ReadableStream({
      pull(controller) {
        if (left === 0) return controller.close()
        left -= 1
        controller.enqueue(chunk)
      },
    })
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' } as RequestInit)
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT' } }] })
  })

  test('variables of a GET request that are no JSON are a typed error', async () => {
    const { url } = await startToyServer()
    const response = await fetch(`${url}?query={hello}&variables={`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT' } }] })
  })

  test('a mutation over GET is refused with 405 and changes nothing', async () => {
    const { url, toy } = await startToyServer()
    const response = await fetch(`${url}?query=${encodeURIComponent('mutation { write }')}`)
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST')
    expect(toy.writes).toBe(0)
  })

  test('other methods are refused with 405', async () => {
    const { url } = await startToyServer()
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(405)
  })

  test('an unknown address is a typed 404', async () => {
    const { server } = await startToyServer()
    const response = await fetch(`${server.url}/nothing`)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] })
  })

  test('a subscription without an event stream is refused before it starts', async () => {
    const { url, toy } = await startToyServer()
    const answer = await post(url, 'subscription { ticks }')
    expect(answer.status).toBe(406)
    expect(codesOf(answer)).toEqual(['INVALID_INPUT'])
    expect(toy.source.opened).toBe(0)
  })
})

describe('tokens over HTTP', () => {
  test('name the viewer', async () => {
    const { url } = await startToyServer({ withTokens: true })
    const answer = await post(url, '{ viewerId }', { headers: { authorization: `Bearer ${await createToken('ana')}` } })
    expect(answer.body.data).toEqual({ viewerId: 'ana' })
  })

  test('are not needed for what needs no viewer', async () => {
    const { url } = await startToyServer({ withTokens: true })
    expect((await post(url, '{ __schema { queryType { name } } viewerId }')).body.data).toMatchObject({ viewerId: null })
  })

  test.each([
    ['expired', async () => `Bearer ${await createToken('ana', -60)}`],
    ['made up', () => Promise.resolve('Bearer nonsense')],
    ['of another scheme', () => Promise.resolve('Basic YTpi')],
  ])('that are %s are refused with 401, on every kind of request', async (_name, header) => {
    const { url, toy } = await startToyServer({ withTokens: true })
    const authorization = await header()
    const answer = await post(url, 'mutation { write }', { headers: { authorization } })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toContain('Bearer')
    expect(codesOf(answer)).toEqual(['UNAUTHENTICATED'])
    expect((await fetch(`${url}?query={hello}`, { headers: { authorization } })).status).toBe(401)
    expect((await fetch(url, { method: 'POST', body: new FormData(), headers: { authorization, 'x-batuta-csrf': '1' } })).status).toBe(401)
    expect(toy.writes).toBe(0)
  })
})

describe('limits of a document', () => {
  test.each([
    ['depth', `{ item { ${'child { '.repeat(15)}name${' }'.repeat(15)} } }`],
    ['aliases', `{ ${Array.from({ length: 31 }, (_, index) => `a${index}: hello`).join(' ')} }`],
    ['tokens', `{ ${'hello '.repeat(4_001)} }`],
    ['cost', '{ item { children(first: 1000) { children(first: 1000) { name } } } }'],
    [
      'aliases in fragments that unfold',
      `{ item { ...A ...A ...A ...A } } fragment A on Item { a: child { ...B } b: child { ...B } c: child { ...B } } fragment B on Item { d: name e: name f: name }`,
    ],
    [
      'depth in fragments',
      `{ item { ...A } } fragment A on Item { ${'child { '.repeat(8)} ...B ${'} '.repeat(8)} } fragment B on Item { ${'child { '.repeat(8)} name ${'} '.repeat(8)} }`,
    ],
  ])('%s beyond the limit is TOO_COMPLEX', async (_name, query) => {
    const { url } = await startToyServer()
    expect(codesOf(await post(url, query))).toContain('TOO_COMPLEX')
  })

  test('the length of a list counts when it comes as a variable', async () => {
    const { url } = await startToyServer()
    const query = 'query ($n: Int = 5) { item { children(first: $n) { children(first: $n) { name } } } }'
    expect(codesOf(await post(url, query, { variables: { n: 1_000 } }))).toEqual(['TOO_COMPLEX'])
    expect(codesOf(await post(url, query))).toEqual([])
  })

  test('fragments that spread themselves are refused, not followed', async () => {
    const { url } = await startToyServer()
    expect(codesOf(await post(url, '{ item { ...A } } fragment A on Item { child { ...A } }'))).toEqual(['INVALID_INPUT'])
  })

  test('the introspection of tools passes', async () => {
    const { url } = await startToyServer()
    expect(codesOf(await post(url, getIntrospectionQuery()))).toEqual([])
  })
})
