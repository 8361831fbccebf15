import { toTypeId, uuidOf } from '../../base/ids.ts'
import { type CategoryRule, LONGEST_CATEGORY, LONGEST_PATTERN } from '../../domains/imports/categories.ts'
import { demandRuleEditor, viewerOf } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { InputCheck, LIMITS } from '../limits.ts'
import { answer, notFound, type Refusal, Refused } from '../refusals.ts'

export const CATEGORY_RULE_PREFIX = 'rule'

const isRule = (value: unknown): value is CategoryRule => typeof value === 'object' && value !== null && 'pattern' in value

/** Rules by which imports give rows their category: everybody reads them, administrators edit them. */
export function addCategoryRules(builder: Builder): void {
  const rule = addCategoryRule(builder)
  builder.queryField('categoryRules', (t) =>
    t.field({
      type: [rule],
      description: 'All category rules in the order in which they are tried, at most 500.',
      resolve: (_root, _args, context) => {
        viewerOf(context)
        return context.services.imports.categoryRules()
      },
    }),
  )
  addSet(builder, rule)
  addDelete(builder)
}

export async function findCategoryRule(context: Context, id: string): Promise<CategoryRule | null> {
  viewerOf(context)
  const uuid = uuidOf(CATEGORY_RULE_PREFIX, id)
  const rules = uuid === undefined ? [] : await context.services.imports.categoryRules()
  return rules.find((rule) => rule.id === uuid) ?? null
}

type RuleRef = ReturnType<typeof addCategoryRule>

function addCategoryRule(builder: Builder) {
  return builder.objectRef<CategoryRule>('CategoryRule').implement({
    description: 'Rows whose description fits the pattern get the category.',
    interfaces: ['Node'],
    isTypeOf: isRule,
    fields: (t) => ({
      id: t.id({ description: 'Id of the rule, such as rule_01jd3k….', resolve: (rule) => toTypeId(CATEGORY_RULE_PREFIX, rule.id) }),
      pattern: t.exposeString('pattern', { description: 'Text that the description contains, in any case; * stands for anything between two texts.' }),
      category: t.exposeString('category', { description: 'The category.' }),
      position: t.exposeInt('position', { description: 'Rules are tried in this order; the first that fits wins.' }),
    }),
  })
}

interface StoredRule {
  readonly __typename: 'CategoryRulePayload'
  readonly rule: CategoryRule
}

function addSet(builder: Builder, rule: RuleRef): void {
  const input = builder.inputType('SetCategoryRuleInput', {
    description: 'A category rule to make or to change.',
    fields: (t) => ({
      id: t.id({ description: 'The rule to change; absent: a new one.' }),
      pattern: t.string({
        required: true,
        description: `Text that the description contains, in any case; * stands for anything between two texts. At most ${LONGEST_PATTERN} characters.`,
      }),
      category: t.string({ required: true, description: `The category, at most ${LONGEST_CATEGORY} characters.` }),
      position: t.int({ defaultValue: 0, description: 'Rules are tried in this order; equal ones in the order in which they were made.' }),
    }),
  })
  const payload = builder.objectRef<StoredRule>('CategoryRulePayload').implement({
    description: 'The rule as it is now. It applies to imports from now on; STATEMENT_RECATEGORIZATION applies it to a batch.',
    fields: (t) => ({ rule: t.field({ type: rule, description: 'The rule.', resolve: (stored) => stored.rule }) }),
  })
  const result = builder.unionType('SetCategoryRuleResult', {
    description: 'What making or changing a category rule answers with.',
    types: [payload, 'InvalidInputError', 'NotFoundError', 'ForbiddenError'],
    resolveType: (value: StoredRule | Refusal) => value.__typename,
  })
  builder.mutationField('setCategoryRule', (t) =>
    t.field({
      type: result,
      description: 'Makes or changes a category rule. For administrators.',
      args: { input: t.arg({ type: input, required: true, description: 'The rule.' }) },
      resolve: (_root, args, context) => answer(() => setRule(context, args.input)),
    }),
  )
}

interface RuleInput {
  readonly id?: string | null | undefined
  readonly pattern: string
  readonly category: string
  readonly position?: number | null | undefined
}

async function setRule(context: Context, { id, pattern, category, position }: RuleInput): Promise<StoredRule> {
  demandRuleEditor(context)
  const check = new InputCheck()
  check.text('input.pattern', pattern, { from: 1, to: LONGEST_PATTERN })
  check.text('input.category', category, { from: 1, to: LONGEST_CATEGORY })
  check.whole('input.position', position, { from: 0, to: LIMITS.count })
  check.done()
  const known = id === null || id === undefined ? undefined : await ruleOrRefuse(context, id)
  const rule = await context.services.imports.setCategoryRule({ id: known?.id, pattern, category, position: position ?? known?.position })
  return { __typename: 'CategoryRulePayload', rule }
}

async function ruleOrRefuse(context: Context, id: string): Promise<CategoryRule> {
  const rule = await findCategoryRule(context, id)
  if (!rule) throw new Refused(notFound('category rule'))
  return rule
}

interface DeletedRule {
  readonly __typename: 'DeleteCategoryRulePayload'
  readonly ruleId: string
}

function addDelete(builder: Builder): void {
  const input = builder.inputType('DeleteCategoryRuleInput', {
    description: 'Which category rule to delete.',
    fields: (t) => ({ id: t.id({ required: true, description: 'Id of the rule.' }) }),
  })
  const payload = builder.objectRef<DeletedRule>('DeleteCategoryRulePayload').implement({
    description: 'The rule is gone; rows keep the categories that it gave them.',
    fields: (t) => ({
      ruleId: t.id({ description: 'Id of the rule, to remove it from lists.', resolve: (deleted) => toTypeId(CATEGORY_RULE_PREFIX, deleted.ruleId) }),
    }),
  })
  const result = builder.unionType('DeleteCategoryRuleResult', {
    description: 'What deleting a category rule answers with.',
    types: [payload, 'InvalidInputError', 'NotFoundError', 'ForbiddenError'],
    resolveType: (value: DeletedRule | Refusal) => value.__typename,
  })
  builder.mutationField('deleteCategoryRule', (t) =>
    t.field({
      type: result,
      description: 'Deletes a category rule. For administrators.',
      args: { input: t.arg({ type: input, required: true, description: 'Which one.' }) },
      resolve: (_root, args, context) => answer(() => deleteRule(context, args.input.id)),
    }),
  )
}

async function deleteRule(context: Context, id: string): Promise<DeletedRule> {
  demandRuleEditor(context)
  const rule = await ruleOrRefuse(context, id)
  await context.services.imports.deleteCategoryRule(rule.id)
  return { __typename: 'DeleteCategoryRulePayload', ruleId: rule.id }
}
