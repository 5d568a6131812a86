import type { FastifyReply } from 'fastify'
import type { Database } from '../duckdb/database.js'
import { countPages, linkHeader, linkPages } from '../query/links.js'
import { readPage, type RelationQuery } from '../query/page.js'
import { setShortHeader, type View } from './snapshots.js'

/** The body of a page with its `Link` header; `meta` is added to the page's own. */
export async function sendPage (database: Database, reply: FastifyReply, view: View, query: RelationQuery, { page, pageSize }: { page: number, pageSize: number }, meta: object = {}): Promise<string> {
  const { relation, snapshot, date, path, parameters } = view
  const { items, total } = readPage(await database.query(query(relation)))
  const links = linkPages(path, parameters, snapshot, { page, pageSize, total })
  setShortHeader(reply, 'link', linkHeader(links))
  const fullMeta = { snapshot, date, total, page, pageSize, pages: countPages(total, pageSize), ...meta }
  return `{"data":[${items}],"meta":${JSON.stringify(fullMeta)},"links":${JSON.stringify(links)}}`
}
