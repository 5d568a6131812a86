import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import openapiTS, { astToString } from 'openapi-typescript'
import { pino } from 'pino'
import { buildApp } from '../src/app.js'
import { readConfig } from '../src/config.js'
import { openServices } from '../src/services.js'

// `npm run client -- some/where.d.ts`: the types of every route for TypeScript clients, by default in dist/client.
const target = resolve(process.argv[2] ?? join('dist', 'client', 'osh-api.d.ts'))
const folder = await mkdtemp(join(tmpdir(), 'osh-api-client-'))
const config = readConfig({ SNAPSHOT_STORE: `file:${join(folder, 'snapshots')}`, SNAPSHOT_CACHE_DIR: join(folder, 'cache') })
const log = pino({ level: 'silent' })
const parts = await openServices(config, log)
const app = await buildApp(config, parts, log)
try {
  await app.ready()
  const types = astToString(await openapiTS(JSON.stringify(app.swagger())))
  await mkdir(dirname(target), { recursive: true })
  await writeFile(target, types)
  process.stdout.write(`${target}\n`)
} finally {
  await app.close()
  await parts.close()
  await rm(folder, { recursive: true, force: true })
}
