import type { Answer } from '../answers.js'
import { countPages, linkHeader, linkPages, linkTo, type PageLinks } from '../query/links.js'
import type { Reader } from '../query/reader.js'
import { asJson, rangeOf, type Result } from '../query/result.js'
import { badParameter } from '../query/values.js'
import type { View } from './answers.js'
import { shortHeader } from './caching.js'

export const jsonType = 'application/json; charset=utf-8'
// A year of days by settlement is about as many.
const mostRows = 100_000

/** A page of a result with its links; `meta` is added to the page's own. */
export async function makePage (reader: Reader, view: View, result: Result, { page, pageSize }: { page: number, pageSize: number }, meta: object = {}): Promise<Answer> {
  const { relation, pins, path, parameters } = view
  const { items, total, meta: own } = await reader.readPage(relation, result, asJson(result), rangeOf({ page, pageSize }))
  const links = linkPages(path, parameters, pins, { page, pageSize, total })
  const fullMeta = { ...meta, ...own, total, page, pageSize, pages: countPages(total, pageSize) }
  return toAnswer(view, items, fullMeta, links, Math.max(0, Math.min(pageSize, total - (page - 1) * pageSize)))
}

/** All rows of a result as one page. Throws `OSH_BAD_PARAMETER` where there are more than `mostRows`. */
export async function makeWhole (reader: Reader, view: View, result: Result, meta: object = {}): Promise<Answer> {
  const { relation, pins, path, parameters } = view
  const { items, total, meta: own } = await reader.readPage(relation, result, asJson(result), { limit: mostRows, offset: 0 })
  if (total > mostRows) throw badParameter('pageSize', `the result has ${total} rows, more than the ${mostRows} that come at once in JSON; ask for pages, or for format=csv or ndjson`)
  const self = linkTo(path, parameters, pins)
  const links = { self, first: self, prev: null, next: null, last: self }
  return toAnswer(view, items, { ...meta, ...own, total, page: 1, pageSize: total, pages: Math.min(1, total) }, links, total)
}

function toAnswer ({ snapshot, date, pins }: View, items: string, meta: object, links: PageLinks, rows: number): Answer {
  const fullMeta = { ...(Object.hasOwn(pins, 'snapshot') && { snapshot, date }), ...meta }
  return {
    body: `{"data":[${items}],"meta":${JSON.stringify(fullMeta)},"links":${JSON.stringify(links)}}`,
    headers: { 'content-type': jsonType, ...shortHeader('link', linkHeader(links)) },
    rows,
  }
}
