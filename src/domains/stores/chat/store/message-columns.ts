/** Columns of a `ChatMessageRecord`, of a table `chat_message`. */
export const MESSAGE_COLUMNS = `id, store_id as "storeId", user_id as "userId", role, text, product_ids as "productIds", order_ids as "orderIds", source, stale,
    created_at as "createdAt"`
