import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Database } from '../../src/duckdb/database.js'
import { LocalStore } from '../../src/snapshots/local.js'
import { prepare } from './store-contract.js'

// A process that publishes fifteen times and says what came of each: when fetched, outcome, hash of the bytes.
const [folder = '', scratch = '', writer = ''] = process.argv.slice(2)
await mkdir(scratch)
const database = await Database.open({
  memoryLimit: '200MB', threads: 1, concurrency: 1, queueLimit: 1, timeoutMs: 10_000, directories: [folder, scratch], temporaryDirectory: join(scratch, 'spill'),
})
const store = await LocalStore.open(`file:${folder}`, database)
for (let turn = 0; turn < 15; turn++) {
  // A fourth digit, so that no two writers fetch at the same moment.
  const fetchedAt = new Date().toISOString().replace('Z', `${writer}Z`)
  const prepared = await prepare({ database, scratch }, `writer ${writer} turn ${turn}`, fetchedAt)
  const { outcome } = await store.publish('20260101', prepared)
  process.stdout.write(`${fetchedAt} ${outcome} ${prepared.sha256}\n`)
  await delay(1)
}
await database.close()
