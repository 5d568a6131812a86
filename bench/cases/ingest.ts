import { readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { atMost, compared, stated, type Figure } from '../figures.js'
import { alternate, median, time } from '../measure.js'
import { readMemory, resetPeak } from '../process-state.js'
import { registerRows, type Prepared, type Stage } from '../stage.js'

export const manyRows = 300_000
const settleMs = 500

interface IngestCost {
  figure: Figure
  peakMegabytes: number
  /** Peak of the process over what it took with the old snapshot loaded. */
  ownMegabytes: number
}

/** A day's ingest, of the register's size and of a far larger one. */
export async function ingest (stage: Stage): Promise<Figure[]> {
  const usual = await measureIngest(stage, registerRows, 3)
  const large = await measureIngest(stage, manyRows, 2)
  return [
    usual.figure,
    large.figure,
    stated({ case: `peak memory with ingest, ${count(registerRows)} rows`, unit: 'MB', value: usual.peakMegabytes }),
    atMost(200, { case: `own memory of ingest, ${count(registerRows)} rows`, unit: 'MB', value: usual.ownMegabytes, referenceIs: 'idle with the old snapshot' }),
    atMost(0.5, {
      case: `own memory of ingest, ${count(manyRows)} rows`,
      unit: 'MB',
      value: large.ownMegabytes,
      reference: usual.ownMegabytes,
      referenceIs: `${count(registerRows)} rows`,
      ratio: (large.ownMegabytes / usual.ownMegabytes) / (manyRows / registerRows),
      note: 'ratio: growth by growth of rows',
    }),
  ]
}

async function measureIngest (stage: Stage, rows: number, rounds: number): Promise<IngestCost> {
  const prepared = await stage.prepare(rows)
  const lines = await writeLines(stage, prepared)
  const own: number[] = []
  const peaks: number[] = []
  const result = await alternate(rounds, async () => {
    const { ms, idleMegabytes, peakMegabytes } = await ingestOnce(stage, prepared)
    own.push(peakMegabytes - idleMegabytes)
    peaks.push(peakMegabytes)
    return ms
  }, () => ingestBare(stage, prepared, lines))
  return {
    figure: atMost(2.5, compared(`ingest, ${count(rows)} rows`, 'ms', result, 'JSON.parse + bare COPY')),
    peakMegabytes: median(peaks),
    ownMegabytes: median(own),
  }
}

/** By a fresh process, so that no run finds memory that another one left. */
async function ingestOnce (stage: Stage, prepared: Prepared): Promise<{ ms: number, idleMegabytes: number, peakMegabytes: number }> {
  const store = await stage.copyStore(prepared)
  const service = await stage.serve(store)
  await stage.send(prepared.nextBody)
  await wait(settleMs)
  const { rssMegabytes: idleMegabytes } = await readMemory(service.pid)
  await resetPeak(service.pid)
  const ms = await time(() => stage.ingest(service))
  const { peakMegabytes } = await readMemory(service.pid)
  await service.stop()
  await rm(store, { recursive: true })
  return { ms, idleMegabytes, peakMegabytes }
}

async function ingestBare (stage: Stage, { nextBody }: Prepared, lines: string): Promise<number> {
  const engine = await stage.startEngine()
  const ms = await engine.ask({ kind: 'ingest', body: nextBody, lines, target: stage.name('bare.parquet') })
  await engine.stop()
  return ms
}

/** The records a line each, as DuckDB can read them. */
async function writeLines (stage: Stage, { nextBody }: Prepared): Promise<string> {
  const file = stage.name('lines.ndjson')
  const envelope: { data: { data: unknown[] } } = JSON.parse(await readFile(nextBody, 'utf8'))
  await writeFile(file, envelope.data.data.map(record => JSON.stringify(record)).join('\n'))
  return file
}

function count (rows: number): string {
  return rows.toLocaleString('en')
}
