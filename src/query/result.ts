import type { Row } from '../duckdb/database.js'
import type { Relation } from '../duckdb/relation.js'
import type { Sql } from '../duckdb/sql.js'
import type { Sort } from './sort.js'

/** A query that is understood and waits for the relation to ask. */
export type RelationQuery = (relation: Relation) => Sql

/** One column of a result; its SQL means something wherever the result's rows are selected from. */
export interface Column {
  name: string
  /** As JSON has it. */
  value: Sql
  /** Text, which may hold whatever people write; all else is numbers. */
  isText: boolean
  /** In a file with types, where that is not `value`. */
  typed?: Sql
}

/** The columns that say where a row lies, if `isKnown` is true of it. */
export interface Place {
  id: string
  longitude: string
  latitude: string
  isKnown: Sql
}

/** How a row of a result is written in any format. */
export interface RowShape {
  columns: readonly Column[]
  /** The whole row as a JSON object. */
  json: Sql
  /** Only where the rows are plots. */
  place?: Place
}

/** The text of each row, and what stands between two of them. */
export interface RowText {
  item: Sql
  separator: string
}

/** Which of the rows. */
export interface Range {
  limit: number
  offset: number
}

interface Selected extends RowShape {
  /** The rows as a SELECT, all of them without a range. */
  select (selection: Sql, range?: Range): (relation: Relation) => Sql
}

/** Plots, which have a row number each. */
export interface PlotsResult extends Selected {
  plots: {
    where: Sql
    /** undefined is the order of the row numbers. */
    sort: Sort | undefined
  }
}

/** Rows that are made of plots, such as totals. */
export interface TableResult extends Selected {
  plots?: undefined
  /** The text of some of the rows; {@link toPage} reads the answer. */
  page (text: RowText, range: Range): RelationQuery
}

/** A result that is understood and waits for the relation to ask: rows in a total order. */
export type Result = PlotsResult | TableResult

/** Some rows of a result as one text, and how many rows there are in all. */
export interface Page {
  items: string
  total: number
  /** What the result says of itself, for a page in JSON. */
  meta: object
}

/** The page in the one row that a page query answers with. */
export function toPage ([row]: readonly Row[]): Page {
  return { items: String(row?.['items'] ?? ''), total: Number(row?.['total'] ?? 0), meta: Object(JSON.parse(String(row?.['meta'] ?? '{}'))) }
}

/** The first row of a page, from 0, and how many it has. */
export function rangeOf ({ page, pageSize }: { page: number, pageSize: number }): Range {
  return { limit: pageSize, offset: (page - 1) * pageSize }
}

/** Rows as the items of a JSON array. */
export function asJson ({ json }: RowShape): RowText {
  return { item: json, separator: ',' }
}
