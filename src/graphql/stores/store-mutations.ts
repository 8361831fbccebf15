import type { Builder } from '../builder.ts'
import type { StoreTypes } from './store.ts'

/** Changes of stores; what takes a while is an operation. */
export function addStoreMutations(_builder: Builder, _types: StoreTypes): void {}
