import type { DuckDBConnection } from '@duckdb/node-api'
import { upstreamColumns } from '../../schemas/upstream.js'
import { cleanText, integer, time, type Rows } from './columns.js'
import { readRows } from './database.js'
import { list, sql, type Sql } from './sql.js'

// Measured: with 4,750 of them in 47,500 rows the statement takes as long as to sort the records, with 2,375 it does not.
const maxGaps = 2000
// Places of a file that share a list of gaps.
const span = 1024

/**
 * The records of a file that are plots, each with `row`, its place in order of id, as something to select from in that
 * order. Of several records with one id, the plot is that which was updated last.
 */
export async function selectInOrder (connection: DuckDBConnection, file: Rows): Promise<Sql> {
  const gaps = await findGaps(connection, file)
  return gaps === undefined ? sql`${selectNumbered(file)} ORDER BY numbered.row` : skipGaps(file, gaps)
}

/** The same in any order. */
export function selectNumbered (file: Rows): Sql {
  return sql`
    SELECT ${listColumns(file, sql`numbered.row`)} FROM ${file.source} AS records
    JOIN (${numberPlots(file)}) AS numbered ON records.file_row_number = numbered.place`
}

/** Each plot's place in the file, and its row. */
function numberPlots ({ source, columns }: Rows): Sql {
  return sql`
    WITH keys AS (
      SELECT file_row_number AS place, ${integer(columns, 'entity_smallholder_id')} AS id, ${time(cleanText(columns, 'updated_at'))} AS updated_time
      FROM ${source}
    ), latest AS (
      SELECT place, id FROM keys WHERE id IS NOT NULL
      QUALIFY row_number() OVER (PARTITION BY id ORDER BY updated_time DESC NULLS LAST, place DESC) = 1
    )
    SELECT place, CAST(row_number() OVER (ORDER BY id) - 1 AS INTEGER) AS row FROM latest`
}

/** Places between plots, in order, where no plot is; and the place after the last plot. */
interface Gaps {
  places: number[]
  end: number
}

/** Undefined where the plots are not in order of id, as in the files of this service, or there are too many gaps. */
async function findGaps (connection: DuckDBConnection, file: Rows): Promise<Gaps | undefined> {
  // Plots that follow each other are as far from their place in the file.
  const runs = await readRows(connection, sql`
    SELECT min(place)::DOUBLE AS first, max(place)::DOUBLE AS last, min(row)::DOUBLE AS row, count(*)::DOUBLE AS plots
    FROM (${numberPlots(file)}) GROUP BY place - row ORDER BY first LIMIT ${maxGaps + 2}`)
  const places: number[] = []
  let end = 0
  for (const run of runs) {
    const [first, last, row, plots] = [Number(run['first']), Number(run['last']), Number(run['row']), Number(run['plots'])]
    if (plots !== last - first + 1 || row !== end - places.length || places.length + first - end > maxGaps) return undefined
    for (let place = end; place < first; place++) places.push(place)
    end = last + 1
  }
  return { places, end }
}

/** The engine keeps an order that it need not make, though in no join: so the gaps stand in the statement. */
function skipGaps (file: Rows, { places, end }: Gaps): Sql {
  const gaps: number[][] = Array.from({ length: Math.ceil(end / span) }, () => [])
  for (const place of places) gaps[Math.floor(place / span)]?.push(place)
  let count = 0
  const here = spanned('INTEGER[]', gaps)
  const before = spanned('INTEGER', gaps.map(({ length }) => (count += length) - length))
  const beforeHere = sql`CASE WHEN len(${here}) > 0 THEN len(list_filter(${here}, lambda gap: gap < file_row_number)) ELSE 0 END`
  const row = sql`CAST(file_row_number - ${before} - ${beforeHere} AS INTEGER)`
  return sql`
    SELECT ${listColumns(file, row)} FROM ${file.source} AS records
    WHERE file_row_number < ${sql.lit(end)} AND NOT list_contains(${here}, file_row_number)`
}

/** Upstream's columns that the file has, and the row; further columns may be named like anything here. */
function listColumns ({ columns }: Rows, row: Sql): Sql {
  return list([...upstreamColumns.filter(column => columns.has(column)).map(column => sql`records.${sql.id(column)}`), sql`${row} AS row`])
}

/** Of a list, the element for the span in which a record is. */
function spanned (type: string, elements: readonly unknown[]): Sql {
  return sql.raw(`(${JSON.stringify(elements)}::${type}[])[file_row_number // ${span} + 1]`)
}
