import type { SaleLine } from '../records.ts'

/** Lines as the arrays that statements `unnest`: sku, name, quantity, unit price. */
export const lineColumns = (lines: readonly SaleLine[]): readonly (readonly (string | number)[])[] => [
  lines.map((line) => line.sku),
  lines.map((line) => line.name),
  lines.map((line) => line.quantity),
  lines.map((line) => line.unitPrice),
]
