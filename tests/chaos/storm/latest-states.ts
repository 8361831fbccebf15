export interface LatestFrame {
  readonly id: string
  readonly state: string
  readonly done: boolean
  readonly version: number
  readonly progress: { readonly revision: number }
}

interface Seen {
  readonly frame: LatestFrame
  readonly connection: number
}

/** What one latest-only subscription showed: versions never go back, and revisions don't on one connection (another instance may know less of what is not stored yet). */
export class LatestStates {
  readonly #who: string
  readonly #violate: (text: string) => void
  readonly #seen = new Map<string, Seen>()

  constructor(who: string, violate: (text: string) => void) {
    this.#who = who
    this.#violate = violate
  }

  /** Answers whether the operation is done. */
  take(frame: LatestFrame, connection: number): boolean {
    const before = this.#seen.get(frame.id)
    if (before && frame.version < before.frame.version) this.#complain(frame, `${describe(frame)} came after ${describe(before.frame)}`)
    if (before?.connection === connection && frame.progress.revision < before.frame.progress.revision) {
      this.#complain(frame, `${describe(frame)} came after ${describe(before.frame)} on one connection`)
    }
    this.#seen.set(frame.id, { frame, connection })
    return frame.done
  }

  /** Whether the end of this operation was shown. */
  hasEnd(id: string): boolean {
    return this.#seen.get(id)?.frame.done === true
  }

  /** Operations whose last frame on this connection was not their end. Ends that came while it was away are for a query to tell. */
  unfinished(connection: number): readonly string[] {
    return [...this.#seen.values()].filter((seen) => seen.connection === connection && !seen.frame.done).map(({ frame }) => frame.id)
  }

  /** Compares the ends that were shown with the truth. */
  check(stateOf: (id: string) => { readonly state: string; readonly version: number } | undefined): void {
    for (const { frame } of this.#seen.values()) {
      const truth = stateOf(frame.id)
      if (!truth) this.#complain(frame, 'there is no such operation')
      else if (frame.done && (frame.state !== truth.state || frame.version !== truth.version)) {
        this.#complain(frame, `ended as ${frame.state} (version ${frame.version}), but is ${truth.state} (version ${truth.version})`)
      }
    }
  }

  #complain(frame: LatestFrame, text: string): void {
    this.#violate(`${this.#who}, latest state of ${frame.id}: ${text}`)
  }
}

const describe = ({ state, version, progress }: LatestFrame): string => `${state} (version ${version}, revision ${progress.revision})`
