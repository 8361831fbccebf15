import { type ChannelMessage, oneLine, plainText } from '../message.ts'

/** The parts of a mail that depend on the message. Everything is escaped: titles hold what users typed, such as file names. */
export interface EmailParts {
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly messageId: string
  readonly references: readonly string[]
  readonly headers: Readonly<Record<string, string>>
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (found) => ENTITIES[found] ?? '')

const COLORS = { info: '#2563eb', success: '#15803d', warning: '#b45309', error: '#b91c1c' } as const

const paragraph = (text: string): string => `<p>${escapeHtml(text).replaceAll('\n', '<br>')}</p>`
const link = (url: string, text: string): string => `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>`

export interface EmailPartsParams {
  /** Behind the @ of message ids. */
  readonly domain: string
  /** The last mail of the same notification. */
  readonly previous: string | undefined
}

export function emailParts(message: ChannelMessage, { domain, previous }: EmailPartsParams): EmailParts {
  // The first mail of a thread refers to this too, though it is none itself, so that all of them hang together whichever arrives first.
  const root = `<thread.${message.threadId}@${domain}>`
  return {
    subject: oneLine(message.title),
    text: [plainText(message), ...(message.unsubscribeUrl === null ? [] : ['', '--', `Turn these mails off: ${message.unsubscribeUrl}`])].join('\n'),
    html: html(message),
    messageId: `<${message.id}@${domain}>`,
    references: previous === undefined ? [root] : [root, previous],
    headers: {
      // RFC 3834: no holiday answers, please.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      // RFC 2369 and RFC 8058.
      ...(message.unsubscribeUrl === null ? {} : { 'List-Unsubscribe': `<${message.unsubscribeUrl}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }),
    },
  }
}

function html(message: ChannelMessage): string {
  const entries = message.entries.map(
    (entry) => `<li>${entry.url === null ? escapeHtml(entry.title) : link(entry.url, entry.title)}${entry.body === null ? '' : paragraph(entry.body)}</li>`,
  )
  return [
    '<!doctype html><html><body style="font-family:sans-serif;line-height:1.5">',
    `<h1 style="font-size:1.1rem;border-left:4px solid ${COLORS[message.kind]};padding-left:.6rem">${escapeHtml(message.title)}</h1>`,
    ...(entries.length > 0 ? [`<ul>${entries.join('')}</ul>`] : []),
    ...(message.body === null ? [] : [paragraph(message.body)]),
    ...(message.url === null ? [] : [`<p>${link(message.url, 'Open')}</p>`]),
    ...(message.unsubscribeUrl === null ? [] : [`<p style="color:#666;font-size:.8rem">${link(message.unsubscribeUrl, 'Turn these mails off')}</p>`]),
    '</body></html>',
  ].join('\n')
}
