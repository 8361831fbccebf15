import type { FormattedExecutionResult } from 'graphql'

/** Reads a subscription over server-sent events, as https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md frames it. */
export async function* readEventStream<Data>(request: {
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}): AsyncGenerator<FormattedExecutionResult<Data>, void, undefined> {
  const response = await fetch(request.endpoint, {
    method: 'POST',
    headers: { ...request.headers, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify(request.body),
  })
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    yield (await response.json()) as FormattedExecutionResult<Data>
    return
  }
  let text = ''
  for await (const chunk of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream() as never) as unknown as AsyncIterable<string>) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n')
      text = text.slice(end + 2)
      if (lines.includes('event: complete')) return
      const data = lines.find((line) => line.startsWith('data: '))
      if (lines.includes('event: next') && data) yield JSON.parse(data.slice(6)) as FormattedExecutionResult<Data>
    }
  }
}
