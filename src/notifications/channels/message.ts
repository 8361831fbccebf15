import { toTypeId } from '../../base/ids.ts'
import type { NotificationCategory, NotificationKind, NotificationRecord, Urgency } from '../records.ts'

/** What channels send: built by pure functions, without anything of one channel. */
export interface ChannelMessage {
  /** Of this message; the same for every try, another for every edit. */
  readonly id: string
  /** Messages of one notification to one destination belong together. */
  readonly threadId: string
  readonly title: string
  readonly body: string | null
  readonly kind: NotificationKind
  readonly urgency: Urgency
  readonly category: NotificationCategory | null
  /** Of the operation that it is about. */
  readonly url: string | null
  /** Where the reader turns messages of this category off; for email. */
  readonly unsubscribeUrl: string | null
  /** What was held back in quiet hours; empty: it is no digest. */
  readonly entries: readonly MessageEntry[]
  /** For programs; null for what is no notification (tests, codes, digests). */
  readonly notification: NotificationRecord | null
}

export interface MessageEntry {
  readonly title: string
  readonly body: string | null
  readonly kind: NotificationKind
  readonly url: string | null
  readonly notification: NotificationRecord
}

export const NOTIFICATION_PREFIX = 'notification'
const LONGEST_TITLE = 200
const LONGEST_BODY = 4_000
/** More are counted only. */
export const MOST_ENTRIES = 50

/** Without control characters, which could end a header or a line; one line, and of bounded length. */
export const oneLine = (text: string, longest = LONGEST_TITLE): string => cut(text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim(), longest)

const manyLines = (text: string): string => cut(text.replaceAll(/[^\P{Cc}\n]/gu, ''), LONGEST_BODY)

const cut = (text: string, longest: number): string => (text.length <= longest ? text : `${text.slice(0, longest - 1)}…`)

/** Address of the operation that a notification is about. */
export const operationUrl = (publicUrl: string | undefined, operationId: string | null): string | null =>
  publicUrl === undefined || operationId === null ? null : `${publicUrl}/operations/${toTypeId('operation', operationId)}`

export interface MessageOfParams {
  readonly id: string
  readonly threadId: string
  readonly publicUrl: string | undefined
  readonly unsubscribeUrl: string | null
}

const textsOf = (record: NotificationRecord, publicUrl: string | undefined) => ({
  title: oneLine(record.title),
  body: record.body === null ? null : manyLines(record.body),
  kind: record.kind,
  url: operationUrl(publicUrl, record.operationId),
  notification: record,
})

export function messageOf(record: NotificationRecord, { id, threadId, publicUrl, unsubscribeUrl }: MessageOfParams): ChannelMessage {
  return { ...textsOf(record, publicUrl), id, threadId, urgency: record.urgency, category: record.category, unsubscribeUrl, entries: [] }
}

const SEVERITY: Readonly<Record<NotificationKind, number>> = { info: 0, success: 1, warning: 2, error: 3 }

/** One message of several that were held back; failures first, so that none hides behind what went well. */
export function digestOf(records: readonly NotificationRecord[], params: MessageOfParams): ChannelMessage {
  const sorted = records.toSorted((left, right) => SEVERITY[right.kind] - SEVERITY[left.kind] || left.updatedAt.getTime() - right.updatedAt.getTime())
  const failed = records.filter(({ kind }) => kind === 'error').length
  const rest = records.length - Math.min(records.length, MOST_ENTRIES)
  return {
    id: params.id,
    threadId: params.threadId,
    title: `${records.length} notifications from your quiet hours${failed > 0 ? `, ${failed} of them ${failed === 1 ? 'a failure' : 'failures'}` : ''}`,
    body: rest > 0 ? `And ${rest} more, in your inbox.` : null,
    kind: sorted[0]?.kind ?? 'info',
    urgency: 'normal',
    category: null,
    url: null,
    unsubscribeUrl: params.unsubscribeUrl,
    entries: sorted.slice(0, MOST_ENTRIES).map((record) => textsOf(record, params.publicUrl)),
    notification: null,
  }
}

const plain = (id: string, title: string, body: string): ChannelMessage => ({
  id,
  threadId: id,
  title,
  body,
  kind: 'info',
  urgency: 'high',
  category: null,
  url: null,
  unsubscribeUrl: null,
  entries: [],
  notification: null,
})

export const testMessage = (id: string): ChannelMessage =>
  plain(id, 'Test notification', 'You asked for this test. If you read it, notifications reach you here.')

export const codeMessage = (id: string, code: string): ChannelMessage =>
  plain(
    id,
    'Confirm where your notifications go',
    `Your code is ${code}. It is good for 30 minutes. If you did not ask for it, ignore this message: nothing else will be sent here.`,
  )

/** All of it as plain text. */
export function plainText(message: ChannelMessage): string {
  const entries = message.entries.flatMap((entry) => [
    `- ${entry.title}`,
    ...(entry.body === null ? [] : [`  ${entry.body}`]),
    ...(entry.url === null ? [] : [`  ${entry.url}`]),
  ])
  return [
    message.title,
    ...(entries.length > 0 ? ['', ...entries] : []),
    ...(message.body === null ? [] : ['', message.body]),
    ...(message.url === null ? [] : ['', message.url]),
  ].join('\n')
}
