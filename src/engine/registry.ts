import type { OperationDefinition } from './definition.ts'

/** The operation types that this process knows, by name. */
export class Registry {
  readonly #byType = new Map<string, OperationDefinition>()

  constructor(definitions: readonly OperationDefinition[]) {
    for (const definition of definitions) {
      if (this.#byType.has(definition.type)) throw new Error(`operation type ${definition.type} is defined twice`)
      this.#byType.set(definition.type, definition)
    }
  }

  get all(): readonly OperationDefinition[] {
    return [...this.#byType.values()]
  }

  get(type: string): OperationDefinition | undefined {
    return this.#byType.get(type)
  }

  getOrThrow(type: string): OperationDefinition {
    const definition = this.#byType.get(type)
    if (!definition) throw new Error(`operation type ${type} is not registered in this process`)
    return definition
  }
}
