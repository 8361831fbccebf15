declare module '../../telemetry/facts.ts' {
  interface Facts {
    /** Content of uploads that nobody needs any more was removed. */
    'imports.uploads_swept': { readonly removed: number }
    /** The rows of a deleted statement batch are gone. */
    'imports.batch_purged': { readonly batchId: string }
  }
}

export {}
