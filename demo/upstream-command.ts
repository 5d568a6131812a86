import closeWithGrace from 'close-with-grace'
import { ConfigError, readConfig } from '../src/config.js'
import { makeRegister } from './register.js'
import { startUpstream } from './upstream.js'

try {
  await simulate()
} catch (error) {
  process.stderr.write(`${error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
}

/** Serves a simulated register of full size at `HOST` and `PORT`, until stopped. */
async function simulate (): Promise<void> {
  const { HOST: host, PORT: port } = readConfig({ PORT: '9090', ...process.env })
  const upstream = await startUpstream({ records: makeRegister(), host, port })
  closeWithGrace({ logger: false }, () => upstream.close())
  process.stdout.write(`A simulated register of 47,500 plots is at ${upstream.url}\n`)
}
