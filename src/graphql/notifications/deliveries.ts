import type { Builder } from '../builder.ts'
import type { NodeFinder } from '../node-queries.ts'
import { addNotificationDefaults } from './defaults.ts'
import { addDestinationMutations } from './destination-mutations.ts'
import { addDestinations, DESTINATION_PREFIX, findOwnDestination } from './destinations.ts'
import { addPreferences } from './preferences.ts'
import { addQuietHours } from './quiet-hours.ts'

/** Notifications outside the product: preferences, quiet hours, destinations. */
export function addDeliveries(builder: Builder): { readonly finders: Readonly<Record<string, NodeFinder>> } {
  addPreferences(builder)
  addNotificationDefaults(builder)
  addQuietHours(builder)
  addDestinationMutations(builder, addDestinations(builder))
  return { finders: { [DESTINATION_PREFIX]: findOwnDestination } }
}
