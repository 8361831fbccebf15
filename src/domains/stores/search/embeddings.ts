import { messageOf, UnavailableError } from '../../../base/errors.ts'
import { GuardedHttp } from '../../../gateways/guarded-http.ts'
import type { Telemetry } from '../../../telemetry/facts.ts'

declare module '../../../telemetry/facts.ts' {
  interface Facts {
    /** A question was answered by words alone, because its embedding could not be had. */
    'search.embedding_failed': { readonly error: unknown }
  }
}

/** Texts as points: those that mean the like are near to each other. */
export interface Embeddings {
  /** What made the points; those of different makers are not compared. */
  readonly label: string
  /** The most texts that `embed` takes. */
  readonly batchSize: number
  /** One for each text. Throws `UnavailableError`. */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<readonly (readonly number[])[]>
  /** Of a question, soon or not at all: `undefined` is told by a fact. */
  embedQuestion(text: string): Promise<readonly number[] | undefined>
}

export interface EmbeddingSettings {
  /** An endpoint in OpenAI's shape, such as https://api.example.com/v1/embeddings; the operator's, so it may be private. */
  readonly url: string
  readonly apiKey: string | undefined
  readonly model: string
  /** Asked for where the model offers several; absent: its own. */
  readonly dimensions: number | undefined
}

export interface EmbeddingsParams extends EmbeddingSettings {
  readonly telemetry: Telemetry
}

const BATCH_SIZE = 100
/** Of 100 texts by a model of 4,096 dimensions, written at length. */
const LARGEST_ANSWER = 16 * 1024 * 1024
const PATIENT = { connectMs: 5_000, headersMs: 60_000, bodyMs: 30_000, responseBytes: LARGEST_ANSWER }
/** Somebody is waiting. */
const IMPATIENT = { connectMs: 1_000, headersMs: 2_500, bodyMs: 1_000, responseBytes: LARGEST_ANSWER }

/** The client of an OpenAI-compatible endpoint. */
export function createEmbeddings({ url, apiKey, model, dimensions, telemetry }: EmbeddingsParams): Embeddings {
  const [patient, impatient] = [PATIENT, IMPATIENT].map((limits) => new GuardedHttp({ limits })) as [GuardedHttp, GuardedHttp]

  async function ask(http: GuardedHttp, texts: readonly string[], signal?: AbortSignal): Promise<readonly (readonly number[])[]> {
    const answer = await http.post({
      url,
      headers: { 'content-type': 'application/json', ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }) },
      body: JSON.stringify({ model, input: texts, encoding_format: 'float', ...(dimensions !== undefined && { dimensions }) }),
      isTrusted: true,
      ...(signal && { signal }),
    })
    // Its body may repeat what was sent, the key included.
    if (answer.status !== 200) throw new UnavailableError(`expected embeddings, but their provider answered ${answer.status}`)
    return readPoints(answer.body, texts.length)
  }

  return {
    label: `${model}/${dimensions ?? 'own'}`,
    batchSize: BATCH_SIZE,
    async embed(texts, signal) {
      try {
        return await ask(patient, texts, signal)
      } catch (error) {
        signal?.throwIfAborted()
        throw error instanceof UnavailableError ? error : new UnavailableError(`expected embeddings, but ${messageOf(error)}`, { cause: error })
      }
    },
    async embedQuestion(text) {
      try {
        return (await ask(impatient, [text]))[0]
      } catch (error) {
        telemetry.emit('search.embedding_failed', { error })
        return undefined
      }
    },
  }
}

function readPoints(body: string, count: number): readonly (readonly number[])[] {
  const points: (readonly number[])[] = []
  for (const { index, embedding } of entriesOf(body)) {
    if (Number.isInteger(index) && Array.isArray(embedding) && embedding.length > 0 && embedding.every((value) => Number.isFinite(value))) {
      points[index as number] = embedding as number[]
    }
  }
  const isWhole = points.length === count && Array.from(points).every((point) => point !== undefined && point.length === points[0]?.length)
  if (!isWhole) throw new UnavailableError(`expected ${count} embeddings of one length, but their provider answered something else`)
  return points
}

function entriesOf(body: string): readonly { readonly index?: unknown; readonly embedding?: unknown }[] {
  try {
    const { data } = JSON.parse(body) as { readonly data?: unknown }
    return Array.isArray(data) ? data.filter((entry) => typeof entry === 'object' && entry !== null) : []
  } catch {
    return []
  }
}
