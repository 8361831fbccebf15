import { RedisPubSub } from 'graphql-redis-subscriptions'
import type { Redis } from 'ioredis'
import type { Clock } from '../../base/clock.ts'
import type { Json } from '../../base/json.ts'
import type { Service } from '../../base/service.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import type { Bus } from '../bus.ts'
import { type Listener, Listeners } from '../listeners.ts'
import { closeConnection, createConnection, nothing } from './connection.ts'
import { createHeartbeat } from './heartbeat.ts'
import { Publisher } from './publisher.ts'
import { SteadySubscriber } from './steady-subscriber.ts'

declare module '../../telemetry/facts.ts' {
  interface Facts {
    /** Hints can't be carried between instances for now. */
    'bus.lost': { readonly silent: boolean }
    /** They can again; `dropped` messages were not published meanwhile. */
    'bus.restored': { readonly channels: number; readonly dropped: number }
    'bus.connection.failed': { readonly connection: 'publisher' | 'subscriber'; readonly error: unknown }
    'bus.message.refused': { readonly channel: string; readonly reason: 'malformed' }
  }
}

export interface RedisBusParams {
  readonly url: string
  /** Put before every channel, so that several deployments may share one Redis. */
  readonly keyPrefix: string
  readonly telemetry: Telemetry
  readonly clock: Clock
  readonly heartbeatMs?: number
  readonly silentMs?: number
}

/** How long a start or a stop waits for Redis, which may be away. */
const PATIENCE_MS = 1_000

interface Channel {
  readonly listeners: Listeners
  /** The engine's subscription id. */
  readonly acknowledged: Promise<number>
}

/**
 * The bus over Redis' publish/subscribe: graphql-redis-subscriptions as the engine that dispatches channels, on two connections
 * of our own. It has one listener per channel and process, whatever the number of subscribers.
 */
class RedisBus implements Bus {
  readonly #params: RedisBusParams
  readonly #connections: { readonly publisher: Redis; readonly subscriber: Redis }
  readonly #publisher: Publisher
  readonly #steady: SteadySubscriber
  readonly #engine: RedisPubSub
  readonly #heartbeat: Service
  readonly #channels = new Map<string, Channel>()
  readonly #gapListeners = new Set<() => void>()
  #stopping = false
  #started: Promise<void> | undefined

  constructor(params: RedisBusParams) {
    this.#params = params
    const connect = (connection: 'publisher' | 'subscriber') =>
      createConnection({
        url: params.url,
        name: `batuta:${connection}`,
        onError: (error) => params.telemetry.emit('bus.connection.failed', { connection, error }),
      })
    const [publisher, subscriber] = [connect('publisher'), connect('subscriber')]
    this.#connections = { publisher, subscriber }
    subscriber.on('close', () => this.#lost(false))
    this.#steady = new SteadySubscriber({
      redis: subscriber,
      onError: (error) => params.telemetry.emit('bus.connection.failed', { connection: 'subscriber', error }),
      onRestored: () => this.#restored(),
    })
    // Messages come as buffers, so that parsing them safely is ours. The steady subscriber is all of a connection that the engine uses.
    const steady = this.#steady as unknown as Redis
    this.#engine = new RedisPubSub({ publisher, subscriber: steady, messageEventName: 'messageBuffer', serializer: (text: string) => text })
    this.#publisher = new Publisher(publisher, (channel, text) => this.#engine.publish(channel, text))
    this.#heartbeat = createHeartbeat({
      clock: params.clock,
      connections: [subscriber, publisher],
      everyMs: params.heartbeatMs ?? 2_000,
      silentMs: params.silentMs ?? 4_000,
      onSilent: () => this.#lost(true),
      onError: (error) => params.telemetry.emit('failure.contained', { where: 'bus heartbeat', error }),
    })
  }

  get connected(): boolean {
    return this.#steady.restored && this.#publisher.ready
  }

  /** Channels that somebody in this process listens to. */
  get channels(): number {
    return this.#channels.size
  }

  /** Resolves when connected, or after a moment without Redis: it goes on trying. */
  start(): Promise<void> {
    this.#started ??= this.#stopping ? Promise.resolve() : this.#start()
    return this.#started
  }

  async stop(): Promise<void> {
    if (this.#stopping) return
    this.#stopping = true
    await this.#heartbeat.stop()
    for (const { listeners } of this.#channels.values()) listeners.clear()
    this.#channels.clear()
    this.#gapListeners.clear()
    const done = new AbortController()
    const patience = this.#params.clock.sleep(PATIENCE_MS, done.signal)
    await Promise.all([closeConnection(this.#connections.publisher, patience), closeConnection(this.#connections.subscriber, patience)])
    done.abort()
  }

  publish(channel: string, message: Json): void {
    if (!this.#stopping) this.#publisher.publish(this.#params.keyPrefix + channel, JSON.stringify(message))
  }

  async subscribe(name: string, listener: Listener): Promise<() => void> {
    if (this.#stopping) return nothing
    const channel = this.#channels.get(name) ?? this.#open(name)
    const leave = channel.listeners.add(listener)
    await channel.acknowledged
    return () => {
      leave()
      if (channel.listeners.size === 0 && this.#channels.get(name) === channel) this.#close(name, channel)
    }
  }

  onGap(listener: () => void): () => void {
    const entry = () => listener()
    this.#gapListeners.add(entry)
    return () => this.#gapListeners.delete(entry)
  }

  #open(name: string): Channel {
    const listeners = new Listeners(this.#params.telemetry)
    const deliver = (raw: Buffer) => this.#deliver(name, listeners, raw)
    const channel = { listeners, acknowledged: this.#engine.subscribe(this.#params.keyPrefix + name, deliver) }
    this.#channels.set(name, channel)
    return channel
  }

  #close(name: string, channel: Channel): void {
    this.#channels.delete(name)
    // Every listener awaited the acknowledgement, so it is there; the engine counts a successor that was opened meanwhile.
    channel.acknowledged.then((id) => this.#engine.unsubscribe(id)).catch((error: unknown) => this.#contain(error))
  }

  #deliver(channel: string, listeners: Listeners, raw: Buffer): void {
    let message: Json
    try {
      message = JSON.parse(raw.toString()) as Json
    } catch {
      this.#params.telemetry.emit('bus.message.refused', { channel, reason: 'malformed' })
      return
    }
    listeners.deliver(message)
  }

  async #start(): Promise<void> {
    const connecting = Object.values(this.#connections).map((redis) => redis.connect().catch(nothing))
    await this.#heartbeat.start()
    const done = new AbortController()
    await Promise.race([Promise.all(connecting), this.#params.clock.sleep(PATIENCE_MS, done.signal)])
    done.abort()
  }

  #restored(): void {
    this.#params.telemetry.emit('bus.restored', { channels: this.#channels.size, dropped: this.#publisher.takeDropped() })
    // Nobody listened, so nobody has lost anything: the first connection, as a rule.
    if (this.#channels.size === 0) return
    for (const listener of this.#gapListeners) {
      try {
        listener()
      } catch (error) {
        this.#contain(error)
      }
    }
  }

  #lost(silent: boolean): void {
    if (!this.#stopping && this.#steady.restored) this.#params.telemetry.emit('bus.lost', { silent })
  }

  #contain(error: unknown): void {
    this.#params.telemetry.emit('failure.contained', { where: 'bus', error })
  }
}

export const createRedisBus = (params: RedisBusParams): RedisBus => new RedisBus(params)
