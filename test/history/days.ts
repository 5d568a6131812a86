import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { upstreamColumns, type UpstreamColumn } from '../../schemas/upstream.js'
import { placeSnapshot, quote } from '../helpers/parquet.js'
import type { Service } from '../helpers/service.js'

/** One record of a small register; what it does not say is the same in all. */
export type SmallRecord = Partial<Record<UpstreamColumn, string | number | null>> & { entity_smallholder_id: number }

/** A day's file: its records, and the columns that it lacks. */
export interface SmallDay {
  day: string
  records: readonly SmallRecord[]
  lacking: readonly UpstreamColumn[]
}

const usual: Record<UpstreamColumn, string> = {
  entity_smallholder_id: 'NULL',
  entity_code: "'ORS1'",
  entity_name: "'FELDA LOK HENG'",
  mpob_no: 'NULL::VARCHAR',
  planted_area: "'3.5000'",
  certified_area: "'3.2500'",
  gps_coordinate_lat: "'1.7'",
  gps_coordinate_long: "'104.1'",
  name: "'BENU'",
  stateId: '1::BIGINT',
  state: "'Johor'",
  daerahId: '4::BIGINT',
  daerah: "'KOTA TINGGI'",
  lot_no: "'1'",
  cert_status: "'ACTIVE'",
  cert_no: "'C1'",
  created_at: "'2025-01-01T00:00:00.000Z'",
  updated_at: "'2025-01-02T00:00:00.000Z'",
  track_id: "'T1'",
}

const toSql = (value: string | number | null) => value === null ? 'NULL' : typeof value === 'number' ? String(value) : quote(value)

/** Makes the records the file of the day. */
export async function placeDay (store: string, { day, records, lacking }: SmallDay): Promise<void> {
  const columns = upstreamColumns.filter(column => !lacking.includes(column))
  const types: Partial<Record<UpstreamColumn, string>> = { entity_smallholder_id: 'BIGINT', stateId: 'BIGINT', daerahId: 'BIGINT' }
  const select = (record: SmallRecord) => columns.map(column => {
    const value = record[column]
    return `CAST(${value === undefined ? usual[column] : toSql(value)} AS ${types[column] ?? 'VARCHAR'}) AS "${column}"`
  }).join()
  const empty = `SELECT ${columns.map(column => `NULL::${types[column] ?? 'VARCHAR'} AS "${column}"`).join()} LIMIT 0`
  await placeSnapshot(store, day, [...records.map(record => `SELECT ${select(record)}`), empty].map(part => `(${part})`).join(' UNION ALL '))
}

/** Takes a day away. */
export async function removeDay (store: string, day: string): Promise<void> {
  await rm(join(store, day), { recursive: true })
}

/** Lets the service see the days as they are, and waits until its history has them. */
export async function follow ({ parts }: Service): Promise<void> {
  do {
    await parts.catalog.refreshAfterPublishing()
    await delay(20)
    // What failed is tried again with the next look.
  } while (!parts.history.progress.isReady && parts.catalog.size > 0)
}

/** All rows of the history in a fixed order. */
export async function readHistory ({ parts }: Service): Promise<string[]> {
  const held = await parts.history.acquire()
  try {
    return await parts.database.session(async connection => {
      const reader = await connection.runAndReadAll(`SELECT to_json(versions)::VARCHAR AS row FROM ${held.relation.table} AS versions ORDER BY entity_smallholder_id, first`)
      return reader.getRowObjects().map(({ row }) => String(row))
    })
  } finally {
    held.release()
  }
}

const record: fc.Arbitrary<SmallRecord> = fc.record({
  entity_smallholder_id: fc.integer({ min: 1, max: 5 }),
  name: fc.constantFrom('BENU', ' BENU ', 'ALI', null),
  cert_status: fc.constantFrom('ACTIVE', 'EXPIRED', 'ACTIVE', 'ODD', null),
  planted_area: fc.constantFrom('3.5000', '3.50', '0.1', 'N/A', null),
  updated_at: fc.constantFrom('2025-01-02T00:00:00.000Z', '2025-02-02T00:00:00.000Z', 'never'),
  track_id: fc.constantFrom('T1', '', 'T2'),
  gps_coordinate_long: fc.constantFrom('104.1', '104.1', '0'),
  state: fc.constantFrom('Johor', 'Kedah', null),
  stateId: fc.constantFrom(1, 2, null),
  entity_name: fc.constantFrom('FELDA LOK HENG', 'RISDA JAYA', ''),
})

const lackable = ['track_id', 'cert_status', 'planted_area', 'updated_at', 'entity_name', 'gps_coordinate_lat', 'gps_coordinate_long', 'state', 'stateId', 'mpob_no'] as const

/** Days of a small register, some of which lack columns. Days are numbered from 1; several of the same number replace each other. */
export const smallDays: fc.Arbitrary<SmallDay[]> = fc.array(fc.record({
  day: fc.integer({ min: 1, max: 9 }).map(day => `2026010${day}`),
  records: fc.array(record, { minLength: 1, maxLength: 6 }),
  lacking: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: fc.subarray([...lackable]) }),
}), { minLength: 1, maxLength: 9 })

const columnsThatCome = fc.subarray([...lackable], { minLength: 1 })

/** Days of which the first lack columns that all others have, then one of those first is placed, replaced or, without records, removed. */
export const daysUntilKnown: fc.Arbitrary<SmallDay[]> = fc.record({
  columns: columnsThatCome,
  until: fc.integer({ min: 2, max: 4 }),
  // Much is the same on several days.
  registers: fc.tuple(fc.array(record, { minLength: 1, maxLength: 6 }), fc.array(record, { minLength: 1, maxLength: 6 }))
    .chain(two => fc.array(fc.constantFrom(two[0], two[0], two[1]), { minLength: 5, maxLength: 6 })),
  late: fc.record({ day: fc.integer({ min: 2, max: 6 }), records: fc.array(record, { maxLength: 6 }), lacking: fc.oneof(columnsThatCome, fc.constant([])) }),
}).map(({ columns, until, registers, late }) => [
  ...registers.map((records, index) => ({ day: dayOf(2 * index + 1), records, lacking: index < until ? columns : [] })),
  { ...late, day: dayOf(late.day) },
])

function dayOf (number: number): string {
  return `202601${String(number).padStart(2, '0')}`
}
