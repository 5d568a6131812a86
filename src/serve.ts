import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import { pino, type Logger } from 'pino'
import { ConfigError, readConfig, type Config } from './config.js'
import { openServices, type Services } from './services.js'
import { stop } from './stop.js'

/** Serves until a signal or a fault; exit code 0 where the stop had to cut nothing off. */
export async function serve (): Promise<void> {
  try {
    await start()
  } catch (error) {
    process.stderr.write(`${error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
    process.exit(1)
  }
}

async function start (): Promise<void> {
  const config = readConfig(process.env)
  // Lines are written while requests go on; what waits at the end of the process, for whatever reason, is written then.
  const log = pino({ level: config.LOG_LEVEL, redact: ['req.headers.authorization'] }, pino.destination({ sync: false }))
  const limitMs = config.SHUTDOWN_SECONDS * 1000
  const listening = listen(config, log)
  let isStopping = false
  closeWithGrace({ delay: limitMs, logger: log }, async ({ signal, err }) => {
    isStopping = true
    if (err === undefined) log.info({ signal }, 'the service stops')
    else log.error({ err }, 'the service stops because of an error')
    const { app, parts } = await listening
    if (!await stop(app, parts, limitMs)) throw new Error(`what was under way after SHUTDOWN_SECONDS=${config.SHUTDOWN_SECONDS} has been cut off`)
  })
  const { parts, looking } = await listening
  if (!isStopping) parts.history.start()
  if (!isStopping) await looking
  // So that the first ingest holds up nobody while they load.
  if (!isStopping) await Promise.all([import('./ingest/run.js'), import('./upstream/client.js'), import('../schemas/typebox/value.js')])
  if (!isStopping) await parts.schedule.start()
}

/** `looking`: the first look into the store, which never fails. */
async function listen (config: Config, log: Logger): Promise<{ app: FastifyInstance, parts: Services, looking: Promise<void> }> {
  const parts = await openServices(config, log)
  // The engine loads the latest snapshot while the modules of HTTP load here.
  const looking = parts.catalog.start()
  const { buildApp } = await import('./app.js')
  const app = await buildApp(config, parts, log)
  await app.listen({ host: config.HOST, port: config.PORT })
  return { app, parts, looking }
}
