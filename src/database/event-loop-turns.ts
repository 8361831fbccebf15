import type { PGlite } from '@electric-sql/pglite'

/** First bytes of the messages that end a statement (PostgreSQL's frontend protocol): Sync, and a simple Query. */
const ENDS_STATEMENT: ReadonlySet<number | undefined> = new Set(['S', 'Q'].map((letter) => letter.charCodeAt(0)))

/**
 * Gives the event loop a turn after each statement. The embedded database answers within microtasks, so work that is one
 * statement after another (an import) would keep the process from reading a socket until its end: no answer, no progress, no pause.
 */
export function takeTurns(lite: PGlite): PGlite {
  const execute = lite.execProtocolStream.bind(lite)
  lite.execProtocolStream = async (message, options) => {
    const answer = await execute(message, options)
    if (ENDS_STATEMENT.has(message[0])) await new Promise((resolve) => setImmediate(resolve))
    return answer
  }
  return lite
}
