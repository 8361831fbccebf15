/** Columns of a `SaleRecord`, of a table `sale` named s. */
export const SALE_COLUMNS = `s.id, s.reference, s.customer, s.channel, s.state, s.currency, s.total::text as total, s.version,
  s.payment_reference as "paymentReference", s.cancel_reason as "cancelReason", s.created_by as "createdBy",
  s.created_at as "createdAt", s.updated_at as "updatedAt",
  (select json_agg(json_build_object('sku', l.sku, 'name', l.name, 'quantity', l.quantity, 'unitPrice', l.unit_price::text) order by l.position)
     from sale_line l where l.sale_id = s.id) as lines`
