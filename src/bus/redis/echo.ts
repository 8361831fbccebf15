import { randomUUID } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'

export interface EchoParams {
  readonly clock: Clock
  readonly send: (text: string) => void
}

/**
 * A message to oneself. Both connections may answer although nothing travels from one to the other: the node of the publisher may be cut off
 * from the rest of its cluster. So the heartbeat also looks whether what is published arrives.
 */
export class Echo {
  readonly #params: EchoParams
  #waiting: { readonly text: string; readonly arrived: () => void } | undefined

  constructor(params: EchoParams) {
    this.#params = params
  }

  /** What came on the channel of the echo. */
  hear(text: string): void {
    if (this.#waiting?.text === text) this.#waiting.arrived()
  }

  /** Whether a message to oneself arrives within so many milliseconds. Ask again only after the answer. */
  comesBack(withinMs: number): Promise<boolean> {
    const text = JSON.stringify(randomUUID())
    return new Promise((resolve) => {
      const settle = (isBack: boolean) => {
        cancel()
        if (this.#waiting?.text === text) this.#waiting = undefined
        resolve(isBack)
      }
      // A turn later: after a pause of this process the echo lies in the socket, and the timer comes first.
      const cancel = this.#params.clock.after(withinMs, () => setImmediate(settle, false))
      this.#waiting = { text, arrived: () => settle(true) }
      this.#params.send(text)
    })
  }

  /** Ends a wait: it is no longer of interest, because a connection is away or the bus stops. */
  forget(): void {
    this.#waiting?.arrived()
  }
}
