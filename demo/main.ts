import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { SingleBar } from 'cli-progress'
import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import { buildApp } from '../src/app.js'
import { ConfigError, readConfig, type Config } from '../src/config.js'
import { openDisplay, summarize } from '../src/ingest/display.js'
import { openServices, type Services } from '../src/services.js'
import { dayOf, toDate } from '../src/snapshots/day.js'
import { dateAfter, writeDays } from './days.js'
import { makeRegister, nextDay, type RegisterRecord } from './register.js'
import { startUpstream } from './upstream.js'

// `npm run demo -- --days 365`: with so many days before today, outside of the repository.
const { values: { days } } = parseArgs({ options: { days: { type: 'string', default: '0' } } })
const folder = days === '0' ? join('data', 'demo') : join(tmpdir(), `osh-api-demo-${days}-days`)
const store = join(folder, 'snapshots')
const mostDays = 10_000
const token = 'demo-token-for-this-machine-only'
const examples = [
  '/smallholders?state=1',
  '/aggregates/schemes?sort=-certified_area&pageSize=2',
  '/smallholders?cert_status=EXPIRED&certified_area__gte=4&sort=-certified_area&fields=name,entity_name,certified_area&pageSize=2',
]
const shownLength = 300

try {
  await demonstrate()
} catch (error) {
  process.stderr.write(`${explain(error)}\n`)
  process.exit(1)
}

/** The simulated upstream and the service together, until stopped; nothing leaves this machine. */
async function demonstrate (): Promise<void> {
  print('A simulated register of 47,500 plots is made …')
  const upstream = await startUpstream({ records: await makeRecords() })
  const config = readConfig({
    SNAPSHOT_STORE: `file:${store}`,
    SNAPSHOT_CACHE_DIR: join(folder, 'cache'),
    INGEST_TOKEN: token,
    LOG_LEVEL: 'warn',
    ...process.env,
    UPSTREAM_URL: upstream.url,
  })
  const display = openDisplay(process.stdout)
  const log = pino({ level: config.LOG_LEVEL })
  const parts = await openServices(config, log, { onIngestChange: report => display.show(report) })
  const app = await buildApp(config, parts, log)
  closeWithGrace({ delay: config.SHUTDOWN_SECONDS * 1000, logger: false }, async () => {
    await app.close()
    await parts.close()
    await upstream.close()
  })
  const origin = await app.listen({ host: config.HOST, port: config.PORT })
  parts.history.start()
  await parts.catalog.start()
  await ingest(parts, display)
  await showExamples(origin, config, days === '0' ? examples : [...await makeExamplesOfDays(parts), ...examples])
}

/** The register as upstream has it today; the days before it, where they are wanted, are written on the way. */
async function makeRecords (): Promise<readonly RegisterRecord[]> {
  const register = makeRegister()
  if (days === '0') return register
  const count = Number(days)
  if (!Number.isInteger(count) || count < 0 || count > mostDays) throw new ConfigError(`--days takes a whole number up to ${mostDays}, not ${days}`)
  if (process.env['SNAPSHOT_STORE'] !== undefined) throw new ConfigError(`--days makes a store of its own in ${folder}; unset SNAPSHOT_STORE`)
  await rm(folder, { recursive: true, force: true })
  const today = dayOf(new Date(), process.env['SNAPSHOT_TIMEZONE'] ?? 'Asia/Kuala_Lumpur')
  const bar = new SingleBar({ format: `{bar} {value} of {total} days in ${store}`, noTTYOutput: true, notTTYSchedule: 10_000 })
  bar.start(count, 0)
  const last = await writeDays({ store, register, from: dateAfter(toDate(today), -count), days: count, onDay: done => bar.update(done) })
  bar.stop()
  return nextDay(last, { date: toDate(today) })
}

async function ingest (parts: Services, display: ReturnType<typeof openDisplay>): Promise<void> {
  const { report, ended } = parts.runs.start(false)
  const error = await ended
  display.end()
  print(summarize(report))
  if (error !== undefined) throw error
}

/** Questions over many days, as soon as their history is there. */
async function makeExamplesOfDays ({ catalog, history }: Services): Promise<string[]> {
  const bar = new SingleBar({ format: '{bar} {value} of {total} days are in the history', noTTYOutput: true, notTTYSchedule: 10_000 })
  bar.start(catalog.size, 0)
  for (; !history.progress.isReady; await delay(200)) bar.update(history.progress.days)
  bar.update(history.progress.days)
  bar.stop()
  const [monthAgo] = catalog.list().map(({ date }) => date).filter(date => date <= dateAfter(catalog.latest?.date ?? date, -30))
  return [
    `/changes?field=cert_status&state=1&fields=name,cert_status&pageSize=1${monthAgo === undefined ? '' : `&from=${monthAgo}`}`,
    `/trends?by=cert_status&format=csv${monthAgo === undefined ? '' : `&from=${monthAgo}`}`,
  ]
}

async function showExamples (origin: string, config: Config, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const text = await (await fetch(`${origin}${path}`)).text()
    print(`\n${origin}${path}\n${text.length > shownLength ? `${text.slice(0, shownLength)}…` : text}`)
  }
  print(`
The register, to look at:           ${origin}
Documentation, to try every route:  ${origin}/docs
Fetch the register once more:       curl -X POST ${origin}/ingest -H 'Authorization: Bearer ${config.INGEST_TOKEN === token ? token : '…'}'
The files, plain Parquet:           ${config.SNAPSHOT_STORE}
Stop with Ctrl+C.`)
}

function print (text: string): void {
  process.stdout.write(`${text}\n`)
}

function explain (error: unknown): string {
  if (error instanceof ConfigError) return error.message
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return `${error.message}; choose another port: PORT=8081 npm run demo`
  return error instanceof Error ? error.stack ?? error.message : String(error)
}
