import { type DestinationStream, pino } from 'pino'
import type { FactListener, FactName } from './facts.ts'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
type LineLevel = Exclude<LogLevel, 'silent'>

export interface LogListenerParams {
  readonly level: LogLevel
  /** Levels of facts by name, for those that the endings below don't fit. */
  readonly levels?: Readonly<Record<string, LineLevel>>
  /** Where lines go; standard error by default, because standard output belongs to the ready line. */
  readonly destination?: DestinationStream
}

/** The ending of a fact's name (past tense, dotted) says how loud it is; everything else is detail. */
const LEVEL_OF_ENDING: Readonly<Record<string, LineLevel>> = {
  contained: 'error',
  failed: 'warn',
  lost: 'warn',
  rescued: 'warn',
  refused: 'info',
  restored: 'info',
  listening: 'info',
  started: 'info',
  stopped: 'info',
  drained: 'info',
  migrated: 'info',
  resealed: 'info',
}

/** Keys whose values never reach a log, one level deep or two. */
const SECRET_KEYS = ['authorization', 'token', 'secret', 'password', 'connectionString', 'databaseUrl', 'redisUrl']
const URL_CREDENTIALS = /(\w+:\/\/[^\s:/@]*):[^\s@/]+@/g

export const levelOf = (name: string, levels: Readonly<Record<string, LineLevel>> = {}): LineLevel =>
  levels[name] ?? LEVEL_OF_ENDING[name.slice(name.lastIndexOf('.') + 1)] ?? 'debug'

/** Facts become JSON lines: `{"level":"info","time":…,"fact":"server.listening",…}`. */
export function createLogListener(params: LogListenerParams): FactListener {
  const logger = pino(
    {
      level: params.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' },
    },
    params.destination ?? pino.destination({ fd: 2, sync: true }),
  )
  return <Name extends FactName>(name: Name, fact: object) => {
    const level = levelOf(name, params.levels)
    if (logger.isLevelEnabled(level)) logger[level]({ fact: name, ...toLine(fact) })
  }
}

/** Errors as plain values, with credentials in addresses masked: drivers like to quote them. */
function toLine(fact: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fact).map(([key, value]) => [key, value instanceof Error ? describeError(value) : value]))
}

function describeError(error: Error): Record<string, unknown> {
  const code = (error as { readonly code?: unknown }).code
  return {
    name: error.name,
    message: error.message.replace(URL_CREDENTIALS, '$1:***@'),
    ...(code === undefined ? {} : { code }),
    stack: error.stack?.replace(URL_CREDENTIALS, '$1:***@'),
    ...(error.cause instanceof Error ? { cause: describeError(error.cause) } : {}),
  }
}
