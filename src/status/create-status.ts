import type { Clock } from '../base/clock.ts'
import type { Bus } from '../bus/bus.ts'
import type { Database } from '../database/database.ts'
import type { Engine } from '../engine/engine.ts'
import type { Telemetry } from '../telemetry/facts.ts'
import { StatusBoard } from './live/status-board.ts'
import { StatusPage } from './page/status-page.ts'
import { createStatusReader, type StatusReader } from './status-reader.ts'
import { StatusWindows } from './status-windows.ts'

export interface StatusParams {
  readonly database: Database
  readonly engine: Engine
  readonly bus: Bus
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Whether instances can't reach each other although they are configured to. */
  readonly isBusDegraded: () => boolean
  /** After the commit of a change of windows, for whoever announces them. */
  readonly onWindowsChanged?: () => void
}

/** Who is affected by what: asked, watched, decided by hand, and told to the world. */
export interface Status {
  readonly reader: StatusReader
  readonly board: StatusBoard
  readonly windows: StatusWindows
  readonly page: StatusPage
}

export function createStatus(params: StatusParams): Status {
  const reader = createStatusReader(params)
  const board = new StatusBoard(params)
  const onChange = () => {
    board.windowsChanged()
    params.onWindowsChanged?.()
  }
  const windows = new StatusWindows({ database: params.database, onChange })
  return { reader, board, windows, page: new StatusPage({ reader, clock: params.clock, telemetry: params.telemetry }) }
}
