import type { FinishedImport, ImportResult } from './import-client.ts'
import type { EventFrame } from './watch-import.ts'

const counted = new Intl.NumberFormat('en-US')

/** `  #3   step started: check`; the numbers show that none is missing. */
export function eventText(event: Pick<EventFrame, 'seq' | 'type' | 'data'>): string {
  const { step, percentage, message } = event.data
  const about = [step, typeof percentage === 'number' ? `${percentage} %` : undefined, message].filter((part) => typeof part === 'string')
  return `  #${String(event.seq).padEnd(3)} ${[event.type.toLowerCase().replaceAll('_', ' '), ...about].join(': ')}`
}

/** What came of an import, line by line. `url` is the server's address. */
export function resultText(finished: FinishedImport, url: string): readonly string[] {
  const { state, failure, result, batch } = finished
  const rejects = batch ? [`Rejected rows, as CSV: ${new URL(batch.rejectedCsvUrl, url)}`] : []
  if (state === 'COMPLETED' && result) return [...completedText(result), ...rejects]
  if (failure) return [`The import failed: ${failure.message} (${failure.code}).`, ...rejects]
  return [`The import is ${state.toLowerCase()}; what was written until then is kept.`, ...rejects]
}

function completedText({ accepted, rejected, durationMs, totals }: ImportResult): readonly string[] {
  const summary = `Done in ${(durationMs / 1_000).toFixed(1)} s: ${counted.format(accepted)} rows accepted, ${counted.format(rejected)} rejected.`
  const amounts = totals.map(({ amount }) => groupDigits(amount))
  const width = Math.max(0, ...amounts.map((amount) => amount.length))
  return [
    '',
    summary,
    ...totals.map(({ currency, count }, index) => `  ${currency}  ${(amounts[index] as string).padStart(width)}  in ${counted.format(count)} rows`),
  ]
}

/** `1207315736.42` → `1,207,315,736.42`; by text, because a number would round what is exact. */
const groupDigits = (amount: string): string => amount.replace(/\B(?<!\.\d*)(?=(?:\d{3})+(?!\d))/g, ',')
