import { join } from 'node:path'
import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import { buildApp } from '../src/app.js'
import { ConfigError, readConfig, type Config } from '../src/config.js'
import { openDisplay, summarize } from '../src/ingest/display.js'
import { openServices, type Services } from '../src/services.js'
import { makeRegister } from './register.js'
import { startUpstream } from './upstream.js'

const folder = join('data', 'demo')
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
  const upstream = await startUpstream({ records: makeRegister() })
  const config = readConfig({
    SNAPSHOT_STORE: `file:${join(folder, 'snapshots')}`,
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
  await parts.catalog.start()
  await ingest(parts, display)
  await showExamples(origin, config)
}

async function ingest (parts: Services, display: ReturnType<typeof openDisplay>): Promise<void> {
  const { report, ended } = parts.runs.start(false)
  const error = await ended
  display.end()
  print(summarize(report))
  if (error !== undefined) throw error
}

async function showExamples (origin: string, config: Config): Promise<void> {
  for (const path of examples) {
    const text = await (await fetch(`${origin}${path}`)).text()
    print(`\n${origin}${path}\n${text.length > shownLength ? `${text.slice(0, shownLength)}…` : text}`)
  }
  print(`
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
