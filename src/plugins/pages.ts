import type { Answer } from '../answers.js'
import type { Database } from '../duckdb/database.js'
import { countPages, linkHeader, linkPages } from '../query/links.js'
import { readPage, type RelationQuery } from '../query/result.js'
import type { View } from './answers.js'
import { shortHeader } from './caching.js'

export const jsonType = 'application/json; charset=utf-8'

/** A page of a query's result with its links; `meta` is added to the page's own. */
export async function makePage (database: Database, view: View, query: RelationQuery, { page, pageSize }: { page: number, pageSize: number }, meta: object = {}): Promise<Answer> {
  const { relation, snapshot, date, path, parameters } = view
  const { items, total } = readPage(await database.query(query(relation)))
  const links = linkPages(path, parameters, snapshot, { page, pageSize, total })
  const fullMeta = { snapshot, date, total, page, pageSize, pages: countPages(total, pageSize), ...meta }
  return {
    body: `{"data":[${items}],"meta":${JSON.stringify(fullMeta)},"links":${JSON.stringify(links)}}`,
    headers: { 'content-type': jsonType, ...shortHeader('link', linkHeader(links)) },
    rows: Math.max(0, Math.min(pageSize, total - (page - 1) * pageSize)),
  }
}
