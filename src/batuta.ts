/**
 * What operation types and business events of your own import: `import { defineOperation, defineEvents } from 'batuta'`. Small on purpose, because everything
 * here is a promise to them.
 */
export { PermanentError } from './base/errors.ts'
export { type DefinitionParams, defineOperation, type OperationDefinition } from './engine/definition.ts'
export type { ItemContext, ItemOutcome, ProgressReport, Run, StepRun } from './engine/run.ts'
export { defineEvents, type EventsDefinition, type EventsParams } from './events/define-events.ts'
