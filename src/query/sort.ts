import { list, sql, type Sql } from '../duckdb/sql.js'
import { splitNames } from './values.js'

/** A total order: the columns that it needs, and the terms of its `ORDER BY`. */
export interface Sort {
  columns: Sql[]
  order: Sql
}

export interface SortOptions<Field extends string> {
  /** What may be sorted by. */
  fields: readonly Field[]
  /** The last keys, which make the order total. */
  last: readonly string[]
  /** Fields that another column stands for, because it has the same order. */
  alias?: Readonly<Record<string, string>>
}

/**
 * The order of `-certified_area,name`: `-` is descending, nulls come last, text by code
 * point. Throws `OSH_BAD_PARAMETER` where a field is unknown or named twice.
 */
export function compileSort<Field extends string> (text: string | undefined, { fields, last, alias = {} }: SortOptions<Field>): Sort {
  const keys = text === undefined ? [] : text.split(',').map(key => key.trim())
  const names = text === undefined ? [] : splitNames('sort', keys.map(key => key.replace(/^-/, '')).join(','), fields)
  const asked = names.map((name, index) => ({ column: alias[name] ?? name, descending: keys[index]?.startsWith('-') === true }))
  const rest = last.filter(column => !asked.some(key => key.column === column)).map(column => ({ column, descending: false }))
  const terms = [...asked, ...rest]
  return {
    columns: terms.map(({ column }) => sql.id(column)),
    order: list(terms.map(({ column, descending }) => sql`${sql.id(column)} ${sql.raw(descending ? 'DESC' : 'ASC')} NULLS LAST`)),
  }
}
