import { GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
import type { Viewer } from '../../src/auth/viewer.ts'
import { NOT_YET, OVER, PullIterator, type PullSource } from '../../src/events/pull-iterator.ts'

export interface Letter {
  readonly number: number
  readonly text: string
}

/** A log in memory that any number of subscribers follow, each from its own place, as feeds do. */
export class Letters {
  readonly #letters: Letter[] = []
  readonly #wakes = new Set<() => void>()
  #isOver = false
  failure: Error | undefined
  /** Followers that were not closed yet. */
  get followers(): number {
    return this.#wakes.size
  }

  push(text: string): void {
    this.#letters.push({ number: this.#letters.length + 1, text })
    this.wake()
  }

  end(): void {
    this.#isOver = true
    this.wake()
  }

  wake(): void {
    for (const wake of this.#wakes) wake()
  }

  follow(after: number): PullIterator<Letter> {
    let position = after
    let leave = () => undefined as unknown
    const source: PullSource<Letter> = {
      open: (wake) => {
        this.#wakes.add(wake)
        leave = () => this.#wakes.delete(wake)
      },
      take: () => {
        if (this.failure) throw this.failure
        const letter = this.#letters[position]
        if (!letter) return this.#isOver ? OVER : NOT_YET
        position += 1
        return letter
      },
      close: () => void leave(),
    }
    return new PullIterator(source)
  }
}

/** How often a letter was executed, and for whom. */
export interface PulledSchema {
  readonly schema: GraphQLSchema
  readonly letters: Letters
  readonly createContext: (viewer: Viewer | null) => { readonly viewer: Viewer | null }
  readonly executions: string[]
}

export function createPulledSchema(): PulledSchema {
  const letters = new Letters()
  const executions: string[] = []
  type Context = { readonly viewer: Viewer | null }
  const letter = new GraphQLObjectType<Letter, Context>({
    name: 'Letter',
    fields: {
      number: { type: new GraphQLNonNull(GraphQLInt) },
      text: {
        type: new GraphQLNonNull(GraphQLString),
        args: { times: { type: GraphQLInt, defaultValue: 1 } },
        resolve: ({ text, number }, { times }: { times: number }, { viewer }) => {
          executions.push(`${number} for ${viewer?.id ?? 'nobody'}`)
          return text.repeat(times)
        },
      },
      later: {
        type: new GraphQLNonNull(GraphQLString),
        resolve: async ({ text, number }) => {
          executions.push(`${number} later`)
          await new Promise((resolve) => setImmediate(resolve))
          return text
        },
      },
    },
  })
  const query = new GraphQLObjectType({ name: 'Query', fields: { hello: { type: GraphQLString, resolve: () => 'hello' } } })
  const subscription = new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      letters: {
        type: letter,
        args: { after: { type: GraphQLInt, defaultValue: 0 } },
        subscribe: (_root, { after }: { after: number }) => letters.follow(after),
        resolve: (event) => event,
      },
    },
  })
  return { schema: new GraphQLSchema({ query, subscription }), letters, createContext: (viewer) => ({ viewer }), executions }
}
