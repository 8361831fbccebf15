import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'
import { ROOT } from '../setup/source-files.ts'

/** Reads examples out of a page of the docs: `<!-- example:name -->` and the block of code that follows it. */
export function examplesOf(page: string): (name: string) => string {
  const text = readFileSync(join(ROOT, page), 'utf8')
  return (name) => {
    const block = new RegExp(`<!-- example:${name} -->\n\`\`\`\\w+\n([\\s\\S]*?)\`\`\``).exec(text)?.[1]
    if (block === undefined) throw new Error(`expected ${page} to hold the example ${name}`)
    return block
  }
}

/** A folder inside the project, as `operations/` is, so that its files find `batuta` and `zod`. */
export function operationsFolder(files: Readonly<Record<string, string>>): URL {
  mkdirSync(join(ROOT, '.batuta'), { recursive: true })
  const folder = mkdtempSync(join(ROOT, '.batuta', 'operations-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return pathToFileURL(`${folder}/`)
}
