import { mkdir, readdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { SnapshotFactsSchema, type SnapshotFacts } from '../../schemas/snapshot.js'
import { Value } from '../../schemas/typebox/value.js'
import { upstreamColumns, type UpstreamColumn } from '../../schemas/upstream.js'

export type Row = Record<string, unknown>

let connecting: Promise<DuckDBConnection> | undefined

/** The rows of a query in a plain DuckDB, as analysts have it; whole numbers as numbers. */
export async function query (sql: string): Promise<Row[]> {
  connecting ??= DuckDBInstance.create().then(instance => instance.connect())
  const reader = await (await connecting).runAndReadAll(sql)
  return reader.getRowObjectsJS().map(row =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value])))
}

/** Text as an SQL literal. */
export function quote (text: string): string {
  return `'${text.replaceAll('\'', '\'\'')}'`
}

/** Writes the rows of a SELECT as a Parquet file, in the way that other writers do. */
export async function writeParquet (path: string, select: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await query(`COPY (${select}) TO ${quote(path)} (FORMAT parquet, COMPRESSION zstd)`)
}

/** Makes the rows of a SELECT the file of a day, `YYYYMMDD`, by one rename; returns its path. */
export async function placeSnapshot (store: string, day: string, select: string): Promise<string> {
  const path = join(store, day, 'all-smallholder.parquet')
  await writeParquet(`${path}.part`, select)
  await rename(`${path}.part`, path)
  return path
}

export interface OtherFile {
  /** 3 by default; their ids count from 1000. */
  rows?: number
  /** SQL for some columns, further ones included; `i` counts the rows from 0. */
  columns?: Record<string, string>
  omit?: readonly UpstreamColumn[]
  /** Columns that come first. */
  first?: readonly UpstreamColumn[]
}

const usual: Record<UpstreamColumn, string> = {
  entity_smallholder_id: '(1000 + i)::BIGINT',
  entity_code: "'ORS15721'",
  entity_name: "'FELDA LOK HENG BARAT'",
  mpob_no: 'NULL::VARCHAR',
  planted_area: "'3.9520'",
  certified_area: "'3.9520'",
  gps_coordinate_lat: "'1.70941'",
  gps_coordinate_long: "'104.08802'",
  name: "'PLOT ' || i",
  stateId: '1::BIGINT',
  state: "'Johor'",
  daerahId: '4::BIGINT',
  daerah: "'KOTA TINGGI'",
  lot_no: "'5722'",
  cert_status: "'EXPIRED'",
  cert_no: "'MYMS12195673'",
  created_at: "'2025-10-29T03:15:10.612Z'",
  updated_at: "'2024-07-24T01:17:06.101Z'",
  track_id: "'MTS0000014'",
}

/** The SELECT of a snapshot file that somebody else wrote. */
export function selectOthers ({ rows = 3, columns = {}, omit = [], first = [] }: OtherFile = {}): string {
  const names: UpstreamColumn[] = [...first, ...upstreamColumns.filter(column => !first.includes(column))]
  const sources = Object.entries({ ...Object.fromEntries(names.filter(name => !omit.includes(name)).map(name => [name, usual[name]])), ...columns })
  return `SELECT ${sources.map(([name, source]) => `${source} AS "${name}"`).join(', ')} FROM range(${rows}) AS t(i)`
}

/** The rows of a Parquet file, in its order. */
export async function readParquet (path: string): Promise<Row[]> {
  return await query(`SELECT * FROM read_parquet(${quote(path)})`)
}

/** What the footer says of the run that wrote the file. */
export async function readFooter (path: string): Promise<SnapshotFacts> {
  const [row] = await query(`SELECT decode(value) AS facts FROM parquet_kv_metadata(${quote(path)}) WHERE decode(key) = 'osh'`)
  return Value.Parse(SnapshotFactsSchema, JSON.parse(String(row?.['facts'])))
}

/** All files below a folder, without the store's lock and the history, which comes and goes by itself. */
export async function listFiles (folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile() && !/^history-|^\.history\.parquet~/.test(entry.name)).map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort()
}
