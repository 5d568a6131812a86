import { writeFile } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { atMost, compared, type Figure } from '../figures.js'
import { askDuring, countWrong } from '../load/load.js'
import { alternate, median, time } from '../measure.js'
import { readMemory } from '../process-state.js'
import type { ServiceProcess } from '../service.js'
import type { Stage } from '../stage.js'

export const exportPath = '/api/osh/all-smallholder'
const rounds = 5
const exportsInARow = 10
const othersPerSecond = 50
const settleMs = 500

/** The whole register as upstream sends it: its time, the service's memory, and what others feel of it. */
export async function exports (stage: Stage): Promise<Figure[]> {
  const { store } = await stage.prepare()
  const [service, engine] = await Promise.all([stage.serve(store), stage.startEngine()])
  const file = stage.name('export.json')
  const body = Buffer.concat(await download(service))
  await writeFile(file, body)
  const reparse = () => engine.ask({ kind: 'reparse', file })
  for (let warmUp = 0; warmUp < 2; warmUp++) await Promise.all([download(service), reparse()])
  const times = await alternate(rounds, () => time(() => download(service)), reparse)
  const figures = [
    atMost(1, compared('whole register', 'ms', times, 'JSON.parse + JSON.stringify of the same')),
    await measureGrowth(service, body.length / 1e6),
    await measureOthers(stage, service),
  ]
  await Promise.all([service.stop(), engine.stop()])
  return figures
}

async function measureGrowth (service: ServiceProcess, bodyMegabytes: number): Promise<Figure> {
  await wait(settleMs)
  const before = await readMemory(service.pid)
  for (let count = 0; count < exportsInARow; count++) await download(service)
  await wait(settleMs)
  const value = (await readMemory(service.pid)).rssMegabytes - before.rssMegabytes
  return atMost(1, { case: `growth over ${exportsInARow} exports in a row`, unit: 'MB', value, reference: bodyMegabytes, referenceIs: 'one body' })
}

async function measureOthers (stage: Stage, service: ServiceProcess): Promise<Figure> {
  const others = (seed: string) => ({ origin: service.origin, ask: { kind: 'pages', seed }, perSecond: othersPerSecond } as const)
  const usual = []
  const during = []
  for (let round = 0; round < 2; round++) {
    usual.push(...await askDuring(stage.driver, others(`usual ${round}`), wait(stage.seconds * 1000)))
    const deadline = performance.now() + stage.seconds * 1000
    const work = async () => { while (performance.now() < deadline) await download(service) }
    during.push(...await askDuring(stage.driver, others(`during ${round}`), work()))
  }
  return atMost(5, {
    case: 'p99 of cold pages during exports',
    unit: 'ms',
    value: median(during.map(({ p99Ms }) => p99Ms)),
    reference: median(usual.map(({ p99Ms }) => p99Ms)),
    referenceIs: `p99 without, ${othersPerSecond} requests/s`,
    wrong: [...usual, ...during].reduce((sum, result) => sum + countWrong(result), 0),
  })
}

/** Reads it all, as cheaply as can be. */
async function download ({ origin }: ServiceProcess): Promise<Buffer[]> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => get(`${origin}${exportPath}`, resolve).once('error', reject))
  if (answer.statusCode !== 200) throw new Error(`the export answered ${answer.statusCode}`)
  return await answer.toArray()
}
