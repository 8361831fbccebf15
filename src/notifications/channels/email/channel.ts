import { createTransport, type Transporter } from 'nodemailer'
import type { Channel, SendParams, SendResult } from '../channel.ts'
import { parseEmailAddress } from './address.ts'
import { emailParts } from './message.ts'

export interface EmailChannelParams {
  /** `smtp://user:password@host:port` or `smtps://`; absent: no mail. The operator's, so it may be private. */
  readonly smtpUrl: string | undefined
  readonly from: string | undefined
}

const CONNECT_MS = 10_000
const ANSWER_MS = 20_000
/** Shorter than servers wait: a connection that they close while we write would leave it open whether the mail arrived. */
const IDLE_MS = 5_000
const CONNECTIONS = 5

/** Mails by SMTP. */
export function createEmailChannel({ smtpUrl, from }: EmailChannelParams): Channel {
  const sender = from
  const transport = smtpUrl === undefined ? undefined : openTransport(smtpUrl)
  return {
    name: 'email',
    unavailable: transport && sender !== undefined ? undefined : 'This server sends no mail: SMTP_URL is not set.',
    provider: null,
    parseAddress: parseEmailAddress,
    edits: () => false,
    send: async (params) => {
      if (!transport || sender === undefined) return { kind: 'refused', reason: 'this server sends no mail', disables: false }
      return sendMail(transport, sender, params)
    },
    close: async () => {
      transport?.close()
    },
  }
}

function openTransport(smtpUrl: string): Transporter {
  return createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: CONNECTIONS,
    // A pool that sends again by itself would send twice.
    maxRequeues: 0,
    idleTimeout: IDLE_MS,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: ANSWER_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

async function sendMail(transport: Transporter, from: string, { message, destination, previous, signal }: SendParams): Promise<SendResult> {
  const domain = /@([\w.-]+)>?$/.exec(from)?.[1] ?? 'batuta.invalid'
  const { references, headers, ...parts } = emailParts(message, { domain, previous: previous?.reference })
  try {
    await transport.sendMail({
      from,
      to: { name: '', address: destination.address },
      ...parts,
      references: [...references],
      ...(previous === undefined ? {} : { inReplyTo: previous.reference }),
      headers: { ...headers },
      signal,
    })
    return { kind: 'delivered', reference: parts.messageId }
  } catch (error) {
    return judgeSmtpError(error as SmtpError)
  }
}

/** What nodemailer says of a failure. */
export interface SmtpError extends Error {
  readonly code?: string
  readonly command?: string
  readonly responseCode?: number
  readonly syscall?: string
  readonly timeoutType?: string
}

/** Failures that came before the mail itself was sent. */
const EARLY_CODES = new Set(['EDNS', 'ETLS', 'EAUTH', 'ENOAUTH', 'ECONFIG', 'EENVELOPE'])
const EARLY_COMMANDS = /^(?:API|EHLO|HELO|STARTTLS|AUTH.*|MAIL FROM|RCPT TO)$/
const EARLY_TIMEOUTS = new Set(['CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'UPGRADE_TIMEOUT'])
/** The mailbox does not exist (RFC 5321): it won't tomorrow either. */
const NO_MAILBOX = new Set([550, 551, 553])

/** An answer of the server decides; without one it depends on how far we came. */
export function judgeSmtpError({ code = '', command = '', responseCode, syscall, timeoutType = '' }: SmtpError): SendResult {
  if (responseCode !== undefined) {
    const reason = `the mail server answered ${responseCode}`
    // A wrong password is the operator's mistake and will be mended.
    if (responseCode < 500 || code === 'EAUTH') return { kind: 'postponed', reason }
    return { kind: 'refused', reason, disables: command === 'RCPT TO' && NO_MAILBOX.has(responseCode) }
  }
  const isEarly = EARLY_CODES.has(code) || EARLY_COMMANDS.test(command) || EARLY_TIMEOUTS.has(timeoutType) || syscall === 'connect'
  if (isEarly) return { kind: 'postponed', reason: 'no connection to the mail server' }
  return { kind: 'unknown', reason: 'the mail server broke off before it said whether it took the mail' }
}
