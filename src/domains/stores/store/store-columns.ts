/** Columns of a `StoreRecord`. */
export const STORE_COLUMNS = `id, owner_id as "ownerId", tenant_id as "tenantId", name, platform, base_url as "baseUrl", status, credential_id as "credentialId", language,
    currency, public_url as "publicUrl", product_count as "productCount", order_count as "orderCount", customer_count as "customerCount",
    last_synced_at as "lastSyncedAt", catalogue_revision as "catalogueRevision", indexed_revision as "indexedRevision",
    search_generation as "searchGeneration", created_at as "createdAt", updated_at as "updatedAt"`
