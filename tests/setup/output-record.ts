import { appendFileSync, createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { type Finding, findSecrets } from './planted-secrets.ts'

/** Where tests note what the processes that they start write. */
export const SPAWNED_OUTPUT_FILE = 'BATUTA_SPAWNED_OUTPUT_FILE'

/** Shows a stream as it comes, and keeps it in a file. */
export function tee(source: Readable, shown: NodeJS.WritableStream, path: string): void {
  const kept = createWriteStream(path, { flags: 'a' })
  source.on('data', (chunk: Buffer) => {
    shown.write(chunk)
    kept.write(chunk)
  })
  source.once('end', () => kept.end())
}

export const keepOutput = (text: string): void => {
  const path = process.env[SPAWNED_OUTPUT_FILE]
  if (path) appendFileSync(path, text)
}

/** The planted secrets in a file, which may be long: the first of each, and how often there are more. A file that is not there has none. */
export async function searchOutput(path: string): Promise<readonly (Finding & { readonly more: number })[]> {
  const found = new Map<string, Finding & { more: number }>()
  const input = createReadStream(path)
  const isMissing = new Promise<boolean>((resolve) => {
    input.once('error', () => resolve(true))
    input.once('open', () => resolve(false))
  })
  if (await isMissing) return []
  let number = 0
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1
    for (const finding of findSecrets(line)) {
      const known = found.get(finding.name)
      if (known) known.more += 1
      else found.set(finding.name, { ...finding, line: number, more: 0 })
    }
  }
  return [...found.values()]
}
