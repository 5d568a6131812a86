import { check } from '@placemarkio/check-geojson'
import { parse } from 'csv-parse/sync'
import { parquetMetadata, parquetReadObjects, type FileMetaData } from 'hyparquet'

// Readers that share no code with the service.

export type Row = Record<string, unknown>

/** The cells of a CSV file, each row by the names in the header. */
export function readCells (text: string): Record<string, string>[] {
  return parse(text, { columns: true, record_delimiter: '\r\n', bom: true })
}

/** The rows of a CSV file as JSON would have them; `numbers` names the columns that hold some. */
export function readCsv (text: string, numbers: readonly string[]): Row[] {
  return readCells(text).map(row => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, readCell(cell, numbers.includes(name))])))
}

function readCell (cell: string, isNumber: boolean): string | number | null {
  if (cell === '') return null
  if (isNumber) return Number(cell)
  // What keeps a spreadsheet from calculating.
  return /^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell
}

/** The features of a GeoJSON document, which a linter has looked at. */
export function readFeatures (text: string): { id: number, geometry: { type: string, coordinates: number[] } | null, properties: Row }[] {
  check(text)
  return JSON.parse(text).features
}

export interface ParquetFile {
  rows: Row[]
  metadata: FileMetaData
}

/** The rows of a Parquet file: whole numbers as numbers, geometries as in GeoJSON, for a file whose metadata tells of them. */
export async function readParquet (bytes: ArrayBuffer): Promise<ParquetFile> {
  const metadata = parquetMetadata(bytes)
  const rows = await parquetReadObjects({ file: bytes, metadata })
  return { metadata, rows: rows.map(row => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]))) }
}
