import type { Plot } from '../../schemas/plot.js'

export type Row = Readonly<Record<string, string | number | null>>

const dimensions: Readonly<Record<string, readonly (keyof Plot)[]>> = {
  state: ['stateId', 'state'],
  district: ['stateId', 'state', 'daerahId', 'daerah'],
  scheme: ['scheme'],
  entity: ['entity_code', 'entity_name'],
  cert_status: ['cert_status'],
  cert_no: ['cert_no'],
}

export const dimensionNames = Object.keys(dimensions)

/** Rows by `sort` as the contract writes it, then by the fields in `last`. */
export function modelSort<R extends Row> (rows: readonly R[], sort: string | undefined, last: readonly string[]): R[] {
  const keys = [...(sort?.split(',') ?? []), ...last]
  return [...rows].sort((a, b) => {
    for (const key of keys) {
      const field = key.replace(/^-/, '')
      const order = compare(a[field] ?? null, b[field] ?? null, key.startsWith('-') ? -1 : 1)
      if (order !== 0) return order
    }
    return 0
  })
}

/** One page of rows. */
export function modelPage<R> (rows: readonly R[], page: number, pageSize: number): R[] {
  return rows.slice((page - 1) * pageSize, page * pageSize)
}

/** The rows with some of their fields only. */
export function modelFields (rows: readonly Row[], fields: readonly string[]): Row[] {
  return rows.map(row => Object.fromEntries(fields.map(field => [field, row[field] ?? null])))
}

/** The columns that `by` makes the key. */
export function keyColumns (by: readonly string[]): (keyof Plot)[] {
  return [...new Set(by.flatMap(dimension => dimensions[dimension] ?? []))]
}

/** Totals for each group; one row without `by`. */
export function modelTotals (plots: readonly Plot[], by: readonly string[]): Row[] {
  const columns = keyColumns(by)
  const groups = new Map<string, Plot[]>(columns.length === 0 ? [['[]', []]] : [])
  for (const plot of plots) {
    const key = JSON.stringify(columns.map(column => plot[column]))
    groups.set(key, [...(groups.get(key) ?? []), plot])
  }
  return [...groups.values()].map(group => ({ ...Object.fromEntries(columns.map(column => [column, group[0]?.[column] ?? null])), ...sumUp(group) }))
}

function sumUp (plots: readonly Plot[]): Row {
  const area = (field: 'planted_area' | 'certified_area') => roundArea(plots.reduce((sum, plot) => sum + (plot[field] ?? 0), 0))
  const withStatus = (status: string) => plots.filter(plot => plot.cert_status === status).length
  const [active, expired, delayed] = [withStatus('ACTIVE'), withStatus('EXPIRED'), withStatus('DELAYED')]
  return {
    smallholders: plots.length,
    planted_area: area('planted_area'),
    certified_area: area('certified_area'),
    active,
    expired,
    delayed,
    other: plots.length - active - expired - delayed,
  }
}

/** Areas to the square millimetre, so that the order of adding up does not show. */
export function roundArea (hectares: number): number {
  return Math.round(hectares * 1e6) / 1e6
}

function compare (a: string | number | null, b: string | number | null, direction: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  const order = typeof a === 'number' && typeof b === 'number' ? a - b : compareText(String(a), String(b))
  return order * direction
}

/** By code point, which is the order of the UTF-8 bytes and not that of JavaScript. */
function compareText (a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
