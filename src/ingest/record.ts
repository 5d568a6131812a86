import { areaColumns, integerColumns, upstreamColumns, type UpstreamColumn } from '../../schemas/upstream.js'
import { JsonNumber, toJson, type RawRecord } from '../upstream/decode.js'

/** A value that the Parquet file cannot hold in its column; the file's footer keeps it instead. */
export interface Unreadable {
  entity_smallholder_id: number
  column: UpstreamColumn
  value: unknown
}

/** A record that became a row. */
export interface CheckedRecord {
  position: number
  /** One value for each of upstream's columns, in their order. */
  values: (string | bigint | null)[]
  /** What upstream sent in further columns. */
  extras: Map<string, string | null>
  /** How many values had another type than their column's. */
  converted: number
  unreadable: Unreadable[]
  /** Upstream's columns that the record does not have. */
  missing: UpstreamColumn[]
}

/** A record that cannot become a row, whole. */
export interface Reject {
  position: number
  reason: string
  record: unknown
}

/** A plain decimal, which every SQL engine can cast. */
const plainDecimal = /^[ \t\n\v\f\r]*[+-]?(\d+(\.\d*)?|\.\d+)[ \t\n\v\f\r]*$/

const known: ReadonlySet<string> = new Set(upstreamColumns)

/** A row, or the reason why the record cannot be one: it is no object, or has no integer id. */
export function checkRecord ({ position, value: record }: RawRecord): CheckedRecord | Reject {
  if (!isObject(record)) return { position, reason: 'the record is no object', record }
  const id = toInteger(record['entity_smallholder_id'])
  if (id === undefined) return { position, reason: 'entity_smallholder_id is no integer', record }
  const checked: CheckedRecord = { position, values: [], extras: new Map(), converted: 0, unreadable: [], missing: [] }
  for (const column of upstreamColumns) checked.values.push(checkValue(column, record[column], id, checked))
  for (const [name, value] of Object.entries(record)) {
    if (!known.has(name)) checked.extras.set(name, toText(value))
  }
  return checked
}

/** Tells the two outcomes of {@link checkRecord} apart. */
export function isReject (outcome: CheckedRecord | Reject): outcome is Reject {
  return 'reason' in outcome
}

function checkValue (column: UpstreamColumn, value: unknown, id: number, checked: CheckedRecord): string | bigint | null {
  if (value === undefined) checked.missing.push(column)
  if (value === undefined || value === null) return null
  if (integerColumns.has(column)) {
    const integer = toInteger(value)
    if (integer === undefined) return keep(column, value, id, checked)
    if (typeof value !== 'number') checked.converted++
    return BigInt(integer)
  }
  const text = toText(value)
  if (areaColumns.has(column) && !isPlainDecimal(text)) return keep(column, value, id, checked)
  if (typeof value !== 'string') checked.converted++
  return text
}

function keep (column: UpstreamColumn, value: unknown, id: number, checked: CheckedRecord): null {
  checked.unreadable.push({ entity_smallholder_id: id, column, value })
  return null
}

function isPlainDecimal (text: string | null): boolean {
  return text !== null && plainDecimal.test(text) && Number.isFinite(Number(text))
}

function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)
}

/** The safe integer that a JSON number or a string of digits stands for. */
function toInteger (value: unknown): number | undefined {
  const text = value instanceof JsonNumber ? value.text : typeof value === 'string' ? value.trim() : String(value)
  const isWhole = typeof value === 'string' ? /^[+-]?\d+$/ : /^-?\d+(\.0+)?(e\+?\d+)?$/i
  const isNumber = typeof value === 'number' || typeof value === 'string' || value instanceof JsonNumber
  return isNumber && isWhole.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined
}

/** Text as it is; anything else as its JSON text, numbers digit by digit. */
function toText (value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  return toJson(value)
}
