import { gzipSync } from 'node:zlib'
import { stated, type Figure } from '../figures.js'
import { countWrong, rateOf } from '../load/load.js'
import { readCpuMs } from '../process-state.js'
import type { ServiceProcess } from '../service.js'
import type { Stage } from '../stage.js'

const paths = [
  '/smallholders?state=1',
  '/smallholders?state=1&pageSize=1000',
  '/smallholders/474748',
  '/smallholders?q=benu',
  '/aggregates/states',
  '/api/osh/all-smallholder',
]

/**
 * Bytes and processor time of the usual answers where none is kept. Unlike the time on the
 * clock, processor time hardly depends on what else the machine does.
 */
export async function answers (stage: Stage): Promise<Figure[]> {
  const { store } = await stage.prepare()
  // No answer is small enough for a cache of this size.
  const service = await stage.serve(store, { environment: { ANSWER_CACHE_SIZE: '16KB' } })
  const figures: Figure[] = []
  for (const path of paths) figures.push(await measureAnswer(stage, service, path))
  await service.stop()
  return figures
}

async function measureAnswer (stage: Stage, { origin, pid }: ServiceProcess, path: string): Promise<Figure> {
  const body = await (await fetch(`${origin}${path}`, { headers: { 'accept-encoding': 'identity' } })).arrayBuffer()
  const before = await readCpuMs(pid)
  const result = await stage.driver.ask({ origin, ask: path, connections: 1, seconds: stage.seconds })
  const cpuMs = await readCpuMs(pid) - before
  return stated({
    case: path,
    unit: 'ms of a processor',
    value: cpuMs / (rateOf(result) * result.seconds),
    note: `${kilobytes(body.byteLength)}, ${kilobytes(gzipSync(body).byteLength)} with gzip`,
    wrong: countWrong(result),
  })
}

function kilobytes (bytes: number): string {
  return `${Number((bytes / 1000).toPrecision(2)).toLocaleString('en')} kB`
}
