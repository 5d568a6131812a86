import { plotFields, type Plot } from '../../schemas/plot.js'
import type { Question } from './arbitraries.js'
import { modelFilter } from './model-filter.js'
import { keyColumns, modelFields, modelPage, modelSort, modelTotals, roundArea, type Row } from './model-rows.js'

/** What the model expects of a page, as text that is cheap to compare. */
export interface Expected {
  total: number
  rows: string
}

/** The query string of a question. */
export function toQuery ({ filters, repeated, sort, fields, by, page, pageSize }: Question): string {
  const query = new URLSearchParams({ page: String(page), pageSize: String(pageSize) })
  for (const [name, values] of Object.entries(filters)) addFilter(query, name, values, repeated)
  if (sort !== undefined) query.set('sort', sort)
  if (fields !== undefined) query.set('fields', fields.join(','))
  if (by.length > 0) query.set('by', by.join(','))
  return query.toString()
}

function addFilter (query: URLSearchParams, name: string, values: readonly string[], repeated: boolean): void {
  if (name === 'bbox') return query.set(name, String(values[0]))
  if (name === 'near') {
    query.set('near', String(values[0]))
    return query.set('radius_m', String(values[1]))
  }
  const escaped = values.map(value => value.replaceAll(',', '\\,'))
  for (const value of repeated ? escaped : [escaped.join(',')]) query.append(name, value)
}

/** The page of plots that the model answers with. */
export function expectPlots (plots: readonly Plot[], { filters, sort, fields, page, pageSize }: Question): Expected {
  const hits = modelSort(modelFilter(plots, filters), sort, ['entity_smallholder_id'])
  return { total: hits.length, rows: toText(modelFields(modelPage(hits, page, pageSize), fields ?? plotFields)) }
}

/** The page of totals that the model answers with. */
export function expectTotals (plots: readonly Plot[], { filters, sort, by, page, pageSize }: Question): Expected {
  const groups = modelSort(modelTotals(modelFilter(plots, filters), by), sort, keyColumns(by))
  return { total: groups.length, rows: toText(modelPage(groups, page, pageSize)) }
}

/** Rows as text, whatever the order of their fields; areas are rounded to the square centimetre. */
export function toText (rows: readonly Row[]): string {
  return rows.map(row => JSON.stringify(Object.keys(row).sort().map(name => [name, name.endsWith('_area') ? roundArea(Number(row[name] ?? NaN)) : row[name]]))).join('\n')
}
