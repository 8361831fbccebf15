/** The last documents that were found valid, by their text. Bounded by number and by length, least recently used first out. */
export class DocumentCache<Document> {
  readonly #documents = new Map<string, Document>()
  readonly #maxDocuments: number
  readonly #maxTextLength: number

  constructor(maxDocuments = 500, maxTextLength = 16_384) {
    this.#maxDocuments = maxDocuments
    this.#maxTextLength = maxTextLength
  }

  get(text: string): Document | undefined {
    const document = this.#documents.get(text)
    if (document !== undefined) {
      this.#documents.delete(text)
      this.#documents.set(text, document)
    }
    return document
  }

  set(text: string, document: Document): void {
    if (text.length > this.#maxTextLength) return
    this.#documents.set(text, document)
    for (const oldest of this.#documents.keys()) {
      if (this.#documents.size <= this.#maxDocuments) break
      this.#documents.delete(oldest)
    }
  }
}
