import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import { createRandom } from '../../demo/random.js'
import { ingestPhases } from '../../schemas/ingest.js'
import { readConfig } from '../../src/config.js'
import { openServices, type Services } from '../../src/services.js'
import { nodeArguments } from '../helpers/compiled.js'
import { listFiles, readFooter, readParquet } from '../helpers/parquet.js'
import { makeFolder, startService } from '../helpers/service.js'
import { makeRecords } from './helpers.js'

const old = makeRecords(300).map(record => ({ ...record, name: 'OLD' }))
const fresh = makeRecords(3000).map(record => ({ ...record, name: 'NEW' }))
const random = createRandom('killed')
const phases = [...ingestPhases, 'publish']
const kills = phases.map(phase => ({ phase, afterMs: random.int(0, phase === 'decode' ? 60 : 12) }))

/** Starts an ingest in a process of its own and kills it some milliseconds after a phase began. */
async function ingestAndKill (environment: NodeJS.ProcessEnv, phase: string, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, nodeArguments('test/ingest/killed-run.ts'), { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'], ...environment } })
  const ended = once(child, 'exit')
  for await (const line of createInterface(child.stdout)) {
    if (line === phase) break
  }
  await delay(afterMs)
  child.kill('SIGKILL')
  await ended
}

/** What a start on the folder serves. */
async function startAgain (environment: NodeJS.ProcessEnv, look: (parts: Services) => Promise<void>): Promise<void> {
  const parts = await openServices(readConfig(environment), pino({ level: 'silent' }))
  await parts.catalog.start()
  await look(parts).finally(() => parts.close())
}

t.test('a process killed at any moment of an ingest leaves the old snapshot or the new one, whole', async t => {
  const { folder, upstream, ingest } = await startService(t, { records: old })
  const file = `${String((await ingest()).json.date).replaceAll('-', '')}/all-smallholder.parquet`
  upstream.setRecords(fresh)
  const outcomes = new Set<unknown>()
  for (const { phase, afterMs } of kills) {
    t.test(`killed ${afterMs} ms after it began to ${phase}`, async t => {
      const home = await makeFolder(t)
      const [store, cache] = [join(home, 'snapshots'), join(home, 'cache')]
      await cp(join(folder, 'snapshots'), store, { recursive: true })
      const environment = { SNAPSHOT_STORE: `file:${store}`, SNAPSHOT_CACHE_DIR: cache, UPSTREAM_URL: upstream.url }
      await ingestAndKill(environment, phase, afterMs)

      const rows = await readParquet(join(store, file))
      const names = [...new Set(rows.map(({ name }) => name))]
      outcomes.add(names[0])
      t.strictSame([names, rows.length], names[0] === 'OLD' ? [['OLD'], 300] : [['NEW'], 3000])
      t.equal((await readFooter(join(store, file))).rows, rows.length)

      await startAgain(environment, async ({ catalog }) => {
        t.equal(catalog.latest?.rows, rows.length)
        t.strictSame(await listFiles(store), [file])
        t.equal((await readdir(cache)).length, 1, 'only the scratch folder of the service that runs')
      })
    })
  }
  t.test('some were killed before the new snapshot was there, and some after', async t => {
    t.strictSame([...outcomes].sort(), ['NEW', 'OLD'])
  })
})
