import type { ChildProcess } from 'node:child_process'

/** Calls between a process and its child over the channel that Node opens for them. */
interface Call {
  readonly call: number
  readonly name: string
  readonly params: unknown
}

interface Answer {
  readonly answer: number
  readonly value?: unknown
  readonly error?: string
}

/** Tells without being asked. */
interface Note {
  readonly note: string
  readonly params: unknown
}

type Calls = Readonly<Record<string, (params: never) => unknown>>

export type Remote<Served> = {
  readonly [Name in keyof Served]: Served[Name] extends (...params: infer Params) => infer Value ? (...params: Params) => Promise<Awaited<Value>> : never
}

/** In the child: answers what its parent asks. */
export function serveCalls<Served>(served: Served): void {
  process.on('message', (message: Call) => {
    const answer = async (): Promise<Answer> => {
      try {
        return { answer: message.call, value: await (served as Calls)[message.name]?.(message.params as never) }
      } catch (error) {
        return { answer: message.call, error: String(error) }
      }
    }
    void answer().then(send)
  })
  process.on('disconnect', () => process.exit(0))
}

/** In the child. */
export const tellParent = (note: string, params: unknown): void => send({ note, params } satisfies Note)

/** What a parent that has gone was to be told is of no interest. */
const send = (message: object): void => void process.send?.(message, undefined, undefined, () => undefined)

/** In the parent: a child that answers calls. Calls fail once it has ended. */
export interface Callee<Served> {
  readonly calls: Remote<Served>
  /** Resolves with the parameters of the first note of this name. */
  noted<Params>(name: string): Promise<Params>
  onNote<Params>(name: string, listener: (params: Params) => void): void
  /** Lets it end in its own way, if that takes no longer than this. */
  end(withinMs: number): Promise<void>
}

export function callChild<Served>(child: ChildProcess, name: string): Callee<Served> {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  const listeners = new Map<string, (params: never) => void>()
  let calls = 0
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  void ended.then(() => {
    for (const { reject } of waiting.values()) reject(new Error(`the ${name} has ended`))
  })
  // A call to a child that has just ended; the call itself fails.
  child.on('error', () => undefined)
  child.on('message', (message: Answer | Note) => {
    if ('note' in message) return listeners.get(message.note)?.(message.params as never)
    const call = waiting.get(message.answer)
    waiting.delete(message.answer)
    if (message.error === undefined) call?.resolve(message.value)
    else call?.reject(new Error(`${name}: ${message.error}`))
  })
  const send = (method: string, params: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      calls += 1
      waiting.set(calls, { resolve, reject })
      child.send({ call: calls, name: method, params } satisfies Call, (error) => error && reject(error))
    })
  return {
    calls: new Proxy({}, { get: (_target, method: string) => (params: unknown) => send(method, params) }) as Remote<Served>,
    noted: (note) =>
      new Promise((resolve, reject) => {
        listeners.set(note, resolve)
        void ended.then(() => reject(new Error(`the ${name} ended before it was ${note}`)))
      }),
    onNote: (note, listener) => void listeners.set(note, listener),
    end: async (withinMs) => {
      if (child.connected) child.disconnect()
      const timer = setTimeout(() => child.kill('SIGKILL'), withinMs)
      await ended
      clearTimeout(timer)
    },
  }
}
