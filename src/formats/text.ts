import { list, sql, type Sql } from '../duckdb/sql.js'
import type { Column, Place, RowShape, RowText } from '../query/result.js'

/** A format whose text the engine makes row by row. */
export interface TextFormat {
  head (shape: RowShape): string
  row (shape: RowShape): RowText
  tail: string
}

const lineEnd = '\r\n'
// A spreadsheet takes these for the beginning of a formula; one that stands apart by apostrophes gets one more, so that it can be told.
const formula = '^\'*[=+@\\t\\r-]'
const special = '[",\\r\\n]'

/** A JSON object a line. */
export const ndjson: TextFormat = {
  head: () => '',
  row: ({ json }) => ({ item: sql`concat(${json}, ${sql.lit('\n')})`, separator: '' }),
  tail: '',
}

/** RFC 4180: a header, commas, CRLF, quotes where they are needed. Null is an empty cell. */
export const csv: TextFormat = {
  head: ({ columns }) => `${columns.map(({ name }) => name).join()}${lineEnd}`,
  row: ({ columns }) => ({ item: sql`concat(${list(columns.map(toCell), ', \',\', ')}, ${sql.lit(lineEnd)})`, separator: '' }),
  tail: '',
}

/** RFC 7946: a Feature a row, with a Point where its place is known. */
export const geojson: TextFormat = {
  head: () => '{"type":"FeatureCollection","features":[',
  row: ({ json, place }) => {
    if (place === undefined) throw new TypeError('rows without a place are no features')
    return { item: sql`concat('{"type":"Feature","id":', ${sql.id(place.id)}, ',"geometry":', ${toPoint(place)}, ',"properties":', ${json}, '}')`, separator: ',' }
  },
  tail: ']}',
}

function toCell ({ value, isText }: Column): Sql {
  if (!isText) return value
  const safe = sql`CASE WHEN regexp_matches(${value}, ${sql.lit(formula)}) THEN concat('''', ${value}) ELSE ${value} END`
  return sql`CASE WHEN regexp_matches(${value}, ${sql.lit(special)}) THEN concat('"', replace(${safe}, '"', '""'), '"') ELSE ${safe} END`
}

function toPoint ({ longitude, latitude, isKnown }: Place): Sql {
  return sql`CASE WHEN ${isKnown} THEN concat('{"type":"Point","coordinates":[', to_json(${sql.id(longitude)}), ',', to_json(${sql.id(latitude)}), ']}') ELSE 'null' END`
}
