import type { ASTNode, DocumentNode, FieldNode, FragmentDefinitionNode, OperationDefinitionNode, SelectionSetNode } from 'graphql'
import { type PreparedDocument, responseKeyOf } from './prepare-document.ts'
import { applies } from './schema-lookups.ts'

/** Names that a document of an app hardly has. */
export const POLLED = { done: 'batutaDone', cursor: 'batutaCursor', events: 'batutaEvents', replay: 'batutaReplay' } as const

/** A query that answers what a subscription would say. */
export interface PollDocument {
  readonly document: DocumentNode
  /** Variables that it takes, apart from `batutaReplay`. */
  readonly variables: readonly string[]
}

/** Fields that a frame of this type has, fragments resolved. */
export function fieldsOfFrame(prepared: PreparedDocument, type: string): readonly FieldNode[] {
  const flatten = (set: SelectionSetNode): readonly FieldNode[] =>
    set.selections.flatMap((selection) => {
      if (selection.kind === 'Field') return [selection]
      const fragment = selection.kind === 'InlineFragment' ? selection : prepared.fragments.get(selection.name.value)
      return fragment && (!fragment.typeCondition || applies(fragment.typeCondition.name.value, type)) ? flatten(fragment.selectionSet) : []
    })
  const set = rootField(prepared).selectionSet
  return set ? flatten(set) : []
}

export function rootField({ operation }: PreparedDocument): FieldNode {
  const [field] = operation.selectionSet.selections
  if (field?.kind !== 'Field') throw new TypeError('expected a subscription to select its field directly')
  return field
}

/** `operation(id) { … }` as a query. */
export function pollOperation(prepared: PreparedDocument): PollDocument {
  const field = rootField(prepared)
  const id = argument(field, 'id')
  return asQuery(prepared, {
    ...field,
    arguments: id ? [id] : [],
    selectionSet: selectionSet([...(field.selectionSet?.selections ?? []), aliased(POLLED.done, 'done')]),
  })
}

/** `operationEvents(operationId, after) { … }` as a query for a snapshot and a page of events. */
export function pollEvents(prepared: PreparedDocument): PollDocument {
  const field = rootField(prepared)
  const id = argument(field, 'operationId')
  const after = argument(field, 'after')
  const snapshot = fieldsOfFrame(prepared, 'OperationSnapshot').find((each) => each.name.value === 'operation')
  const page = selectionSet([
    node('edges', selectionSet([node('node', selectionSet(fieldsOfFrame(prepared, 'OperationEvent')))])),
    node('pageInfo', selectionSet([node('hasNextPage')])),
  ])
  const first = { kind: 'Argument', name: name('first'), value: { kind: 'IntValue', value: '100' } }
  const events = {
    ...aliased(POLLED.events, 'events'),
    arguments: [first, ...(after ? [after] : [])],
    directives: [{ kind: 'Directive', name: name('include'), arguments: [{ kind: 'Argument', name: name('if'), value: variable(POLLED.replay) }] }],
    selectionSet: page,
  } as unknown as FieldNode
  const own = [aliased(POLLED.done, 'done'), aliased(POLLED.cursor, 'cursor'), events]
  const operation = {
    ...aliased('operation', 'operation'),
    arguments: id ? [{ ...id, name: name('id') }] : [],
    selectionSet: selectionSet([...(snapshot?.selectionSet?.selections ?? []), ...own]),
  } as FieldNode
  return asQuery(prepared, operation)
}

const name = (value: string) => ({ kind: 'Name', value }) as FieldNode['name']
const variable = (value: string) => ({ kind: 'Variable', name: name(value) })
const node = (field: string, set?: SelectionSetNode) => ({ kind: 'Field', name: name(field), ...(set ? { selectionSet: set } : {}) }) as FieldNode
const aliased = (alias: string, field: string) => ({ kind: 'Field', alias: name(alias), name: name(field) }) as FieldNode
const selectionSet = (selections: SelectionSetNode['selections']) => ({ kind: 'SelectionSet', selections }) as SelectionSetNode
const argument = (field: FieldNode, wanted: string) => field.arguments?.find((each) => each.name.value === wanted)

const REPLAY_DEFINITION = {
  kind: 'VariableDefinition',
  variable: variable(POLLED.replay),
  type: { kind: 'NonNullType', type: { kind: 'NamedType', name: name('Boolean') } },
}

/** The query with the fragments and variables that it uses, and no others: servers refuse what is not used. */
function asQuery(prepared: PreparedDocument, field: FieldNode): PollDocument {
  const used = new Used(prepared.fragments)
  used.visit(field)
  const definitions = prepared.operation.variableDefinitions?.filter((each) => used.variables.has(each.variable.name.value)) ?? []
  const replay = used.variables.has(POLLED.replay) ? [REPLAY_DEFINITION] : []
  const { directives: _directives, ...operation } = prepared.operation
  const query = {
    ...operation,
    operation: 'query',
    variableDefinitions: [...definitions, ...replay],
    selectionSet: selectionSet([field]),
  } as unknown as OperationDefinitionNode
  return {
    document: { kind: 'Document' as DocumentNode['kind'], definitions: [query, ...used.fragments] },
    variables: definitions.map((each) => each.variable.name.value),
  }
}

/** Names that are reached from a node. */
class Used {
  readonly variables = new Set<string>()
  readonly #known: ReadonlyMap<string, FragmentDefinitionNode>
  readonly #fragments = new Map<string, FragmentDefinitionNode>()

  constructor(known: ReadonlyMap<string, FragmentDefinitionNode>) {
    this.#known = known
  }

  get fragments(): readonly FragmentDefinitionNode[] {
    return [...this.#fragments.values()]
  }

  visit(value: unknown): void {
    if (Array.isArray(value)) for (const each of value) this.visit(each)
    if (typeof value !== 'object' || value === null || !('kind' in value)) return
    const ast = value as ASTNode
    if (ast.kind === 'Variable') this.variables.add(ast.name.value)
    if (ast.kind === 'FragmentSpread') this.#enter(ast.name.value)
    for (const [key, child] of Object.entries(ast)) if (key !== 'loc') this.visit(child)
  }

  #enter(fragment: string): void {
    const definition = this.#known.get(fragment)
    if (!definition || this.#fragments.has(fragment)) return
    this.#fragments.set(fragment, definition)
    this.visit(definition)
  }
}

/** A frame made of these values, under the keys that the document gives them. */
export function frameOf(prepared: PreparedDocument, type: string, values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const fields = fieldsOfFrame(prepared, type).map((field) => [responseKeyOf(field), values[field.name.value]] as const)
  return { [responseKeyOf(rootField(prepared))]: { ...Object.fromEntries(fields), __typename: type } }
}
