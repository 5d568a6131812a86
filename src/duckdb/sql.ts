import tag, { empty, join, raw, Sql } from 'sql-template-tag'

/**
 * A piece of SQL with the values that it binds: what stands in the template is bound, never written
 * into the text, unless it is a piece of SQL itself.
 */
export const sql = Object.assign((strings: readonly string[], ...values: readonly unknown[]) => tag(strings, ...values), {
  /** Text of the program's own. */
  raw,
  /** The name of a table or a column, quoted. */
  id: (name: string) => raw(`"${name.replaceAll('"', '""')}"`),
  /** A constant, where the engine takes no bound value or plans better without one. */
  lit: (value: string | number) => raw(typeof value === 'number' ? String(value) : `'${value.replaceAll('\'', '\'\'')}'`),
})

/** SQL pieces with a comma (or another separator) between them. */
export function list (pieces: readonly Sql[], separator = ', '): Sql {
  return pieces.length === 0 ? empty : join(pieces, separator)
}

/** A bound number of any size; the driver would bind a large whole number as an integer that overflows. */
export function double (value: number): Sql {
  return sql`CAST(${String(value)} AS DOUBLE)`
}

export type { Sql }
