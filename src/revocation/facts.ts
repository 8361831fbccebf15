declare module '../telemetry/facts.ts' {
  interface Facts {
    /** Revocations took effect in this process, whoever made them; `held` is all that it knows. No fact names users, tokens or reasons. */
    'access.revoked': { readonly count: number; readonly held: number }
    /** Their tokens have all expired. */
    'revocations.pruned': { readonly count: number }
  }
}

export {}
