import { readFile } from 'node:fs/promises'
import { accessTable } from '../src/auth/access.ts'
import { configurationTable } from '../src/config/variables.ts'
import { lifecycleDiagram, lifecycleDifferences, lifecycleTables } from './lifecycle-document.ts'

/** Parts of the documents that are printed from the code, between `<!-- printed:name -->` and `<!-- /printed -->`. */
export const PRINTED: Readonly<Record<string, () => string>> = {
  access: accessTable,
  configuration: configurationTable,
  'lifecycle-diagram': lifecycleDiagram,
  'lifecycle-plain': () => lifecycleTables('plain'),
  'lifecycle-cleanup': () => lifecycleDifferences('cleanup'),
  'lifecycle-elsewhere': () => lifecycleDifferences('elsewhere'),
}

export const PRINTED_DOCUMENTS = ['access.md', 'configuration.md', 'lifecycle.md'] as const

const PART = /(<!-- printed:([\w-]+) -->)[\s\S]*?(<!-- \/printed -->)/g

/** A document with its printed parts as the code says now. Throws for a name that nothing prints. */
export function withPrintedParts(text: string): string {
  return text.replaceAll(PART, (_all, opening: string, name: string, closing: string) => {
    const print = PRINTED[name]
    if (!print) throw new Error(`nothing prints ${name}`)
    return `${opening}\n\n${print()}\n\n${closing}`
  })
}

export const documentUrl = (name: string): URL => new URL(`../docs/${name}`, import.meta.url)
export const readDocument = (name: string): Promise<string> => readFile(documentUrl(name), 'utf8')
