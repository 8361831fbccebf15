/** Where the content of uploads is kept, readable by whichever instance runs the import. */
export interface BlobStore {
  /** Stored with each blob, so that what was kept elsewhere before a change of configuration is told apart. */
  readonly location: 'database' | 'folder'
  /** Stores all chunks in order; when it or the chunks fail, what was written is removed by `remove`. */
  write(blobId: string, chunks: AsyncIterable<Buffer>): Promise<void>
  /** The bytes from a position on, in chunks of at most some 64 KiB. Holds no connection or file between them once it has ended or was left. */
  read(blobId: string, fromByte: number): AsyncIterable<Buffer>
  /** No error when there is nothing. */
  remove(blobId: string): Promise<void>
}
