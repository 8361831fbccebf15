import type { FragmentDefinitionNode, SelectionSetNode, ValueNode } from 'graphql'
import { responseKeyOf } from './prepare-document.ts'
import { applies } from './schema-lookups.ts'

/** One field of an answer: how the schema calls it (arguments included), and what was selected below it. */
export interface CollectedField {
  /** Same key, same field with the same arguments, whatever its alias. */
  readonly key: string
  readonly sets: readonly SelectionSetNode[]
}

export interface Selecting {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly variables: Readonly<Record<string, unknown>>
}

/** Fields that a document selects of an object of this type, by response key. */
export function collectFields(selecting: Selecting, objectType: string, sets: readonly SelectionSetNode[]): ReadonlyMap<string, CollectedField> {
  const found = new Map<string, CollectedField>()
  const collect = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === 'Field') {
        const responseKey = responseKeyOf(selection)
        const before = found.get(responseKey)?.sets ?? []
        const args = selection.arguments?.map((each) => `${each.name.value}:${JSON.stringify(jsonOf(each.value, selecting.variables))}`).toSorted() ?? []
        const key = args.length === 0 ? selection.name.value : `${selection.name.value}(${args.join()})`
        found.set(responseKey, { key, sets: selection.selectionSet ? [...before, selection.selectionSet] : before })
        continue
      }
      const fragment = selection.kind === 'InlineFragment' ? selection : selecting.fragments.get(selection.name.value)
      if (fragment && (!fragment.typeCondition || applies(fragment.typeCondition.name.value, objectType))) collect(fragment.selectionSet)
    }
  }
  for (const set of sets) collect(set)
  return found
}

/** The JSON that a value of a document stands for. */
export function jsonOf(node: ValueNode, variables: Readonly<Record<string, unknown>>): unknown {
  if (node.kind === 'Variable') return variables[node.name.value]
  if (node.kind === 'ListValue') return node.values.map((each) => jsonOf(each, variables))
  if (node.kind === 'ObjectValue') return Object.fromEntries(node.fields.map((each) => [each.name.value, jsonOf(each.value, variables)]))
  return node.kind === 'NullValue' ? null : node.value
}
