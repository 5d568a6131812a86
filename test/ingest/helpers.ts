import { stat, readFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pino, type Logger } from 'pino'
import { makeRegister, type RegisterRecord } from '../../demo/register.js'
import type { Service } from '../helpers/service.js'

/** Clean records, always the same. */
export function makeRecords (size: number): RegisterRecord[] {
  return makeRegister({ size, dirt: false })
}

/** The file of the day that is served by default. */
export async function latestFile ({ folder, get }: Service): Promise<string> {
  const { json } = await get('/snapshots/latest')
  return join(folder, 'snapshots', String(json.data.date).replaceAll('-', ''), 'all-smallholder.parquet')
}

/** What tells whether a file was touched. */
export async function fingerprint (path: string): Promise<string> {
  const { mtimeMs, ino } = await stat(path)
  return `${createHash('sha256').update(await readFile(path)).digest('hex')} ${mtimeMs} ${ino}`
}

/** A logger, and the lines that it wrote. */
export function captureLog (level = 'trace'): { log: Logger, lines: string[] } {
  const lines: string[] = []
  return { log: pino({ level }, { write: (line: string) => { lines.push(line) } }), lines }
}

/** Waits until something is so, for ten seconds at most. */
export async function until (isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000
  while (!await isSo()) {
    if (Date.now() > end) throw new Error('waited for ten seconds in vain')
    await delay(10)
  }
}

/** Upstream's envelope around records of which some members are raw JSON text, so that numbers keep their digits. */
export function envelopeOf (records: readonly Record<string, string>[]): string {
  const items = records.map(record => `{${Object.entries(record).map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`)
  return `{"data":{"page_size":10,"data":[${items.join(',')}]}}`
}

/** A clean record, its members as JSON text, some of them exchanged. */
export function rawRecord (id: number, changes: Record<string, string> = {}): Record<string, string> {
  const [sample] = makeRecords(1)
  const members = Object.entries({ ...sample, entity_smallholder_id: id }).map(([name, value]) => [name, JSON.stringify(value)])
  return { ...Object.fromEntries(members), ...changes }
}
