import { double, sql, type Sql } from '../duckdb/sql.js'

/** Degrees, WGS 84. */
export interface Box {
  minLongitude: number
  minLatitude: number
  maxLongitude: number
  maxLatitude: number
}

// Mean radius of the Earth. Source: IUGG (Moritz, Geodetic Reference System 1980).
const earthRadiusMetres = 6_371_008.8

/** The condition that a plot lies in a box, edges included. */
export function within ({ minLongitude, minLatitude, maxLongitude, maxLatitude }: Box): Sql {
  return sql`gps_coordinate_long BETWEEN ${double(minLongitude)} AND ${double(maxLongitude)}
    AND gps_coordinate_lat BETWEEN ${double(minLatitude)} AND ${double(maxLatitude)}`
}

/** The condition that a plot lies within a great-circle distance of a point, by the haversine formula. */
export function withinRadius ({ longitude, latitude }: { longitude: number, latitude: number }, radiusMetres: number): Sql {
  const point = { longitude: double(longitude), latitude: double(latitude) }
  const haversine = (angle: Sql) => sql`pow(sin(radians(${angle}) / 2), 2)`
  return sql`2 * ${sql.lit(earthRadiusMetres)} * asin(sqrt(least(1.0,
    ${haversine(sql`gps_coordinate_lat - ${point.latitude}`)}
    + cos(radians(${point.latitude})) * cos(radians(gps_coordinate_lat)) * ${haversine(sql`gps_coordinate_long - ${point.longitude}`)}
    ))) <= ${double(radiusMetres)}`
}
