import { z } from 'zod'
import { PermanentError } from '../../../base/errors.ts'
import type { Json } from '../../../base/json.ts'
import type { Database } from '../../../database/database.ts'
import type { StepRun } from '../../../engine/run.ts'
import type { MessageGateway } from '../../../gateways/message-gateway.ts'
import type { AnyRun } from '../search/search-index.ts'
import { findStores } from '../store/find-stores.ts'
import { errorOfRefusal } from './gateway-refusal.ts'
import { maskPhone } from './phone-number.ts'
import { noteTested } from './store/confirm-number.ts'
import { countRequests } from './store/count-requests.ts'

/** Where the test got to. `requests`: how often the operation had been asked to run again when the message was about to go. */
const notes = z.discriminatedUnion('stage', [
  z.object({ stage: z.literal('sending'), requests: z.number() }),
  z.object({ stage: z.literal('refused') }),
  z.object({ stage: z.literal('accepted'), providerId: z.string() }),
])
type Note = z.output<typeof notes>

const inEnglish = (store: string): string => `Test message: WhatsApp is connected with ${store}.`
const TEXTS: Readonly<Record<string, (store: string) => string>> = {
  es: (store) => `Mensaje de prueba: WhatsApp está conectado con ${store}.`,
  pt: (store) => `Mensagem de teste: o WhatsApp está conectado com ${store}.`,
}

/** A type, not an interface: a step returns it, which wants JSON. */
type Tested = { readonly gateway: string; readonly isSandbox: boolean; readonly providerId: string }

/**
 * Sends one message. That it is about to go is durable before it goes, and what came of it after: when that is missing, nobody knows whether it arrived, and
 * it is sent again only when a person asks for it.
 */
export class ConnectionTest {
  readonly #database: Database
  readonly #gateway: MessageGateway

  constructor({ database, gateway }: { readonly database: Database; readonly gateway: MessageGateway }) {
    this.#database = database
    this.#gateway = gateway
  }

  async send(run: AnyRun, step: StepRun, { storeId, phone }: { readonly storeId: string; readonly phone: string }): Promise<Tested> {
    const providerId = await this.#sendOnce(run, step, { storeId, phone })
    await run.transaction((transaction) => noteTested(transaction, storeId, run.id))
    return { gateway: this.#gateway.name, isSandbox: this.#gateway.isSandbox, providerId }
  }

  /** Answers the gateway's id of the message. */
  async #sendOnce(run: AnyRun, step: StepRun, { storeId, phone }: { readonly storeId: string; readonly phone: string }): Promise<string> {
    const note = noteOf(step.position)
    if (note?.stage === 'accepted') return note.providerId
    const requests = await countRequests(this.#database, run.id)
    if (note?.stage === 'sending' && note.requests === requests) throw this.#unknown(phone)
    const text = await this.#textFor(storeId)
    step.message(`Sending a test message to ${maskPhone(phone)}`)
    await step.commit({ stage: 'sending', requests } satisfies Note, () => Promise.resolve())
    const result = await this.#gateway.send({ id: `whatsapp-test-${run.id}`, to: phone, text, signal: step.signal })
    if (result.kind === 'unknown') throw this.#unknown(phone)
    if (result.kind === 'refused') {
      await step.checkpoint({ stage: 'refused' } satisfies Note)
      throw errorOfRefusal(this.#gateway.name, `the test message to ${maskPhone(phone)}`, result)
    }
    await step.checkpoint({ stage: 'accepted', providerId: result.providerId } satisfies Note)
    return result.providerId
  }

  async #textFor(storeId: string): Promise<string> {
    const [store] = await findStores(this.#database, [storeId])
    if (!store) throw new PermanentError('STORE_GONE', 'The store was deleted.')
    return (TEXTS[store.language ?? 'en'] ?? inEnglish)(store.name)
  }

  #unknown(phone: string): PermanentError {
    return new PermanentError(
      'DELIVERY_UNKNOWN',
      `Whether the test message arrived at ${maskPhone(phone)} is not known: ${this.#gateway.name} got it, or not, before the answer was lost. Look at the phone; retry the operation to send it again.`,
    )
  }
}

/** What this version does not know counts as nothing. */
const noteOf = (position: Json | undefined): Note | undefined => notes.safeParse(position).data
