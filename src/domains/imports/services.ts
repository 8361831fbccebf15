import type { Database } from '../../database/database.ts'
import type { CardKeys } from './card-keys.ts'
import type { Uploads } from './uploads/uploads.ts'

/** What the handlers of this domain are lent by the composition root. */
export interface ImportServices {
  readonly database: Database
  readonly uploads: Uploads
  /** Made at first use, when a random key may have to be stored. */
  cardKeys(): Promise<CardKeys>
  /** UTC, YYYY-MM-DD. */
  today(): string
}

declare module '../../engine/run.ts' {
  interface OperationServices {
    readonly imports: ImportServices
  }
}
