import type { StorePlatform } from '../../domains/stores/records.ts'
import { grantStart } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { checkInput, LIMITS } from '../limits.ts'
import { answer, type Refusal } from '../refusals.ts'
import { belowInput } from './check-connection.ts'
import type { StoreEnums } from './store-enums.ts'

type Maybe<Value> = Value | null | undefined

interface InstallLink {
  readonly __typename: 'CreateStoreInstallLinkPayload'
  readonly url: string
  readonly expiresAt: Date
}

/** The other way to connect a shop: its owner consents on a page of the platform, and no token is typed. */
export function addInstallLink(builder: Builder, { platform }: StoreEnums): void {
  const input = builder.inputType('CreateStoreInstallLinkInput', {
    description: 'Which shop is to be connected.',
    fields: (t) => ({
      platform: t.field({ type: platform, required: true, description: 'What the shop runs on.' }),
      name: t.string({ description: `What the store is called, at most ${LIMITS.name} characters; by default as the shop calls itself.` }),
      ownerId: t.id({ description: 'Whose store it will be; by default the viewer. Services and administrators may act for a user.' }),
    }),
  })
  const payload = builder.objectRef<InstallLink>('CreateStoreInstallLinkPayload').implement({
    description: "A link to the platform's page of consent.",
    fields: (t) => ({
      url: t.exposeString('url', { description: 'Open it in a browser: after the consent the connection starts by itself. Good for one use.' }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when it is good.' }),
    }),
  })
  const result = builder.unionType('CreateStoreInstallLinkResult', {
    description: 'What asking for an install link answers with.',
    types: [payload, 'InvalidInputError', 'ForbiddenError'],
    resolveType: (value: InstallLink | Refusal) => value.__typename,
  })
  builder.mutationField('createStoreInstallLink', (t) =>
    t.field({
      type: result,
      description: "Makes a link to a platform's page of consent (OAuth). Whoever consents there connects their shop, and STORE_CONNECTION starts.",
      args: { input: t.arg({ type: input, required: true, description: 'Which shop.' }) },
      // Nothing is looked up, so nothing can be missing.
      resolve: (_root, args, context) => answer(() => createLink(context, args.input)) as Promise<InstallLink>,
    }),
  )
}

interface LinkInput {
  readonly platform: StorePlatform
  readonly name?: Maybe<string>
  readonly ownerId?: Maybe<string>
}

async function createLink(context: Context, { platform, name, ownerId }: LinkInput): Promise<InstallLink> {
  checkInput((check) => {
    check.text('input.name', name, { from: 1, to: LIMITS.name })
    check.text('input.ownerId', ownerId, { from: 1, to: LIMITS.ownerId })
  })
  const definition = context.services.engine.registry.getOrThrow('STORE_CONNECTION')
  const grant = grantStart(context, { definition, ownerId: ownerId ?? undefined, priority: undefined })
  const wish = { ownerId: grant.ownerId, tenantId: grant.tenantId, actor: grant.actor, platform, name: name ?? undefined }
  const { url, expiresAt } = await belowInput(() => context.services.stores.shops.installLink(wish))
  return { __typename: 'CreateStoreInstallLinkPayload', url, expiresAt }
}
