import { type ChannelMessage, plainText } from '../message.ts'

/** Slack's text without its markup: &, < and > are all that it reads (https://docs.slack.dev/messaging/formatting-message-text). */
export const escapeSlack = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const ICONS = { info: ':information_source:', success: ':white_check_mark:', warning: ':warning:', error: ':x:' } as const
/** Longest text of a section, and most blocks that we use of Slack's 50. */
const LONGEST_SECTION = 2_900
const MOST_SECTIONS = 40

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text: text.slice(0, LONGEST_SECTION) } })
const linked = (title: string, url: string | null) => (url === null ? escapeSlack(title) : `<${url}|${escapeSlack(title).replaceAll('|', '¦')}>`)

/** `text` is what notifications and readers without blocks show. */
export function slackPayload(message: ChannelMessage): { readonly text: string; readonly blocks: readonly object[]; readonly unfurl_links: false } {
  const entries = message.entries
    .slice(0, MOST_SECTIONS)
    .map((entry) => section(`${ICONS[entry.kind]} ${linked(entry.title, entry.url)}${entry.body === null ? '' : `\n${escapeSlack(entry.body)}`}`))
  const body = message.body === null ? [] : [section(escapeSlack(message.body))]
  return {
    text: escapeSlack(plainText({ ...message, entries: [] })).slice(0, LONGEST_SECTION),
    blocks: [section(`${ICONS[message.kind]} *${linked(message.title, message.url)}*`), ...entries, ...body],
    unfurl_links: false,
  }
}
