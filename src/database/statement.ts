import type { Statement } from './database.ts'

/** PostgreSQL cuts longer names, so that two statements could become one. */
const LONGEST_NAME = 63

const texts = new Map<string, string>()

/** Declares a prepared statement once, at the top of its file. Throws when the name is taken by another text. */
export function statement(name: string, text: string): Statement {
  if (name.length > LONGEST_NAME) throw new RangeError(`expected a statement name of at most ${LONGEST_NAME} characters, got ${name}`)
  const known = texts.get(name)
  if (known !== undefined && known !== text) throw new Error(`expected a statement name of its own, but ${name} names another statement already`)
  texts.set(name, text)
  return { name, text }
}
