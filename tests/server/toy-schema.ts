import { GraphQLError, GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLScalarType, GraphQLSchema, GraphQLString } from 'graphql'
import type { Viewer } from '../../src/auth/viewer.ts'
import { InvalidInputError } from '../../src/base/errors.ts'
import { isPendingUpload, type PendingUpload } from '../../src/base/pending-upload.ts'

/** A schema without an engine: what the server must do to any schema can be shown on it. */
export interface ToyContext {
  readonly viewer: Viewer | null
  readonly number: number
}

/** A source that waits until told, and counts how often it was opened and returned. */
export class ToySource {
  opened = 0
  returned = 0
  /** Set: `return()` never answers, like a source whose database is away. */
  isStuck = false
  readonly #waiting: ((step: IteratorResult<number>) => void)[] = []
  readonly #ready: number[] = []
  #failure: unknown

  iterate(): AsyncIterableIterator<number> {
    this.opened += 1
    const iterator: AsyncIterableIterator<number> = {
      [Symbol.asyncIterator]: () => iterator,
      next: () => this.#next(),
      return: () => {
        this.returned += 1
        return this.isStuck ? new Promise(() => undefined) : Promise.resolve({ done: true, value: undefined })
      },
    }
    return iterator
  }

  #next(): Promise<IteratorResult<number>> {
    const value = this.#ready.shift()
    if (value !== undefined) return Promise.resolve({ done: false, value })
    if (this.#failure) return Promise.reject(this.#failure)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  push(value: number): void {
    const waiting = this.#waiting.shift()
    if (waiting) waiting({ done: false, value })
    else this.#ready.push(value)
  }

  fail(error: unknown): void {
    this.#failure = error
  }
}

const FileScalar = new GraphQLScalarType({
  name: 'File',
  parseValue: (value) => {
    if (!isPendingUpload(value)) throw new GraphQLError('expected an upload')
    return value
  },
})

async function measure(file: PendingUpload): Promise<{ name: string; bytes: number }> {
  let bytes = 0
  for await (const chunk of file.stream()) bytes += (chunk as Buffer).length
  return { name: file.fileName, bytes }
}

const item: GraphQLObjectType = new GraphQLObjectType({
  name: 'Item',
  fields: () => ({
    name: { type: GraphQLString, resolve: () => 'item' },
    child: { type: item, resolve: () => ({}) },
    children: { type: new GraphQLList(item), args: { first: { type: GraphQLInt } }, resolve: () => [] },
  }),
})

export interface Toy {
  readonly schema: GraphQLSchema
  readonly source: ToySource
  readonly createContext: (viewer: Viewer | null) => ToyContext
  /** Called by the mutation `slow`, which then waits until `finishSlow`. */
  readonly slow: { readonly started: Promise<void>; readonly finish: () => void }
  writes: number
}

export function createToy(): Toy {
  const source = new ToySource()
  let contexts = 0
  const started = Promise.withResolvers<void>()
  const finished = Promise.withResolvers<void>()
  const toy: Toy = {
    schema: undefined as unknown as GraphQLSchema,
    source,
    createContext: (viewer) => ({ viewer, number: ++contexts }),
    slow: { started: started.promise, finish: finished.resolve },
    writes: 0,
  }
  const query = new GraphQLObjectType<unknown, ToyContext>({
    name: 'Query',
    fields: {
      hello: { type: GraphQLString, args: { name: { type: GraphQLString } }, resolve: (_parent, args: { name?: string }) => `hello ${args.name ?? 'you'}` },
      viewerId: { type: GraphQLString, resolve: (_parent, _args, context) => context.viewer?.id ?? null },
      item: { type: item, resolve: () => ({}) },
      positive: { type: GraphQLInt, args: { value: { type: new GraphQLNonNull(GraphQLInt) } }, resolve: (_parent, args: { value: number }) => args.value },
      bug: { type: GraphQLString, resolve: () => Promise.reject(new Error('password=hunter2 at db:5432')) },
      badEnum: { type: GraphQLInt, resolve: () => 'not a number' },
      refused: { type: GraphQLString, resolve: () => Promise.reject(new InvalidInputError([{ path: 'input.name', message: 'too long' }])) },
      coded: { type: GraphQLString, resolve: () => Promise.reject(new GraphQLError('log in first', { extensions: { code: 'UNAUTHENTICATED' } })) },
    },
  })
  const mutation = new GraphQLObjectType({
    name: 'Mutation',
    fields: {
      write: { type: GraphQLInt, resolve: () => ++toy.writes },
      upload: {
        type: new GraphQLObjectType({ name: 'Uploaded', fields: { name: { type: GraphQLString }, bytes: { type: GraphQLInt } } }),
        args: { file: { type: new GraphQLNonNull(FileScalar) } },
        resolve: (_parent, args: { file: PendingUpload }) => measure(args.file),
      },
      ignore: { type: GraphQLString, args: { file: { type: new GraphQLNonNull(FileScalar) } }, resolve: () => 'ignored' },
      slow: {
        type: GraphQLString,
        resolve: async () => {
          started.resolve()
          await finished.promise
          return 'slow'
        },
      },
    },
  })
  const subscription = new GraphQLObjectType<number, ToyContext>({
    name: 'Subscription',
    fields: {
      ticks: { type: GraphQLInt, subscribe: () => source.iterate(), resolve: (tick) => tick },
      contexts: { type: GraphQLInt, subscribe: () => source.iterate(), resolve: (_tick, _args, context) => context.number },
      broken: { type: GraphQLInt, subscribe: () => Promise.reject(new Error('secret reason')) },
      private: { type: GraphQLInt, subscribe: () => Promise.reject(new GraphQLError('not yours', { extensions: { code: 'FORBIDDEN' } })) },
    },
  })
  return Object.assign(toy, { schema: new GraphQLSchema({ query, mutation, subscription }) })
}
