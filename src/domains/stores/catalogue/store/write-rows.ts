import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { CatalogueRow } from '../catalogue-row.ts'
import { perKind, TABLES, type Target } from './tables.ts'

/** Columns that the shop fills, beside ids and hashes. */
const COLUMNS = {
  products: {
    name: 'jsonb',
    description: 'jsonb',
    handle: 'text',
    brand: 'text',
    tags: 'text[]',
    categories: 'jsonb',
    is_published: 'boolean',
    image_url: 'text',
    url: 'text',
    price: 'numeric(20, 2)',
    stock: 'integer',
    shop_created_at: 'timestamptz',
    shop_updated_at: 'timestamptz',
  },
  orders: {
    number: 'text',
    status: 'text',
    payment_status: 'text',
    shipping_status: 'text',
    currency: 'text',
    total: 'numeric(20, 2)',
    customer_external_id: 'text',
    contact_name: 'text',
    contact_email: 'text',
    lines: 'jsonb',
    shop_created_at: 'timestamptz',
    shop_updated_at: 'timestamptz',
  },
  customers: {
    name: 'text',
    email: 'text',
    phone: 'text',
    total_spent: 'numeric(20, 2)',
    currency: 'text',
    shop_created_at: 'timestamptz',
    shop_updated_at: 'timestamptz',
  },
} as const

const join = (names: readonly string[], one: (name: string) => string): string => names.map(one).join(', ')

/** One statement for a page: new rows go in, known ones become what they are now and keep their ids; a row that is equal is left alone. */
const WRITE = perKind((kind) => {
  const types = Object.entries(COLUMNS[kind])
  const names = types.map(([name]) => name)
  return statement(
    `stores_write_${kind}`,
    `
    insert into ${TABLES[kind]} as r (id, store_id, external_id, content_hash, document_hash, ${names.join(', ')})
    select i.id, $1::uuid, i.external_id, decode(i.content_hash, 'hex'), decode(i.document_hash, 'hex'), ${join(names, (name) => `i.${name}`)}
    from jsonb_to_recordset($2::jsonb)
      as i (id uuid, external_id text, content_hash text, document_hash text, ${types.map(([name, type]) => `${name} ${type}`).join(', ')})
    on conflict (store_id, external_id) do update set content_hash = excluded.content_hash, document_hash = excluded.document_hash,
      ${join(names, (name) => `${name} = excluded.${name}`)}, removed_at = null, updated_at = now()
    where r.content_hash is distinct from excluded.content_hash or r.removed_at is not null
    returning r.id, r.external_id as "externalId"`,
  )
})

export interface WrittenRow {
  readonly id: string
  readonly externalId: string
}

/** Writes rows, none twice in one call; answers those that were written. */
export const writeRows = (executor: Executor, { storeId, kind }: Target, rows: readonly CatalogueRow[]): Promise<WrittenRow[]> =>
  executor.run<WrittenRow>(WRITE[kind], [storeId, JSON.stringify(rows)])
