import { writeFile } from 'node:fs/promises'
import { documentUrl, PRINTED_DOCUMENTS, readDocument, withPrintedParts } from './printed-parts.ts'

/** Prints tables of the documents from the code: `npm run generate`. A test compares them. */
for (const name of PRINTED_DOCUMENTS) {
  const text = await readDocument(name)
  await writeFile(documentUrl(name), withPrintedParts(text))
}
