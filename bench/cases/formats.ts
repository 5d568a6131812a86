import { get, type IncomingMessage } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { atMost, stated, type Figure, type Measured } from '../figures.js'
import { median, time } from '../measure.js'
import { readMemory, resetPeak } from '../process-state.js'
import type { ServiceProcess } from '../service.js'
import { registerRows, type Stage } from '../stage.js'

const questions = ['format=ndjson', 'format=csv', 'format=geojson', 'format=geojson&sort=-certified_area,name', 'format=parquet']
const times = 10
const rounds = 3
const settleMs = 500

interface Cost {
  ms: number
  megabytes: number
  /** Peak of the process over what it took before. */
  ownMegabytes: number
}

/** The whole register in each format, and one of ten times its size: time and memory. */
export async function formats (stage: Stage): Promise<Figure[]> {
  const usual = await measureAll(stage, registerRows)
  const large = await measureAll(stage, times * registerRows)
  const [{ megabytes: textMegabytes } = fail()] = large
  return questions.flatMap((question, index) => compare(question, usual[index] ?? fail(), large[index] ?? fail(), textMegabytes))
}

function compare (question: string, usual: Cost, large: Cost, textMegabytes: number): Figure[] {
  const name = `${question}, ${times} registers`
  return [
    stated({ case: question, unit: 'ms', value: usual.ms, note: `${usual.megabytes.toFixed(1)} MB; ${usual.ownMegabytes.toFixed(0)} MB of memory` }),
    atMost(1.5, { case: `${name}, time`, unit: 'ms', value: large.ms, reference: times * usual.ms, referenceIs: `${times} times that of one` }),
    judgeMemory(question)({ case: `${name}, memory`, unit: 'MB', value: large.ownMegabytes, reference: textMegabytes, referenceIs: 'the same as text', note: `${large.megabytes.toFixed(1)} MB` }),
  ]
}

/** The engine writes a Parquet file whole, within its own limit of memory. */
function judgeMemory (question: string): (measured: Measured) => Figure {
  return question === 'format=parquet' ? stated : measured => atMost(0.5, measured)
}

async function measureAll (stage: Stage, rows: number): Promise<Cost[]> {
  const { store } = await stage.prepare(rows)
  const service = await stage.serve(store, { environment: { DUCKDB_MEMORY_LIMIT: '4GB' } })
  const costs: Cost[] = []
  for (const question of questions) costs.push(await measureOne(service, question))
  await service.stop()
  return costs
}

async function measureOne (service: ServiceProcess, question: string): Promise<Cost> {
  await readAll(service, question)
  await wait(settleMs)
  const before = await readMemory(service.pid)
  await resetPeak(service.pid)
  const durations: number[] = []
  let bytes = 0
  for (let round = 0; round < rounds; round++) durations.push(await time(async () => { bytes = await readAll(service, question) }))
  const { peakMegabytes } = await readMemory(service.pid)
  return { ms: median(durations), megabytes: bytes / 1e6, ownMegabytes: peakMegabytes - before.rssMegabytes }
}

/** How many bytes it has. */
async function readAll ({ origin }: ServiceProcess, question: string): Promise<number> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => get(`${origin}/smallholders?${question}`, resolve).once('error', reject))
  if (answer.statusCode !== 200) throw new Error(`${question} answers ${answer.statusCode}`)
  let bytes = 0
  for await (const chunk of answer) bytes += chunk.length
  return bytes
}

function fail (): never {
  throw new Error('a format was not measured')
}
