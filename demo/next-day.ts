import { foundFamily, nameMember } from './names.js'
import { drawMpobNo, formatTrackId } from './plots.js'
import { createRandom, type Random } from './random.js'
import type { RegisterRecord } from './record.js'

export interface NextDayOptions {
  seed?: number
  /** The new day, YYYY-MM-DD. */
  date: string
}

/** The rows that change, by position; null where the plot has gone. */
type Changes = Map<number, RegisterRecord | null>

interface Day {
  random: Random
  register: readonly RegisterRecord[]
  changes: Changes
  updatedAt: string
}

const changedShare = 0.002
const changeWeights = { lapse: 0.25, renew: 0.2, correct: 0.25, leave: 0.12, arrive: 0.18 }
const fiveDecimals = /^\d{1,3}\.\d{5}$/
/** In units of the fifth decimal, about a metre. */
const furthestMove = 60

/**
 * The register as it stands a day later: about 0.2 % of its rows have changed, at least one in each way.
 * Certificates have lapsed or been renewed, plots were corrected, have gone or have come (as the last rows).
 */
export function nextDay (register: readonly RegisterRecord[], { seed = 1, date }: NextDayOptions): RegisterRecord[] {
  const random = createRandom(`day ${seed} ${date}`)
  const updatedAt = stampDay(random, date)
  const day: Day = { random, register, changes: new Map(), updatedAt }
  const count = (weight: number) => Math.max(1, Math.round(register.length * changedShare * weight))
  changeStatus(day, 'ACTIVE', 'EXPIRED', count(changeWeights.lapse))
  changeStatus(day, 'EXPIRED', 'ACTIVE', count(changeWeights.renew))
  correctPlots(day, count(changeWeights.correct))
  removePlots(day, count(changeWeights.leave))
  return [...applyChanges(day), ...welcomePlots(day, count(changeWeights.arrive))]
}

function stampDay (random: Random, date: string): string {
  const midnight = new Date(`${date}T00:00:00.000Z`)
  if (Number.isNaN(midnight.getTime())) throw new RangeError(`not a day: ${date}`)
  return new Date(midnight.getTime() + random.int(1, 20 * 3_600_000)).toISOString()
}

function applyChanges ({ register, changes }: Day): RegisterRecord[] {
  return register.flatMap((record, index) => {
    const change = changes.get(index)
    if (change === null) return []
    return [change ?? record]
  })
}

/** Changes one whole certificate if there is one that small, and single plots for the rest. */
function changeStatus (day: Day, from: string, to: string, count: number): void {
  const change = (record: RegisterRecord) => ({ ...record, cert_status: to })
  const certificate = drawCertificate(day, from, count)
  for (const row of certificate) touch(day, row, change)
  const single = drawRows(day, count - certificate.length, record => record.cert_status === from)
  for (const row of single) touch(day, row, change)
}

/** The rows of a certificate that has the status throughout and no more than `limit` rows; else none. */
function drawCertificate (day: Day, status: string, limit: number): number[] {
  const small = groupByCertificate(day.register).filter(rows =>
    rows.length <= limit && rows.every(row => isFree(day, row) && day.register[row]?.cert_status === status))
  return small.length > 0 ? day.random.pick(small) : []
}

function groupByCertificate (register: readonly RegisterRecord[]): number[][] {
  const rowsOf = new Map<string, number[]>()
  for (const [row, { cert_no: certNo }] of register.entries()) {
    const rows = rowsOf.get(certNo)
    if (rows) rows.push(row)
    else rowsOf.set(certNo, [row])
  }
  return [...rowsOf.values()]
}

function correctPlots (day: Day, count: number): void {
  const { random } = day
  const corrections: readonly ((record: RegisterRecord) => RegisterRecord)[] = [
    record => ({ ...record, mpob_no: drawMpobNo(random) }),
    record => ({ ...record, ...remeasure(random, record) }),
    record => ({ ...record, ...movePlot(random, record) }),
  ]
  for (const row of drawRows(day, count, isClean)) touch(day, row, random.pick(corrections))
}

function removePlots (day: Day, count: number): void {
  for (const row of drawRows(day, count, () => true)) day.changes.set(row, null)
}

/** New plots beside settlements that are there already, with ids above all others. */
function welcomePlots (day: Day, count: number): RegisterRecord[] {
  const { random, register, updatedAt } = day
  const lastId = findMaximum(register, record => record.entity_smallholder_id)
  const lastTrackNo = findMaximum(register, record => Number(record.track_id.slice('MTS'.length)))
  const neighbours = drawRows(day, count, isClean).flatMap(row => register[row] ?? [])
  return neighbours.map((neighbour, index) => ({
    ...neighbour,
    ...remeasure(random, neighbour),
    ...movePlot(random, neighbour),
    entity_smallholder_id: lastId + index + 1,
    mpob_no: null,
    name: nameMember(random, foundFamily(random, neighbour.stateId)),
    lot_no: neighbour.lot_no.replace(/\d+$/, digits => String(Number(digits) + 1_000)),
    created_at: updatedAt,
    updated_at: updatedAt,
    track_id: formatTrackId(lastTrackNo + index + 1),
  }))
}

function touch (day: Day, row: number, change: (record: RegisterRecord) => RegisterRecord): void {
  const record = day.register[row]
  if (record) day.changes.set(row, { ...change(record), updated_at: day.updatedAt })
}

/** Draws so many rows that fit and have not changed yet, or as many as there are. */
function drawRows (day: Day, count: number, fits: (record: RegisterRecord) => boolean): number[] {
  const rows = [...day.register.keys()].filter(row => {
    const record = day.register[row]
    return record !== undefined && isFree(day, row) && fits(record)
  })
  return day.random.shuffle(rows).slice(0, count)
}

/** The first row is the published sample: it never changes, so that examples hold on every day. */
function isFree ({ changes }: Day, row: number): boolean {
  return row > 0 && !changes.has(row)
}

function isClean (record: RegisterRecord): boolean {
  const { gps_coordinate_lat: lat, gps_coordinate_long: long } = record
  return record.stateId !== null && record.daerahId !== null && Number(record.planted_area) > 0 &&
    fiveDecimals.test(lat) && fiveDecimals.test(long) && Number(lat) < Number(long)
}

function remeasure (random: Random, record: RegisterRecord) {
  const area = (Number(record.planted_area) * (0.95 + random.next() * 0.1)).toFixed(4)
  return { planted_area: area, certified_area: area }
}

function movePlot (random: Random, record: RegisterRecord) {
  const move = (degrees: string) => (Number(degrees) + random.int(-furthestMove, furthestMove) / 100_000).toFixed(5)
  return {
    gps_coordinate_lat: move(record.gps_coordinate_lat),
    gps_coordinate_long: move(record.gps_coordinate_long),
  }
}

function findMaximum (register: readonly RegisterRecord[], measure: (record: RegisterRecord) => number): number {
  return register.reduce((maximum, record) => Math.max(maximum, measure(record)), 0)
}
