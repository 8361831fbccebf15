import { messageOf } from '../../src/base/errors.ts'
import { parseStormOptions, rerunCommand } from './storm/options.ts'
import { renderReport } from './storm/report.ts'
import { runStorm } from './storm/storm.ts'

/**
 * `npm run chaos`: real instances, a PostgreSQL and a Redis of their own, clients, and everything that can go wrong in random order.
 * Prints how it goes and what it came to; ends with 1 when anybody lost anything.
 */
/** Where lines can't be written over, this many are passed over. */
const LINES_BETWEEN = 20
let lines = 0

function showProgress(line: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[2K${line.slice(0, process.stdout.columns)}`)
  else if (lines % LINES_BETWEEN === 0) console.log(line)
  lines += 1
}

try {
  const options = parseStormOptions(process.argv.slice(2))
  console.log(`Again: ${rerunCommand(options)}`)
  const report = await runStorm(options, showProgress)
  console.log(`\n${renderReport(report)}`)
  process.exitCode = report.violations.length === 0 ? 0 : 1
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
