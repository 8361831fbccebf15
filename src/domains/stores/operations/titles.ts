import type { StoreRecord } from '../records.ts'

const VERBS = {
  DATA_UPDATE: 'Data update',
  RAG_SYNC: 'Search rebuild',
  STORE_RECONNECTION: 'Reconnection',
  WHATSAPP_SETUP: 'WhatsApp setup',
} as const
export type TitledType = keyof typeof VERBS

/** What an operation of a store is called: with several stores its definition's title would not say which. */
export const titleFor = (type: TitledType, store: Pick<StoreRecord, 'name'>): string => `${VERBS[type]} of ${store.name}`
