import type {
  ArgumentNode,
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  InlineFragmentNode,
  OperationDefinitionNode,
  SelectionNode,
  SelectionSetNode,
  VariableDefinitionNode,
} from 'graphql'
import { losslessFields } from './generated/schema-facts.ts'
import { isFrame, isRevised, isVersioned, sequencedAmong, typeOfField } from './schema-lookups.ts'

/**
 * What is sent in place of a document of the app: the same, with the fields that order answers (`id`, `version`, `revision`) and those by which a
 * stream is resumed (`cursor`, `seq`, the argument `after`). Caches go on working by the app's document; what was added is not asked of them.
 */
export interface PreparedDocument {
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** Set when it subscribes to a lossless stream. */
  readonly stream?: LosslessStream
}

export interface LosslessStream {
  /** Where the frame stands in `data`. */
  readonly responseKey: string
  /** The variable that takes the cursor. */
  readonly afterVariable: string
}

export const ROOTS = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' } as const
const prepared = new WeakMap<DocumentNode, PreparedDocument>()

/** Throws a `TypeError` for a document without exactly one operation. */
export function prepareDocument(document: DocumentNode): PreparedDocument {
  const known = prepared.get(document)
  if (known) return known
  const made = prepare(document)
  prepared.set(document, made)
  // Preparing what is prepared already changes nothing.
  prepared.set(made.document, made)
  return made
}

function prepare(document: DocumentNode): PreparedDocument {
  const operations = document.definitions.filter((definition) => definition.kind === 'OperationDefinition')
  const [only] = operations
  if (!only || operations.length > 1) throw new TypeError(`expected a document with one operation, got ${operations.length}`)
  const { operation, stream } = resumable({ ...only, selectionSet: completed(only.selectionSet, ROOTS[only.operation]) })
  const definitions = document.definitions.map((definition) => {
    if (definition === only) return operation
    if (definition.kind !== 'FragmentDefinition') return definition
    return { ...definition, selectionSet: completed(definition.selectionSet, definition.typeCondition.name.value) }
  })
  const fragments = new Map(definitions.flatMap((each) => (each.kind === 'FragmentDefinition' ? [[each.name.value, each] as const] : [])))
  return { document: { kind: 'Document' as DocumentNode['kind'], definitions }, operation, fragments, ...(stream ? { stream } : {}) }
}

const nameNode = (value: string) => ({ kind: 'Name', value }) as FieldNode['name']
const fieldNode = (name: string): FieldNode => ({ kind: 'Field', name: nameNode(name) }) as FieldNode
export const responseKeyOf = (field: FieldNode): string => (field.alias ?? field.name).value

/** The selection with what it lacks. Types of fields are known from the schema; below a field that is not known nothing is added. */
function completed(set: SelectionSetNode, type: string): SelectionSetNode {
  const selections = set.selections.map((selection): SelectionNode => {
    if (selection.kind === 'FragmentSpread' || !selection.selectionSet) return selection
    const inner = selection.kind === 'Field' ? typeOfField(type, selection.name.value) : (selection.typeCondition?.name.value ?? type)
    return inner === undefined ? selection : { ...selection, selectionSet: completed(selection.selectionSet, inner) }
  })
  const taken = new Set(selections.flatMap((selection) => (selection.kind === 'Field' ? [responseKeyOf(selection)] : [])))
  const added = fieldsNeeded(type)
    .filter((name) => !taken.has(name))
    .map(fieldNode)
  return { ...set, selections: [...selections, ...added, ...sequenceFragments(type)] }
}

function fieldsNeeded(type: string): readonly string[] {
  if (Object.values<string>(ROOTS).includes(type)) return []
  if (isVersioned(type)) return ['__typename', 'id', 'version']
  if (isRevised(type)) return ['__typename', 'revision']
  return isFrame(type) ? ['__typename', 'cursor'] : ['__typename']
}

function sequenceFragments(type: string): readonly InlineFragmentNode[] {
  if (!isFrame(type)) return []
  return sequencedAmong(type).map(
    (member) =>
      ({
        kind: 'InlineFragment',
        typeCondition: { kind: 'NamedType', name: nameNode(member) },
        selectionSet: { kind: 'SelectionSet', selections: [fieldNode('seq')] },
      }) as InlineFragmentNode,
  )
}

/** A subscription to a lossless stream takes its cursor from a variable: its own one, or one that is added. */
function resumable(operation: OperationDefinitionNode): { readonly operation: OperationDefinitionNode; readonly stream?: LosslessStream } {
  const [field] = operation.selectionSet.selections
  if (operation.operation !== 'subscription' || field?.kind !== 'Field' || !losslessFields.includes(field.name.value)) return { operation }
  const after = field.arguments?.find((argument) => argument.name.value === 'after')
  const responseKey = responseKeyOf(field)
  if (after?.value.kind === 'Variable') return { operation, stream: { responseKey, afterVariable: after.value.name.value } }
  if (after) throw new TypeError(`expected "after" of ${field.name.value} to be a variable, so that the stream can be resumed`)
  const variable = { kind: 'Variable', name: nameNode('after') } as VariableDefinitionNode['variable']
  const argument = { kind: 'Argument', name: nameNode('after'), value: variable } as ArgumentNode
  const definition = { kind: 'VariableDefinition', variable, type: { kind: 'NamedType', name: nameNode('Cursor') } } as VariableDefinitionNode
  const resumed: FieldNode = { ...field, arguments: [...(field.arguments ?? []), argument] }
  return {
    operation: {
      ...operation,
      variableDefinitions: [...(operation.variableDefinitions ?? []), definition],
      selectionSet: { ...operation.selectionSet, selections: [resumed] },
    },
    stream: { responseKey, afterVariable: 'after' },
  }
}
