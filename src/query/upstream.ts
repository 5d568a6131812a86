import type { Database } from '../duckdb/database.js'
import type { Relation } from '../duckdb/relation.js'
import { compile, sql, type Sql } from '../duckdb/sql.js'

const chunkRows = 2000

/** Which of the records; all of them unless it says otherwise. */
export interface Range {
  offset?: number
  limit?: number
}

/**
 * Records as upstream has them, in the order of ids, as pieces of a JSON array's items. Each
 * piece is a short query of its own, so a slow reader holds no connection.
 */
export async function * readUpstreamRecords (database: Database, { table }: Relation, where: Sql, { offset = 0, limit = Infinity }: Range): AsyncGenerator<string> {
  let after = -1
  let skip = offset
  let left = limit
  while (left > 0) {
    const rows = Math.min(left, chunkRows)
    const [chunk] = await database.query(compile(sql`
      WITH chunk AS (SELECT row FROM ${sql.table(table)} WHERE row > ${after} AND ${where} ORDER BY row LIMIT ${rows} OFFSET ${skip})
      SELECT count(*)::DOUBLE AS rows, max(row)::DOUBLE AS last, string_agg(upstream_json, ',' ORDER BY row) AS items
      FROM ${sql.table(table)} WHERE row IN (SELECT row FROM chunk)`))
    const found = Number(chunk?.['rows'])
    if (found === 0) return
    yield `${after === -1 ? '' : ','}${String(chunk?.['items'])}`
    if (found < rows) return
    after = Number(chunk?.['last'])
    skip = 0
    left -= found
  }
}
