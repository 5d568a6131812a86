import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { integerColumns, upstreamColumns, type UpstreamColumn } from '../schemas/upstream.js'
import { createRandom } from './random.js'
import { nextDay, type RegisterRecord } from './register.js'

export interface DaysOptions {
  /** The folder of the snapshots. */
  store: string
  /** The register on the first day. */
  register: readonly RegisterRecord[]
  /** The first day, YYYY-MM-DD. */
  from: string
  /** How many days, those without a snapshot included. */
  days: number
  onDay?: (done: number) => void
}

const dayMs = 86_400_000
const gapShare = 0.02
const chunkRecords = 5000

const quoted = upstreamColumns.map(column => `"${column}"`)
const replaced = (changes: Partial<Record<UpstreamColumn, string>>) => upstreamColumns.map(column => changes[column] === undefined ? `"${column}"` : `${changes[column]} AS "${column}"`)

/** What another scraper's files look like now and then. None of it changes what a plot is. */
const quirks: readonly (readonly string[])[] = [
  [...quoted].reverse(),
  [...quoted, "'2026' AS season"],
  replaced({ entity_smallholder_id: 'CAST(entity_smallholder_id AS INTEGER)', stateId: 'CAST("stateId" AS SMALLINT)' }),
  replaced({ daerahId: 'CAST("daerahId" AS DOUBLE)' }),
  replaced({ name: "' ' || name || '  '", lot_no: "lot_no || ' '" }),
  replaced({ mpob_no: "coalesce(mpob_no, '')" }),
  replaced({ planted_area: 'TRY_CAST(planted_area AS DOUBLE)', certified_area: 'TRY_CAST(certified_area AS DOUBLE)' }),
  replaced({ cert_status: "CAST(cert_status AS ENUM ('ACTIVE', 'EXPIRED', 'DELAYED', 'SUSPENDED', 'WITHDRAWN'))" }),
]

/**
 * Writes a snapshot of each day as some scraper may have left it, with gaps: every tenth file has a quirk, and the first
 * sixth of them lacks `track_id`. Returns the register as it stands on the last day. Always the same for the same options.
 */
export async function writeDays ({ store, register, from, days, onDay }: DaysOptions): Promise<readonly RegisterRecord[]> {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  await connection.run(`CREATE TABLE register (position BIGINT, ${upstreamColumns.map(column => `"${column}" ${integerColumns.has(column) ? 'BIGINT' : 'VARCHAR'}`).join()})`)
  let standing: readonly RegisterRecord[] = []
  let today = register
  const positions: number[] = []
  for (let index = 0; index < days; index++) {
    const date = dateAfter(from, index)
    if (index > 0) today = nextDay(today, { date })
    await follow(connection, standing, today, positions)
    standing = today
    const random = createRandom(`file ${date}`)
    if (index === 0 || !random.chance(gapShare)) await writeDay(connection, join(store, date.replaceAll('-', '')), chooseColumns(index, days))
    onDay?.(index + 1)
  }
  connection.closeSync()
  instance.closeSync()
  return standing
}

/** A day so many days after another, YYYY-MM-DD. */
export function dateAfter (date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10)
}

function chooseColumns (index: number, days: number): readonly string[] {
  const quirk = index % 10 === 9 ? quirks[Math.floor(index / 10) % quirks.length] : undefined
  const columns = quirk ?? quoted
  return index < days / 6 ? columns.filter(column => column !== '"track_id"') : columns
}

async function writeDay (connection: DuckDBConnection, folder: string, columns: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'all-smallholder.parquet')
  await connection.run(`COPY (SELECT ${columns.join()} FROM register ORDER BY position) TO '${path.replaceAll('\'', '\'\'')}.part' (FORMAT parquet, COMPRESSION zstd)`)
  await rename(`${path}.part`, path)
}

/** Makes the table that of the new register; both have what they share in the same order, and new records last. */
async function follow (connection: DuckDBConnection, before: readonly RegisterRecord[], after: readonly RegisterRecord[], positions: number[]): Promise<void> {
  const gone: number[] = []
  const changed: [position: number, record: RegisterRecord][] = []
  const kept: number[] = []
  let next = 0
  for (const [index, record] of before.entries()) {
    const position = positions[index] ?? index
    const now = after[next]
    if (now?.entity_smallholder_id !== record.entity_smallholder_id) {
      gone.push(position)
      continue
    }
    if (now !== record) changed.push([position, now])
    kept.push(position)
    next++
  }
  for (const record of after.slice(next)) {
    const position = (kept.at(-1) ?? -1) + 1
    changed.push([position, record])
    kept.push(position)
  }
  positions.splice(0, positions.length, ...kept)
  const left = [...gone, ...changed.map(([position]) => position)]
  if (left.length > 0) await connection.run(`DELETE FROM register WHERE position IN (${left.join()})`)
  for (let begin = 0; begin < changed.length; begin += chunkRecords) await insert(connection, changed.slice(begin, begin + chunkRecords))
}

async function insert (connection: DuckDBConnection, records: readonly (readonly [position: number, record: RegisterRecord])[]): Promise<void> {
  const structure = JSON.stringify([Object.fromEntries([['position', 'BIGINT'], ...upstreamColumns.map(column => [column, integerColumns.has(column) ? 'BIGINT' : 'VARCHAR'])])])
  const json = JSON.stringify(records.map(([position, record]) => ({ position, ...record })))
  await connection.run(`INSERT INTO register SELECT unnest(from_json($1::JSON, '${structure}'), recursive := true)`, [json])
}
