/**
 * Facts: what the code did, as typed values. The code emits facts; the log and the metrics listen. No other module logs.
 * Each layer adds its own by declaration merging: `declare module '…/telemetry/facts.ts' { interface Facts { 'x.happened': {…} } }`.
 * Names are past tense, dotted. Payloads carry no secrets and no personal data.
 */
export interface Facts {
  /** Something failed and was dealt with; `where` names the piece, `error` is for operators only. */
  'failure.contained': { readonly where: string; readonly error: unknown }
}

export type FactName = keyof Facts
export type FactListener = <Name extends FactName>(name: Name, fact: Facts[Name]) => void

export class Telemetry {
  readonly #listeners = new Set<FactListener>()

  emit<Name extends FactName>(name: Name, fact: Facts[Name]): void {
    for (const listener of this.#listeners) listener(name, fact)
  }

  listen(listener: FactListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
