import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** The text of a PEM file; `undefined` when it can't be read or its first entry is no certificate. */
export function readCertificates(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8')
    return new X509Certificate(text).subject === undefined ? undefined : text
  } catch {
    return undefined
  }
}
