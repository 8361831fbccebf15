import type { Transaction } from '../database/database.ts'
import type { InboxWriter } from './inbox-writer.ts'
import type { Notice, NotificationTeller, Resolution } from './services.ts'
import { readByKeys } from './store/read-by-keys.ts'
import type { NotificationDraft, StoredNotification } from './stored-notification.ts'

const RESERVED = /^(operation|group|feature|announcement):/
const MOST_TITLE = 200
const MOST_BODY = 1_000

/** PostgreSQL keeps no NUL. */
const clean = (text: string, most: number): string => text.replaceAll('\u0000', ' ').slice(0, most).toWellFormed()

export class Teller implements NotificationTeller {
  readonly #writer: InboxWriter

  constructor(writer: InboxWriter) {
    this.#writer = writer
  }

  async tell(transaction: Transaction, ...notices: readonly Notice[]): Promise<void> {
    const reserved = notices.find(({ key }) => RESERVED.test(key))
    if (reserved) throw new Error(`notification ${reserved.key}: keys that begin like this are Batuta's own; choose another one`)
    await this.#write(transaction, notices, (notice, existing) => {
      const draft = toDraft(notice, existing)
      return existing && existing.resolvedAt === null && isSame(existing, draft) ? undefined : draft
    })
  }

  async resolve(transaction: Transaction, ...resolutions: readonly Resolution[]): Promise<void> {
    await this.#write(transaction, resolutions, ({ title, body }, existing) => {
      if (!existing || existing.resolvedAt !== null) return undefined
      const said = { kind: 'success', urgency: 'normal', title: clean(title, MOST_TITLE), body: body ? clean(body, MOST_BODY) : null } as const
      return { ...existing, existing, ...said, outcome: 'none', resolved: true, isLoud: true }
    })
  }

  async #write<Told extends { readonly userId: string; readonly key: string }>(
    transaction: Transaction,
    all: readonly Told[],
    draftFor: (told: Told, existing: StoredNotification | undefined) => NotificationDraft | undefined,
  ): Promise<void> {
    const keyOf = ({ userId, key }: { readonly userId: string; readonly key: string }) => JSON.stringify([userId, key])
    // Of two with one key the last one holds.
    const told = [...new Map(all.map((one) => [keyOf(one), one])).values()]
    if (told.length === 0) return
    const inboxes = await this.#writer.lock(transaction, new Set(told.map(({ userId }) => userId)))
    const known = new Map((await readByKeys(transaction, told)).map((one) => [keyOf(one), one]))
    const drafts = told.flatMap((one) => draftFor(one, known.get(keyOf(one))) ?? [])
    await this.#writer.change(transaction, inboxes, { drafts, removed: [] })
  }
}

const toDraft = (notice: Notice, existing: StoredNotification | undefined): NotificationDraft => ({
  existing,
  userId: notice.userId,
  tenantId: notice.tenantId,
  key: notice.key,
  category: notice.category,
  kind: notice.kind,
  urgency: notice.urgency,
  title: clean(notice.title, MOST_TITLE),
  body: notice.body ? clean(notice.body, MOST_BODY) : null,
  operationId: notice.operationId ?? null,
  operationType: null,
  count: 1,
  data: notice.data ?? {},
  sourceVersion: 0,
  outcome: 'none',
  resolved: false,
  isLoud: true,
})

const isSame = (existing: StoredNotification, draft: NotificationDraft): boolean =>
  existing.category === draft.category && existing.kind === draft.kind && existing.title === draft.title && existing.body === draft.body
