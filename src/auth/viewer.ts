import type { Actor, Role } from '../base/actor.ts'

/** Whom a request acts for, as its token says. */
export interface Viewer {
  /** Subject of the token. */
  readonly id: string
  /** Never empty. */
  readonly roles: readonly Role[]
  readonly tenantId: string | null
  readonly name?: string
  /** Mail address, where the token says one and that its issuer has verified it. */
  readonly verifiedEmail?: string
  /** How events and records name this viewer. */
  readonly actor: Actor
  /** When the token stops being good, milliseconds since the epoch; absent for the local administrator. */
  readonly tokenExpiresAtMs?: number
  /** When it was issued (`iat`), likewise; absent where the token does not say. */
  readonly tokenIssuedAtMs?: number
  /** Id of the token (`jti`), where it has one. */
  readonly tokenId?: string
  /** True only where no authentication is configured. */
  readonly isLocalAdmin: boolean
}

const kindOf = (roles: readonly Role[]): Actor['kind'] => {
  if (roles.includes('ADMIN')) return 'admin'
  return roles.includes('SERVICE') ? 'service' : 'user'
}

export type ViewerParams = Pick<Viewer, 'id' | 'roles' | 'tenantId' | 'name' | 'verifiedEmail' | 'tokenExpiresAtMs' | 'tokenIssuedAtMs' | 'tokenId'>

export function createViewer(params: ViewerParams): Viewer {
  const { id, name } = params
  const actor: Actor = { kind: kindOf(params.roles), id, ...(name === undefined ? {} : { name }) }
  return { ...params, actor, isLocalAdmin: false }
}

/** The one viewer of a Batuta without authentication, which listens on this machine only. */
export const LOCAL_ADMIN: Viewer = {
  ...createViewer({ id: 'local', roles: ['ADMIN', 'SERVICE', 'USER'], tenantId: null, name: 'Local administrator' }),
  isLocalAdmin: true,
}
