/** What one batch of a pruning removed; pruning goes batch by batch, so that none is long. */
export interface PrunedBatch {
  readonly removed: number
  /** There may be more to remove: call again. */
  readonly more: boolean
}
