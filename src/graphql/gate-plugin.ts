import SchemaBuilder, {
  BasePlugin,
  type FieldNullability,
  type InputFieldMap,
  type InputShapeFromFields,
  type PothosOutputFieldConfig,
  type SchemaTypes,
  type TypeParam,
} from '@pothos/core'
import { type GraphQLFieldResolver, type GraphQLOutputType, getNamedType, isUnionType } from 'graphql'
import { mayDo } from '../auth/access.ts'
import type { Feature } from '../base/features.ts'
import { uuidOf } from '../base/ids.ts'
import { viewerOf } from './authorize.ts'
import type { Context } from './context.ts'
import { demandGate, FeatureBlocked, type GateSubject } from './gate.ts'
import { InputCheck, LIMITS } from './limits.ts'

/**
 * Gates of mutations, in one line each: `gate: 'chat'`. The gate is asked for after authentication and before the mutation reads or changes anything, on
 * every transport. A mutation that says nothing has the gate `api`; one that must work whatever happens says `none`, and why.
 */
export type Gate = Feature | 'none'

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      gate: GatePlugin<Types>
    }

    export interface MutationFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveReturnShape,
    > {
      /** What must be open for it: `api` by default. Any feature includes `api`; `none`: works whatever happens. */
      gate?: Gate
      /** For starts: the type of operation that they start, so that a repetition of an accepted start is answered. */
      starts?: (args: InputShapeFromFields<Args>) => string
    }
  }
}

export const GATE_PLUGIN = 'gate'

interface GateOptions {
  readonly gate?: Gate
  readonly starts?: (args: object) => string
}

type Resolver = GraphQLFieldResolver<unknown, Context, object>
type MutationInput = Readonly<Record<string, unknown>>

export class GatePlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(config: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    if (config.kind !== 'Mutation') return config
    // For whoever looks at the schema: each mutation has one.
    return { ...config, extensions: { ...config.extensions, gate: optionsOf(config).gate ?? 'api' } }
  }

  override wrapResolve(resolver: GraphQLFieldResolver<unknown, Types['Context'], object>, config: PothosOutputFieldConfig<Types>): typeof resolver {
    return config.kind === 'Mutation' ? (gated(resolver, optionsOf(config)) as typeof resolver) : resolver
  }
}

SchemaBuilder.registerPlugin(GATE_PLUGIN, GatePlugin)

const optionsOf = <Types extends SchemaTypes>(config: PothosOutputFieldConfig<Types>): GateOptions => config.pothosOptions as GateOptions

function gated(resolver: Resolver, { gate = 'api', starts }: GateOptions): Resolver {
  return async (root, args, context, info) => {
    try {
      if (gate !== 'none') await pass(context, gate, subjectOf(context, args, starts))
      return await resolver(root, args, context, info)
    } catch (error) {
      if (!(error instanceof FeatureBlocked)) throw error
      if (showsBlocked(info.returnType)) return error.refusal
      throw error.toRequestError()
    }
  }
}

/** The feature's own gate first: it says more. */
async function pass(context: Context, gate: Feature, subject: GateSubject): Promise<void> {
  for (const feature of new Set<Feature>([gate, 'api'])) await demandGate(context, feature, subject)
}

/** Throws UNAUTHENTICATED. What is wrong with the input is told by the mutation itself, after the gate. */
function subjectOf(context: Context, args: object, starts: GateOptions['starts']): GateSubject {
  const viewer = viewerOf(context)
  const input = ('input' in args ? (args.input ?? {}) : {}) as MutationInput
  const ownerId = textOf(input.ownerId, LIMITS.ownerId)
  // Whoever may not act for that user is refused by the mutation and learns nothing about them here.
  const actsFor = ownerId !== undefined && mayDo(viewer, 'askStatus', ownerId).allowed ? ownerId : viewer.id
  const idempotencyKey = textOf(input.idempotencyKey, LIMITS.idempotencyKey)
  return {
    userId: actsFor,
    except: typeof input.id === 'string' ? uuidOf('operation', input.id) : undefined,
    ...(starts && { start: { type: starts(args), idempotencyKey } }),
  }
}

/** A text that the database can be asked with. */
function textOf(value: unknown, longest: number): string | undefined {
  if (typeof value !== 'string') return undefined
  const check = new InputCheck()
  check.text('input', value, { from: 1, to: longest })
  return check.isGood ? value : undefined
}

function showsBlocked(type: GraphQLOutputType): boolean {
  const result = getNamedType(type)
  return isUnionType(result) && result.getTypes().some(({ name }) => name === 'FeatureBlockedError')
}
