/** What the engine tells operators. Counts are per batch, so that facts cost the same at any load. */
declare module '../telemetry/facts.ts' {
  interface Facts {
    'operations.enqueued': { readonly count: number; readonly direct: number }
    'operations.claimed': { readonly count: number; readonly waitedMs: number }
    'operations.settled': { readonly completed: number; readonly failed: number; readonly other: number }
    'operations.rescued': { readonly count: number }
    'operations.expired': { readonly count: number }
    'operations.summed': { readonly count: number }
    'operations.pruned': { readonly count: number }
    'handler.failed': { readonly type: string; readonly operationId: string; readonly code: string; readonly willRetry: boolean; readonly error: unknown }
    'lease.lost': { readonly type: string; readonly operationId: string }
    'instance.registered': { readonly instanceId: string }
    'instance.lost': { readonly instanceId: string; readonly runs: number }
    'workers.restarted': { readonly instanceId: string; readonly generation: number }
    'run.abandoned': { readonly type: string; readonly operationId: string; readonly kind: string }
    'outbox.failed': { readonly consumer: string; readonly stream: string; readonly seq: number; readonly error: unknown }
  }
}

export {}
