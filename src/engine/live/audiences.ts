import type { Json } from '../../base/json.ts'
import type { Bus } from '../../bus/bus.ts'

interface Audience {
  readonly joined: Promise<() => void>
  users: number
}

/** Channels that this instance listens to, each once and as long as somebody needs it. */
export class Audiences {
  readonly #bus: Bus
  readonly #onMessage: (channel: string, message: Json) => void
  readonly #audiences = new Map<string, Audience>()

  constructor(bus: Bus, onMessage: (channel: string, message: Json) => void) {
    this.#bus = bus
    this.#onMessage = onMessage
  }

  get size(): number {
    return this.#audiences.size
  }

  /** Resolves when the channel's messages will arrive; the returned function, which may be called twice, gives it up. */
  async join(channel: string): Promise<() => void> {
    const audience = this.#audiences.get(channel) ?? this.#open(channel)
    audience.users += 1
    let left = false
    const leave = () => {
      if (left) return
      left = true
      audience.users -= 1
      if (audience.users === 0) this.#close(channel, audience)
    }
    try {
      await audience.joined
    } catch (error) {
      leave()
      throw error
    }
    return leave
  }

  #open(channel: string): Audience {
    const audience = { joined: this.#bus.subscribe(channel, (message) => this.#onMessage(channel, message)), users: 0 }
    this.#audiences.set(channel, audience)
    return audience
  }

  #close(channel: string, audience: Audience): void {
    if (this.#audiences.get(channel) === audience) this.#audiences.delete(channel)
    // A failure to join was told to whoever joined.
    audience.joined.then((leave) => leave()).catch(() => undefined)
  }
}
