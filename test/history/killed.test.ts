import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pino } from 'pino'
import t from 'tap'
import { writeDays } from '../../demo/days.js'
import { makeRegister } from '../../demo/register.js'
import { nodeArguments } from '../helpers/compiled.js'
import { query, quote } from '../helpers/parquet.js'
import { makeFolder, startService, type Test } from '../helpers/service.js'
import { follow, placeDay, readHistory } from './days.js'

const days = 75

async function startOn (t: Test, folder: string, cache: string, lines: string[] = []) {
  const log = pino({ level: 'info' }, { write: line => { lines.push(line) } })
  const service = await startService(t, { folder, log, environment: { SNAPSHOT_CACHE_DIR: join(folder, cache), SNAPSHOT_STORE: `file:${join(folder, 'snapshots')}` } })
  await follow(service)
  return service
}

/** What the file says of itself. */
async function readNote (path: string): Promise<string> {
  const [row] = await query(`SELECT decode(value) AS note FROM parquet_kv_metadata(${quote(path)}) WHERE decode(key) = 'osh-history'`)
  return String(row?.['note'])
}

/** Folds in a process of its own, which is killed as soon as so many days are there. */
async function foldAndKill (folder: string, cache: string, until: number): Promise<void> {
  const environment = { PATH: process.env['PATH'], SNAPSHOT_STORE: `file:${join(folder, 'snapshots')}`, SNAPSHOT_CACHE_DIR: join(folder, cache) }
  const child = spawn(process.execPath, nodeArguments('test/history/killed-run.ts'), { stdio: ['ignore', 'pipe', 'inherit'], env: environment })
  const ended = once(child, 'exit')
  for await (const line of createInterface(child.stdout)) {
    if (Number(line) >= until) break
  }
  child.kill('SIGKILL')
  await ended
}

t.test('the history is the same however often its building is killed', async t => {
  const folder = await makeFolder(t)
  await writeDays({ store: join(folder, 'snapshots'), register: makeRegister({ size: 300 }), from: '2026-01-01', days })
  const whole = await startOn(t, folder, 'whole')
  const rows = await readHistory(whole)
  await whole.close()
  for (const until of [3, 33, 62]) await foldAndKill(folder, 'killed', until)
  const lines: string[] = []
  const survived = await startOn(t, folder, 'killed', lines)
  t.strictSame(await readHistory(survived), rows)
  t.notMatch(lines.join(''), 'cannot be used', 'what was kept is whole')
  t.strictSame((await readdir(join(folder, 'killed'))).filter(name => name.includes('history')).length, 1, 'only the last file is left')
})

t.test('a file of the history that was cut short, changed or is somebody else\'s is built again', async t => {
  const folder = await makeFolder(t)
  const store = join(folder, 'snapshots')
  for (const day of [1, 2, 3]) await placeDay(store, { day: `2026010${day}`, records: [{ entity_smallholder_id: day }], lacking: [] })
  const first = await startOn(t, folder, 'cache')
  const rows = await readHistory(first)
  await first.close()
  const name = (await readdir(join(folder, 'cache'))).find(name => name.startsWith('history-')) ?? 'none'
  const path = join(folder, 'cache', name)
  const damages: Record<string, () => Promise<unknown>> = {
    'cut short': () => writeFile(path, 'PAR1'),
    'with other rows': async () => await query(`COPY (SELECT * REPLACE ('ELSE' AS name) FROM read_parquet(${quote(path)})) TO ${quote(path)} (FORMAT parquet, KV_METADATA {"osh-history": ${quote(await readNote(path))}})`),
  }
  for (const [what, damage] of Object.entries(damages)) {
    await damage()
    const lines: string[] = []
    const service = await startOn(t, folder, 'cache', lines)
    t.strictSame(await readHistory(service), rows, what)
    t.match(lines.join(''), 'the history that was kept cannot be used and is built again')
    await service.close()
  }
  const lines: string[] = []
  t.strictSame(await readHistory(await startOn(t, folder, 'cache', lines)), rows)
  t.notMatch(lines.join(''), 'cannot be used', 'the file that was built again is good')
})
