/** Who or what causes a change. Roles are what a token grants; `SYSTEM` is Batuta itself. */
export const ROLES = ['USER', 'ADMIN', 'SERVICE'] as const
export type Role = (typeof ROLES)[number]

export interface Actor {
  readonly kind: 'user' | 'admin' | 'service' | 'system'
  /** Subject of the token; `system` for Batuta itself. */
  readonly id: string
  readonly name?: string
}
