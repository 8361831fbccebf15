/** Features of the product that can be blocked; declared here only. `api` is the gate of every change that names no other: in CRITICAL it is read only. */
export const FEATURES = ['chat', 'api'] as const
export type Feature = (typeof FEATURES)[number]
