/** One node of what `explain (format json)` answers, as far as tests look at it. */
export interface PlanNode {
  readonly 'Node Type': string
  readonly 'Index Name'?: string
  readonly 'Relation Name'?: string
  readonly 'Index Cond'?: string
  readonly 'Scan Direction'?: string
  readonly 'Actual Rows'?: number
  readonly Plans?: readonly PlanNode[]
}

/** A plan and everything below it. */
export const flatten = (node: PlanNode): readonly PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flatten)]
