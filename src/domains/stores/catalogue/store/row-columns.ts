/** Columns of a `ProductRecord`, of a table `product` named r. */
export const PRODUCT_COLUMNS = `r.id, r.store_id as "storeId", r.external_id as "externalId", r.name, r.description, r.handle, r.brand, r.tags, r.categories,
  r.is_published as "isPublished", r.image_url as "imageUrl", r.url, r.price::text as price, r.stock, r.removed_at as "removedAt",
  r.created_at as "createdAt", r.updated_at as "updatedAt"`

/** Columns of a `VariantRecord`, of a table `product_variant` named r. */
export const VARIANT_COLUMNS = `r.id, r.product_id as "productId", r.external_id as "externalId", r.sku, r.options, r.price::text as price,
  r.promotional_price::text as "promotionalPrice", r.stock`

/** Columns of an `OrderRecord`, of a table `shop_order` named r. */
export const ORDER_COLUMNS = `r.id, r.store_id as "storeId", r.external_id as "externalId", r.number, r.status, r.payment_status as "paymentStatus",
  r.shipping_status as "shippingStatus", r.currency, r.total::text as total, r.customer_external_id as "customerExternalId",
  r.contact_name as "contactName", r.contact_email as "contactEmail", r.lines, r.shop_created_at as "shopCreatedAt", r.removed_at as "removedAt",
  r.updated_at as "updatedAt"`

/** Columns of a `CustomerRecord`, of a table `shop_customer` named r. */
export const CUSTOMER_COLUMNS = `r.id, r.store_id as "storeId", r.external_id as "externalId", r.name, r.email, r.phone, r.total_spent::text as "totalSpent",
  r.currency, r.removed_at as "removedAt", r.updated_at as "updatedAt"`
