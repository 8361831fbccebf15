import { randomUUID } from 'node:crypto'
import { RedisPubSub } from 'graphql-redis-subscriptions'
import type { Redis } from 'ioredis'
import type { Clock } from '../../base/clock.ts'
import type { Json } from '../../base/json.ts'
import { parseRedisUrl } from '../../base/redis-url.ts'
import type { Service } from '../../base/service.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import { FaultLimit } from '../../telemetry/fault-limit.ts'
import type { Bus } from '../bus.ts'
import { type Listener, Listeners } from '../listeners.ts'
import { type Connection, closeConnection, createConnection, nothing } from './connection.ts'
import { Echo } from './echo.ts'
import type { BusConnectionError } from './faults.ts'
import { GapTeller } from './gap-teller.ts'
import { createHeartbeat } from './heartbeat.ts'
import { Publisher } from './publisher.ts'
import { SteadySubscriber } from './steady-subscriber.ts'

declare module '../../telemetry/facts.ts' {
  interface Facts {
    /** Hints can't be carried between instances for now. */
    'bus.lost': { readonly silent: boolean }
    /** They can again; `dropped` messages were not published meanwhile. */
    'bus.restored': { readonly channels: number; readonly dropped: number }
    /** Told at once, then every half minute at most; `again`: how often it happened since it was last told. */
    'bus.connection.failed': { readonly connection: ConnectionName; readonly error: unknown; readonly again: number }
    'bus.message.refused': { readonly channel: string; readonly reason: 'malformed' }
  }
}

type ConnectionName = 'publisher' | 'subscriber'

export interface RedisBusParams {
  /** As `parseRedisUrl` reads it; the nodes of a cluster with commas. */
  readonly url: string
  /** Certificates of the authorities to trust for `rediss://`, PEM; absent: the well-known ones. */
  readonly tlsCa?: string | undefined
  /** Put before every channel, so that several deployments may share one Redis. */
  readonly keyPrefix: string
  readonly telemetry: Telemetry
  readonly clock: Clock
  readonly heartbeatMs?: number
  readonly silentMs?: number
}

/** How long a start or a stop waits for Redis, which may be away. */
const PATIENCE_MS = 1_000
/** Told by an instance whose messages may have got lost on their way out. */
const LOST_CHANNEL = 'bus:lost'

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
  readonly #connections: Readonly<Record<ConnectionName, Connection>>
  readonly #publisher: Publisher
  readonly #steady: SteadySubscriber
  readonly #engine: RedisPubSub
  readonly #echo: Echo
  readonly #gaps: GapTeller
  readonly #heartbeat: Service
  readonly #faults: FaultLimit
  readonly #channels = new Map<string, Channel>()
  readonly #firstConnected = Promise.withResolvers<void>()
  #connected = false
  #silent = false
  #started: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(params: RedisBusParams) {
    this.#params = params
    this.#faults = new FaultLimit(params.clock)
    this.#connections = this.#connect()
    const { publisher, subscriber } = this.#connections
    const onBroken = () => this.#review()
    this.#steady = new SteadySubscriber({ redis: subscriber.redis, onError: subscriber.complain, onRestored: () => this.#restored(), onBroken })
    // Messages come as buffers, so that parsing them safely is ours. The steady subscriber is all of a connection that the engine uses.
    const steady = this.#steady as unknown as Redis
    const identity = (text: string) => text
    this.#engine = new RedisPubSub({ publisher: publisher.redis, subscriber: steady, messageEventName: 'messageBuffer', serializer: identity })
    this.#publisher = new Publisher({
      redis: publisher.redis,
      send: (channel, text) => this.#engine.publish(channel, text),
      onRefused: publisher.complain,
      onChanged: () => this.#review(),
    })
    this.#gaps = new GapTeller(params)
    this.#echo = this.#createEcho()
    this.#heartbeat = createHeartbeat({
      clock: params.clock,
      connections: [subscriber.redis, publisher.redis],
      everyMs: params.heartbeatMs ?? 2_000,
      silentMs: params.silentMs ?? 4_000,
      carries: (withinMs) => this.#carries(withinMs),
      onSilent: () => {
        this.#silent = true
      },
      onError: (error) => this.#contain(error),
    })
  }

  get connected(): boolean {
    return this.#connected
  }

  /** Channels that somebody in this process listens to. */
  get channels(): number {
    return this.#channels.size
  }

  /** Resolves when connected, or after a moment without Redis: it goes on trying. */
  start(): Promise<void> {
    this.#started ??= this.#stopped ?? this.#start()
    return this.#started
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  publish(channel: string, message: Json): void {
    if (!this.#stopped) this.#publisher.publish(this.#params.keyPrefix + channel, JSON.stringify(message))
  }

  async subscribe(name: string, listener: Listener): Promise<() => void> {
    if (this.#stopped) return nothing
    const channel = this.#channels.get(name) ?? this.#open(name)
    const leave = channel.listeners.add(listener)
    await channel.acknowledged
    return () => {
      leave()
      if (channel.listeners.size === 0 && this.#channels.get(name) === channel) this.#close(name, channel)
    }
  }

  onGap(listener: () => void): () => void {
    return this.#gaps.add(listener)
  }

  #connect(): Readonly<Record<ConnectionName, Connection>> {
    const address = parseRedisUrl(this.#params.url)
    if (!address) throw new Error('the address of Redis is none: expected one such as redis://host:6379')
    const first = Math.floor(Math.random() * address.nodes.length)
    const connect = (connection: ConnectionName, index: number) => {
      const onFault = (error: BusConnectionError) => this.#complain(connection, error)
      return createConnection({ address, ca: this.#params.tlsCa, first: index, name: `batuta:${connection}`, onFault })
    }
    // On neighbours, so that the echo shows that messages travel between nodes.
    return { publisher: connect('publisher', first + 1), subscriber: connect('subscriber', first) }
  }

  /** Subscriptions of the bus itself; nobody's channels, so they count for nothing. */
  #createEcho(): Echo {
    const channel = `${this.#params.keyPrefix}bus:echo:${randomUUID()}`
    const echo = new Echo({ clock: this.#params.clock, send: (text) => this.#publisher.publish(channel, text) })
    const listen = (name: string, hear: (raw: Buffer) => void) => this.#engine.subscribe(name, hear).catch((error: unknown) => this.#contain(error))
    void listen(channel, (raw) => echo.hear(raw.toString()))
    void listen(this.#params.keyPrefix + LOST_CHANNEL, () => this.#gaps.tellSoon())
    return echo
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
    for (const { redis } of Object.values(this.#connections)) redis.connect().catch(nothing)
    await this.#heartbeat.start()
    const done = new AbortController()
    await Promise.race([this.#firstConnected.promise, this.#params.clock.sleep(PATIENCE_MS, done.signal)])
    done.abort()
    if (!this.#connected && !this.#stopped) this.#params.telemetry.emit('bus.lost', { silent: false })
  }

  async #stop(): Promise<void> {
    for (const { listeners } of this.#channels.values()) listeners.clear()
    this.#channels.clear()
    this.#gaps.stop()
    this.#echo.forget()
    const { publisher, subscriber } = this.#connections
    const done = new AbortController()
    const patience = this.#params.clock.sleep(PATIENCE_MS, done.signal)
    // Together: a heartbeat that waits for an answer learns from the close that none will come.
    await Promise.all([this.#heartbeat.stop(), closeConnection(publisher.redis, patience), closeConnection(subscriber.redis, patience)])
    done.abort()
  }

  /** With every heartbeat: asks again for what was refused, owns up to what was lost, and looks whether messages arrive. */
  async #carries(withinMs: number): Promise<boolean> {
    if (this.#stopped) return true
    await this.#steady.retryRefused()
    this.#ownUp()
    return !this.#steady.restored || !this.#publisher.working || (await this.#echo.comesBack(withinMs)) || this.#stopped !== undefined
  }

  /** Tells every instance that messages of this one may be missing: they can't know. */
  #ownUp(): void {
    if (this.#publisher.working && this.#publisher.takeDoubt()) this.#publisher.publish(this.#params.keyPrefix + LOST_CHANNEL, 'true')
  }

  #restored(): void {
    this.#review()
    // Nobody listened, so nobody has lost anything: the first connection, as a rule.
    if (this.#channels.size > 0) this.#gaps.tell()
  }

  /** Tells when the bus was lost, and when it is back. */
  #review(): void {
    this.#ownUp()
    const connected = this.#steady.restored && this.#publisher.working
    if (!connected) this.#echo.forget()
    if (connected === this.#connected) return
    this.#connected = connected
    if (connected) this.#firstConnected.resolve()
    if (connected) this.#params.telemetry.emit('bus.restored', { channels: this.#channels.size, dropped: this.#publisher.takeDropped() })
    else if (!this.#stopped) this.#params.telemetry.emit('bus.lost', { silent: this.#silent })
    this.#silent = false
  }

  #complain(connection: ConnectionName, error: BusConnectionError): void {
    const again = this.#faults.admit(error.code)
    if (again !== undefined && !this.#stopped) this.#params.telemetry.emit('bus.connection.failed', { connection, error, again })
  }

  #contain(error: unknown): void {
    this.#params.telemetry.emit('failure.contained', { where: 'bus', error })
  }
}

export const createRedisBus = (params: RedisBusParams): RedisBus => new RedisBus(params)
