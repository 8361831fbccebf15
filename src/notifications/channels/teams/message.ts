import type { ChannelMessage } from '../message.ts'

const COLORS = { info: 'Accent', success: 'Good', warning: 'Warning', error: 'Attention' } as const

/** Text blocks read a little Markdown: a backslash takes its meaning from what could start some. */
export const escapeTeams = (text: string): string => text.replaceAll(/[\\`*_[\]()#+!~<>-]/g, String.raw`\$&`)

const block = (text: string, more: object = {}) => ({ type: 'TextBlock', text: escapeTeams(text), wrap: true, ...more })

/** An adaptive card (https://adaptivecards.io) as workflows of Teams take it. */
export function teamsPayload(message: ChannelMessage): object {
  const entries = message.entries.flatMap((entry) => [
    block(entry.title, { weight: 'Bolder', color: COLORS[entry.kind] }),
    ...(entry.body === null ? [] : [block(entry.body, { spacing: 'None' })]),
  ])
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      block(message.title, { weight: 'Bolder', size: 'Medium', color: COLORS[message.kind] }),
      ...entries,
      ...(message.body === null ? [] : [block(message.body)]),
    ],
    ...(message.url === null ? {} : { actions: [{ type: 'Action.OpenUrl', title: 'Open', url: message.url }] }),
  }
  return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }] }
}
