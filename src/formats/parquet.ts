import type { Database } from '../duckdb/database.js'
import type { Relation } from '../duckdb/relation.js'
import { list, sql, type Sql } from '../duckdb/sql.js'
import type { Place, Range, Result } from '../query/result.js'

const geometry = 'geometry'

// Without a CRS it is longitude and latitude on WGS 84. Source: GeoParquet 1.1.0.
const geoMetadata = JSON.stringify({ version: '1.1.0', primary_column: geometry, columns: { [geometry]: { encoding: 'WKB', geometry_types: ['Point'] } } })

/**
 * Writes a result as a Parquet file with types: GeoParquet 1.1 with a point where the place of a row
 * is known, unless the result has been asked for other columns than the coordinates.
 */
export async function writeParquet (database: Database, relation: Relation, result: Result, range: Range | undefined, path: string): Promise<void> {
  const place = placeOf(result)
  const columns = result.columns.map(({ name, value, typed }) => sql`${typed ?? value} AS ${sql.id(name)}`)
  if (place !== undefined) columns.push(sql`${toWkb(place)} AS ${sql.id(geometry)}`)
  const metadata = place === undefined ? sql`` : sql`, KV_METADATA {geo: ${sql.lit(geoMetadata)}}`
  // Snappy is what every reader knows.
  await database.query(sql`COPY (${result.select(list(columns), range)(relation)}) TO ${sql.lit(path)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 24576${metadata})`)
}

function placeOf ({ columns, place }: Result): Place | undefined {
  const has = (name: string) => columns.some(column => column.name === name)
  return place !== undefined && has(place.longitude) && has(place.latitude) ? place : undefined
}

/** The 21 bytes of a point as well-known binary. */
function toWkb ({ longitude, latitude, isKnown }: Place): Sql {
  return sql`CASE WHEN ${isKnown} THEN CAST(ST_AsWKB(CAST(concat('POINT (', ${sql.id(longitude)}, ' ', ${sql.id(latitude)}, ')') AS GEOMETRY)) AS BLOB) END`
}
