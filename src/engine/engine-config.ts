/** How one instance of the engine behaves. */
export interface EngineConfig {
  /** False: this instance only serves the API. */
  readonly works: boolean
  /** Runs at a time. */
  readonly slots: number
  /** After so long a silence an instance's runs are taken over. */
  readonly leaseMs: number
  /** Non-terminal operations that one owner may have. */
  readonly maxActivePerOwner: number
  /** Shown to operators. */
  readonly instanceName: string
  /** On a stop, how long runs may take to reach a boundary before they are aborted. */
  readonly drainMs?: number
  /** The embedded database has one instance: leases that are left at its start are nobody's. */
  readonly onlyInstance?: boolean
}
