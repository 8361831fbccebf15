import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import type { Limits } from './limits.ts'

/**
 * How much a document asks for, before anything is validated or executed: fragments are measured once and counted wherever
 * they are spread, so that a small text can't unfold into a huge one. Pure.
 */
export interface Measure {
  readonly depth: number
  readonly aliases: number
  readonly cost: number
}

const NOTHING: Measure = { depth: 0, aliases: 0, cost: 0 }
/** Length assumed of a connection without `first` or `last`. */
const USUAL_PAGE = 20

interface Scope {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly variables: Readonly<Record<string, unknown>>
  readonly defaults: ReadonlyMap<string, number>
  readonly measured: Map<string, Measure>
}

export function measureDocument(document: DocumentNode, operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): Measure {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  const defaults = new Map<string, number>()
  for (const definition of operation.variableDefinitions ?? []) {
    if (definition.defaultValue?.kind === Kind.INT) defaults.set(definition.variable.name.value, Number(definition.defaultValue.value))
  }
  return measureSelections(operation.selectionSet, { fragments, variables, defaults, measured: new Map() })
}

function measureSelections(selections: SelectionSetNode, scope: Scope): Measure {
  let { depth, aliases, cost } = NOTHING
  for (const selection of selections.selections) {
    const part =
      selection.kind === Kind.FIELD
        ? measureField(selection, scope)
        : selection.kind === Kind.INLINE_FRAGMENT
          ? measureSelections(selection.selectionSet, scope)
          : measureFragment(selection.name.value, scope)
    depth = Math.max(depth, part.depth)
    aliases += part.aliases
    cost += part.cost
  }
  return { depth, aliases, cost }
}

function measureField(field: FieldNode, scope: Scope): Measure {
  const inner = field.selectionSet ? measureSelections(field.selectionSet, scope) : NOTHING
  const aliases = inner.aliases + (field.alias ? 1 : 0)
  // Introspection is deep by nature, costs no query, and graphql-js limits its nesting (MaxIntrospectionDepthRule).
  if (field.name.value.startsWith('__')) return { depth: 1, aliases, cost: 1 + inner.cost }
  return { depth: 1 + inner.depth, aliases, cost: 1 + listLength(field, scope) * inner.cost }
}

function measureFragment(name: string, scope: Scope): Measure {
  const known = scope.measured.get(name)
  if (known) return known
  const fragment = scope.fragments.get(name)
  if (!fragment) return NOTHING
  // Stands in while the fragment is being measured, so that a cycle ends; validation refuses cycles afterwards.
  scope.measured.set(name, NOTHING)
  const measure = measureSelections(fragment.selectionSet, scope)
  scope.measured.set(name, measure)
  return measure
}

function listLength(field: FieldNode, scope: Scope): number {
  for (const argument of field.arguments ?? []) {
    if (argument.name.value !== 'first' && argument.name.value !== 'last') continue
    const { value } = argument
    const asked =
      value.kind === Kind.INT
        ? Number(value.value)
        : value.kind === Kind.VARIABLE
          ? (scope.variables[value.name.value] ?? scope.defaults.get(value.name.value))
          : undefined
    if (typeof asked === 'number' && asked >= 0) return asked
  }
  const isConnection = field.selectionSet?.selections.some(
    (selection) => selection.kind === Kind.FIELD && (selection.name.value === 'edges' || selection.name.value === 'nodes'),
  )
  return isConnection ? USUAL_PAGE : 1
}

/** What is too much about a measure; empty when nothing is. */
export function excesses(measure: Measure, limits: Limits): readonly GraphQLError[] {
  const checks = [
    { asked: measure.depth, most: limits.maxDepth, what: 'levels of fields' },
    { asked: measure.aliases, most: limits.maxAliases, what: 'aliases' },
    { asked: measure.cost, most: limits.maxCost, what: 'fields, counting each as often as the lists around it are long' },
  ]
  return checks
    .filter((check) => check.asked > check.most)
    .map(
      (check) =>
        new GraphQLError(`The document asks for ${check.asked} ${check.what}; at most ${check.most} are allowed.`, { extensions: { code: 'TOO_COMPLEX' } }),
    )
}
