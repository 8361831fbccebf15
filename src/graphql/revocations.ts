import { InvalidInputError } from '../base/errors.ts'
import type { RevocationRecord, RevocationTarget } from '../revocation/revocation.ts'
import { revocationRefusal, viewerOf } from './authorize.ts'
import type { Builder } from './builder.ts'
import type { Context } from './context.ts'
import { InputCheck, LIMITS } from './limits.ts'
import { type ForbiddenRefusal, forbidden, type InvalidInputRefusal, invalidInput, type Refusal } from './refusals.ts'

type Maybe<Value> = Value | null | undefined

interface RevokedAccess {
  readonly __typename: 'RevokeAccessPayload'
  readonly revocation: RevocationRecord
}

/** Taking access away before its tokens expire. */
export function addRevocations(builder: Builder): void {
  const input = builder.inputType('RevokeAccessInput', {
    description: 'Whose access to revoke: exactly one of userId and tokenId.',
    fields: (t) => ({
      userId: t.id({
        description: 'A user (`sub`): all tokens issued (`iat`) up to now, and those that do not say when they were issued. A later sign-in is good.',
      }),
      tokenId: t.id({ description: 'One token, by its id (`jti`).' }),
      reason: t.string({ required: true, description: `Why, for other administrators; 1 to ${LIMITS.reason} characters.` }),
      until: t.field({
        type: 'DateTime',
        description:
          'When the last of these tokens expires, if you know: the revocation is forgotten then. At most the longest life of a token, if the server has one.',
      }),
    }),
  })
  const payload = addPayload(builder)
  const result = builder.unionType('RevokeAccessResult', {
    description: 'What revoking access answers with.',
    types: [payload, 'InvalidInputError', 'ForbiddenError'],
    resolveType: (value: RevokedAccess | Refusal) => value.__typename,
  })
  builder.mutationField('revokeAccess', (t) =>
    t.field({
      type: result,
      description:
        'Revokes access: within a second every instance refuses these tokens, closes their sockets (4403) and ends their event streams (UNAUTHENTICATED). Safe to repeat. For administrators.',
      args: { input: t.arg({ type: input, required: true, description: 'Whose access, and why.' }) },
      // Safety does not wait for a maintenance.
      gate: 'none',
      resolve: (_root, args, context) => revoke(context, args.input),
    }),
  )
}

function addPayload(builder: Builder) {
  const revocation = builder.objectRef<RevocationRecord>('AccessRevocation').implement({
    description: 'Access that was revoked: of a user, or of one token.',
    fields: (t) => ({
      userId: t.id({ nullable: true, description: 'The user whose tokens were revoked.', resolve: ({ kind, key }) => (kind === 'user' ? key : null) }),
      tokenId: t.id({ nullable: true, description: 'The token that was revoked.', resolve: ({ kind, key }) => (kind === 'token' ? key : null) }),
      reason: t.exposeString('reason', { description: 'Why.' }),
      revokedAt: t.field({
        type: 'DateTime',
        description: "When, by the database's clock. Tokens of the user that were issued up to then are refused.",
        resolve: (record) => record.revokedAt,
      }),
      revokedBy: t.field({ type: 'Actor', description: 'By whom.', resolve: (record) => record.revokedBy }),
      until: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it is forgotten, because all its tokens have expired; null: it is kept.',
        resolve: (record) => record.until,
      }),
    }),
  })
  return builder.objectRef<RevokedAccess>('RevokeAccessPayload').implement({
    description: 'The access is revoked.',
    fields: (t) => ({ revocation: t.field({ type: revocation, description: 'What was revoked.', resolve: (revoked) => revoked.revocation }) }),
  })
}

interface RevokeInput {
  readonly userId?: Maybe<string>
  readonly tokenId?: Maybe<string>
  readonly reason: string
  readonly until?: Maybe<Date>
}

async function revoke(context: Context, input: RevokeInput): Promise<RevokedAccess | InvalidInputRefusal | ForbiddenRefusal> {
  const refusal = revocationRefusal(context)
  if (refusal) return forbidden(refusal)
  try {
    return { __typename: 'RevokeAccessPayload', revocation: await revokeAsAsked(context, input) }
  } catch (error) {
    if (error instanceof InvalidInputError) return invalidInput(error)
    throw error
  }
}

/** Throws `InvalidInputError`. */
async function revokeAsAsked(context: Context, input: RevokeInput): Promise<RevocationRecord> {
  const check = new InputCheck()
  const target = targetOf(input, check)
  check.text('input.reason', input.reason, { from: 1, to: LIMITS.reason })
  if (input.until && input.until.getTime() <= context.services.clock.now()) {
    check.add('input.until', `expected an instant in the future, got ${input.until.toISOString()}`)
  }
  check.done()
  const revocation = await context.services.revocations.revoke({
    target,
    reason: input.reason,
    revokedBy: viewerOf(context).actor,
    until: input.until ?? undefined,
  })
  if (revocation) return revocation
  const message = 'there are too many revocations to keep another one; change the key that tokens are signed with, which ends all of them'
  throw new InvalidInputError([{ path: 'input', message }])
}

function targetOf({ userId, tokenId }: RevokeInput, check: InputCheck): RevocationTarget {
  check.text('input.userId', userId, { from: 1, to: LIMITS.subject })
  check.text('input.tokenId', tokenId, { from: 1, to: LIMITS.tokenId })
  const [isUser, isToken] = [typeof userId === 'string', typeof tokenId === 'string']
  if (isUser === isToken) check.add('input', `expected exactly one of userId and tokenId, got ${isUser ? 'both' : 'none'}`)
  return isToken ? { kind: 'token', key: tokenId as string } : { kind: 'user', key: userId ?? '' }
}
