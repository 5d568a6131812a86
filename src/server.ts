import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import { buildApp } from './app.js'
import { ConfigError, readConfig } from './config.js'
import { openServices } from './services.js'

try {
  await serve()
} catch (error) {
  process.stderr.write(`${error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
}

async function serve (): Promise<void> {
  const config = readConfig(process.env)
  const log = pino({ level: config.LOG_LEVEL, redact: ['req.headers.authorization'] })
  const parts = await openServices(config, log)
  const app = await buildApp(config, parts, log)
  closeWithGrace({ delay: config.SHUTDOWN_SECONDS * 1000, logger: log }, async ({ err }) => {
    if (err !== undefined) log.error({ err }, 'the service stops because of an error')
    await app.close()
    await parts.close()
  })
  await app.listen({ host: config.HOST, port: config.PORT })
  await parts.catalog.start()
  await parts.schedule.start()
}
