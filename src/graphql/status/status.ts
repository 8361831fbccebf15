import { WINDOW_PREFIX } from '../../status/window.ts'
import type { Builder } from '../builder.ts'
import type { NodeFinder } from '../node-queries.ts'
import { addGateMutations } from './gate-mutations.ts'
import { addMaintenanceMutations } from './maintenance-mutations.ts'
import { addStatusWindow } from './status-window.ts'
import { addSystemStatus } from './system-status.ts'
import { addWindowQueries, findStatusWindow } from './window-queries.ts'

export interface StatusParts {
  readonly finders: Readonly<Record<string, NodeFinder>>
}

/** Status, feature access, gates and maintenances in the schema. */
export function addStatus(builder: Builder): StatusParts {
  const types = addStatusWindow(builder)
  addSystemStatus(builder, types)
  addWindowQueries(builder, types)
  addGateMutations(builder, types)
  addMaintenanceMutations(builder, types)
  return { finders: { [WINDOW_PREFIX]: findStatusWindow } }
}
