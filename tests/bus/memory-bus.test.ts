import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import { busConformance } from './bus-conformance.ts'

busConformance('in memory', async () => {
  const bus = createMemoryBus()
  return { bus, other: bus, subscriptions: async () => bus.channels, close: () => bus.stop() }
})
