import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { ConfigError, readConfig } from './config.js'
import { OshError } from './errors.js'
import { openServices } from './services.js'
import { isDay, toDay } from './snapshots/day.js'
import { openDisplay, summarize } from './ingest/display.js'
import { readSavedAnswer } from './ingest/source.js'

const usage = `Usage: npm run ingest -- [options]

Fetches upstream and publishes today's snapshot, without the HTTP service.

  --file PATH --date YYYY-MM-DD   publish a saved response for a day that was missed
  --force                         accept a register that lost more rows than INGEST_MAX_SHRINK
  --help                          show this

Exit code 0: published, unchanged, or superseded by a newer fetch; 1: refused or failed.
`

class UsageError extends Error {
  constructor (message: string) {
    super(`${message}; see npm run ingest -- --help`)
  }
}

interface Arguments {
  file: string | undefined
  date: string | undefined
  force: boolean
  help: boolean
}

try {
  process.exitCode = await main(readArguments())
} catch (error) {
  const isKnown = error instanceof ConfigError || error instanceof OshError || error instanceof UsageError
  process.stderr.write(`${isKnown ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 1
}

async function main ({ file, date, force, help }: Arguments): Promise<number> {
  if (help) {
    process.stdout.write(usage)
    return 0
  }
  const display = openDisplay(process.stderr)
  const parts = await openServices(readConfig(process.env), pino({ level: 'silent' }), {
    ...(file !== undefined && date !== undefined && { fetch: readSavedAnswer(file, toDay(date)) }),
    onIngestChange: report => display.show(report),
  })
  const stop = () => { parts.runs.stop().catch(() => undefined) }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    const { report, ended } = parts.runs.start(force)
    const error = await ended
    display.end()
    process.stdout.write(`${summarize(report)}\n`)
    return error === undefined ? 0 : 1
  } finally {
    await parts.close()
  }
}

function readArguments (): Arguments {
  const { file, date, force = false, help = false } = parse()
  if ((file === undefined) !== (date === undefined)) throw new UsageError('--file and --date go together')
  if (date !== undefined && !isDay(toDay(date))) throw new UsageError(`--date takes a day such as 2026-11-20, not ${date}`)
  if (file !== undefined && !existsSync(file)) throw new UsageError(`--file: there is no ${file}`)
  return { file, date, force, help }
}

function parse () {
  try {
    return parseArgs({ options: { file: { type: 'string' }, date: { type: 'string' }, force: { type: 'boolean' }, help: { type: 'boolean' } } }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
