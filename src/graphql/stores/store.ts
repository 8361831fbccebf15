import { toTypeId } from '../../base/ids.ts'
import { STORE_PREFIX, type StoreRecord } from '../../domains/stores/records.ts'
import type { Builder } from '../builder.ts'

const isStore = (value: unknown): value is StoreRecord => typeof value === 'object' && value !== null && 'searchGeneration' in value

export const addStore = (builder: Builder) =>
  builder.objectRef<StoreRecord>('Store').implement({
    description: 'A shop that a user connected, with its catalogue as it was read last.',
    interfaces: ['Node'],
    isTypeOf: isStore,
    fields: (t) => ({
      id: t.id({ description: 'Id of the store, such as store_01jd3k….', resolve: ({ id }) => toTypeId(STORE_PREFIX, id) }),
      name: t.exposeString('name', { description: 'What it is called.' }),
    }),
  })
