import type { DocumentNode, FieldNode, ObjectValueNode, OperationDefinitionNode } from 'graphql'
import { keyedMutations } from './generated/schema-facts.ts'

/** A mutation on its way. */
export interface Request {
  readonly document: DocumentNode
  readonly variables: Readonly<Record<string, unknown>>
}

/** A new key: one per action of a user. */
export function newIdempotencyKey(): string {
  // crypto.randomUUID is missing on pages without TLS.
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * The mutation with a key for each start that has none, so that sending it again starts nothing twice. Keys of the caller stay. The same object comes
 * back when nothing was added. Call it once per action of a user, before anything that retries.
 */
export function withIdempotencyKeys(request: Request, newKey: () => string = newIdempotencyKey): Request {
  const operation = mutationOf(request.document)
  if (!operation) return request
  let { variables } = request
  const literals = new Map<unknown, string>()
  for (const field of keyedFields(operation)) {
    const value = inputOf(field)
    if (value?.kind === 'Variable') variables = withKeyInVariable(variables, value.name.value, newKey)
    else if (value?.kind === 'ObjectValue' && !hasKey(value)) literals.set(value, newKey())
  }
  if (literals.size === 0 && variables === request.variables) return request
  return { document: literals.size === 0 ? request.document : withKeysInLiterals(request.document, literals), variables }
}

/** True when sending it again changes nothing more: it is a query, or all that it does are starts with keys. */
export function isRepeatable({ document, variables }: Request): boolean {
  const mutation = mutationOf(document)
  if (!mutation) return true
  const fields = keyedFields(mutation)
  return fields.length === mutation.selectionSet.selections.length && fields.every((field) => isKeyed(field, variables))
}

const mutationOf = (document: DocumentNode): OperationDefinitionNode | undefined =>
  document.definitions.find((definition) => definition.kind === 'OperationDefinition' && definition.operation === 'mutation') as
    | OperationDefinitionNode
    | undefined

const keyedFields = (operation: OperationDefinitionNode): readonly FieldNode[] =>
  operation.selectionSet.selections.filter((selection): selection is FieldNode => selection.kind === 'Field' && selection.name.value in keyedMutations)

const inputOf = (field: FieldNode) => field.arguments?.find((argument) => argument.name.value === keyedMutations[field.name.value])?.value
const hasKey = (value: ObjectValueNode): boolean => value.fields.some((field) => field.name.value === 'idempotencyKey')

function isKeyed(field: FieldNode, variables: Request['variables']): boolean {
  const value = inputOf(field)
  if (value?.kind === 'ObjectValue') return hasKey(value)
  const input = value?.kind === 'Variable' ? (variables[value.name.value] as { readonly idempotencyKey?: unknown } | undefined) : undefined
  return typeof input?.idempotencyKey === 'string'
}

function withKeyInVariable(variables: Request['variables'], name: string, newKey: () => string): Request['variables'] {
  const input = variables[name]
  if (typeof input !== 'object' || input === null || (input as { idempotencyKey?: unknown }).idempotencyKey != null) return variables
  return { ...variables, [name]: { ...input, idempotencyKey: newKey() } }
}

function withKeysInLiterals(document: DocumentNode, literals: ReadonlyMap<unknown, string>): DocumentNode {
  const replace = (node: unknown): unknown => {
    const key = literals.get(node)
    if (key !== undefined) return withKey(node as ObjectValueNode, key)
    if (Array.isArray(node)) return node.map(replace)
    if (typeof node !== 'object' || node === null || !('kind' in node)) return node
    return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, name === 'loc' ? value : replace(value)]))
  }
  return { kind: document.kind, definitions: document.definitions.map(replace) as unknown as DocumentNode['definitions'] }
}

function withKey(literal: ObjectValueNode, key: string): ObjectValueNode {
  const field = { kind: 'ObjectField', name: { kind: 'Name', value: 'idempotencyKey' }, value: { kind: 'StringValue', value: key } }
  return { ...literal, fields: [...literal.fields, field] } as ObjectValueNode
}
