import { readdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { writeDays } from '../../demo/days.js'
import { makeRegister } from '../../demo/register.js'
import { atMost, atLeast, compared, stated, type Figure } from '../figures.js'
import { alternate, median, time } from '../measure.js'
import { readMemory } from '../process-state.js'
import { registerRows, type Stage } from '../stage.js'
import type { ServiceProcess } from '../service.js'

const days = 365
const from = '2025-01-01'
const rounds = 5
// A machine that idled while the reference ran wakes up in the first of these; their median is what an answer takes.
const asks = 7
// No answer is small enough for a cache of this size.
const settings = { environment: { ANSWER_CACHE_SIZE: '4KB' } }

/** A year of snapshots: folding them, and asking the versions beside asking all files in one query. */
export async function history (stage: Stage): Promise<Figure[]> {
  const store = stage.name('year')
  await writeDays({ store, register: makeRegister({ size: registerRows }), from, days })
  const files = (await readdir(store)).sort()
  const sizes = await Promise.all(files.map(async day => (await stat(join(store, day, 'all-smallholder.parquet'))).size))
  const cache = stage.name('cache')
  const environment = { ...settings.environment, SNAPSHOT_CACHE_DIR: cache }

  const started = performance.now()
  const service = await stage.serve(store, { environment })
  await waitForHistory(service, files.length)
  const foldMs = performance.now() - started
  const { peakMegabytes } = await readMemory(service.pid)
  const questions = await askAll(stage, service, store, files)
  await service.stop()

  const kept = (await readdir(cache)).find(name => name.startsWith('history-')) ?? ''
  const { size } = await stat(join(cache, kept))
  return [
    stated({ case: `a year of ${files.length} days is folded`, unit: 's', value: foldMs / 1000, note: `${Math.round(peakMegabytes)} MB at most; ${(foldMs / files.length / 1000).toFixed(2)} s a day` }),
    atMost(2, { case: 'the day after is folded', unit: 's', value: await foldOneMore(stage, store, files, environment), note: 'from the file\'s being there to its being answered from' }),
    atMost(3, { case: 'the versions on disk', unit: 'kB', value: size / 1000, reference: (sizes.at(-1) ?? NaN) / 1000, referenceIs: 'the file of the last day', note: `${(sizes.reduce((sum, bytes) => sum + bytes, 0) / size).toFixed(0)} times smaller than all files` }),
    ...questions,
  ]
}

/** From the moment that a service over all other days may see the last one to the moment that its history has it: seconds. */
async function foldOneMore (stage: Stage, store: string, files: readonly string[], environment: Record<string, string>): Promise<number> {
  const [last = '', away] = [files.at(-1), stage.name('day')]
  await rename(join(store, last), away)
  const service = await stage.serve(store, { environment: { ...environment, SNAPSHOT_REFRESH_SECONDS: '0.05' } })
  await waitForHistory(service, files.length - 1)
  await rename(away, join(store, last))
  const seconds = await time(() => waitForHistory(service, files.length)) / 1000
  await service.stop()
  return seconds
}

async function askAll (stage: Stage, service: ServiceProcess, store: string, files: readonly string[]): Promise<Figure[]> {
  const all = `read_parquet('${store}/*/*.parquet', union_by_name = true, filename = true)`
  const [first = '', last = ''] = [files[0], files.at(-1)]
  const id = 474748
  const cases = [
    { name: 'history of a plot', path: `/smallholders/${id}/history`, sql: `SELECT DISTINCT ON (cert_status, planted_area, name) * FROM ${all} WHERE entity_smallholder_id = ${id} ORDER BY filename`, factor: 20 },
    { name: 'trend of a year by state', path: '/trends?by=state', sql: `SELECT filename, "stateId", state, count(*), sum(TRY_CAST(planted_area AS DOUBLE)), sum(TRY_CAST(certified_area AS DOUBLE)), count(*) FILTER (cert_status = 'ACTIVE'), count(*) FILTER (cert_status = 'EXPIRED'), count(*) FILTER (cert_status = 'DELAYED') FROM ${all} GROUP BY ALL ORDER BY ALL`, factor: 20 },
    { name: 'changes over a year', path: `/changes?from=${first}&to=${last}`, sql: `SELECT * FROM read_parquet('${store}/${first}/*.parquet') AS b FULL JOIN read_parquet('${store}/${last}/*.parquet') AS a USING (entity_smallholder_id) WHERE b.cert_status IS DISTINCT FROM a.cert_status OR b.name IS DISTINCT FROM a.name OR b.planted_area IS DISTINCT FROM a.planted_area`, factor: undefined },
  ]
  const engine = await stage.startEngine()
  const figures: Figure[] = []
  for (const { name, path, sql, factor } of cases) {
    const ask = async () => {
      const times: number[] = []
      while (times.length < asks) times.push(await time(() => read(`${service.origin}${path}`)))
      return median(times)
    }
    await ask()
    const result = compared(name, 'ms', await alternate(rounds, ask, () => engine.ask({ kind: 'run', sql })), factor === undefined ? 'bare DuckDB over the two files' : 'bare DuckDB over all files')
    const faster = { ...result, ratio: 1 / (result.ratio ?? NaN), note: 'the ratio is how many times faster' }
    figures.push(factor === undefined ? stated(faster) : atLeast(factor, faster))
  }
  await engine.stop()
  return figures
}

async function read (url: string): Promise<string> {
  const answer = await fetch(url, { headers: { 'accept-encoding': 'identity' } })
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`)
  return await answer.text()
}

async function waitForHistory ({ origin }: ServiceProcess, days: number): Promise<void> {
  while (true) {
    const { history }: { history: { isReady: boolean, of: number } } = JSON.parse(await read(`${origin}/ready`))
    if (history.isReady && history.of === days) return
    await delay(20)
  }
}
