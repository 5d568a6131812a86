import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ItemsQuerySchema, ogcMaxLimit, type ItemsQuery } from '../schemas/ogc.js'
import { NoQuerySchema } from '../schemas/query.js'
import { Type } from '../schemas/typebox/type.js'
import { OshError } from '../src/errors.js'
import { geojson } from '../src/formats/text.js'
import { describeApi } from '../src/ogc/document.js'
import { parseItemsQuery } from '../src/ogc/items.js'
import { conformance, describeCollection, describeCollections, describeRoot, geojsonType, jsonType, openapiType, pathsOf, type Link, type Paths } from '../src/ogc/resources.js'
import { findKnownTag, latestCacheControl, sendTagged, tagOf } from '../src/plugins/caching.js'
import { linkTo, type Parameters } from '../src/query/links.js'
import { selectPlots } from '../src/query/page.js'
import type { Result } from '../src/query/result.js'
import { sql } from '../src/duckdb/sql.js'
import { parseSelector } from '../src/snapshots/selector.js'
import { idOf } from '../src/snapshots/store.js'

const cacheControl = 'public, max-age=3600'

/** Where the client finds this service; what is no name of a host is left out. */
const pathsFor = ({ protocol, host }: FastifyRequest) => pathsOf(/^[\w.-]+(:\d+)?$|^\[[\da-f:.]+\](:\d+)?$/i.test(host) ? `${protocol}://${host}` : '')

/** Sends what is made of some rows of a snapshot, which is said in a weak tag: the time in it is another each time. */
const sendFeatures = async (request: FastifyRequest, reply: FastifyReply, asked: string, { result, limit, offset }: { result: Result, limit: number, offset: number }, make: (found: Found) => string) => {
  const { catalog, reader, serviceVersion } = request.server
  const lease = await catalog.acquire(parseSelector(asked) ?? 'latest')
  try {
    const snapshot = idOf(lease.stored)
    const paths = pathsFor(request)
    const tag = tagOf([serviceVersion, snapshot, paths.root, request.url])
    const known = findKnownTag(request, tag)
    reply.headers({ 'cache-control': latestCacheControl, vary: 'Accept-Encoding', etag: `W/${known ?? tag}`, 'last-modified': lease.stored.publishedAt.toUTCString() })
    if (known !== undefined) return await reply.code(304).send()
    const { items, total } = await reader.readPage(lease.relation, result, geojson.row(result), { limit, offset })
    return await reply.header('content-type', geojsonType).send(Buffer.from(make({ paths, snapshot, items, total, returned: Math.max(0, Math.min(limit, total - offset)) })))
  } finally {
    lease.release()
  }
}

interface Found {
  paths: Paths
  snapshot: string
  items: string
  total: number
  returned: number
}

/** A page of features; its links carry the exact snapshot, so a walk never mixes two. */
const toCollection = ({ paths, snapshot, items, total, returned }: Found, parameters: Parameters, { limit, offset }: { limit: number, offset: number }) => {
  const to = (rel: string, target: number): Link => ({ href: linkTo(paths.items, parameters, { snapshot, offset: target, limit }), rel, type: geojsonType })
  const links = [
    to('self', offset),
    ...(offset + limit < total ? [to('next', offset + limit)] : []),
    ...(offset > 0 ? [to('prev', Math.max(0, offset - limit))] : []),
    { href: paths.collection, rel: 'collection', type: jsonType },
  ]
  const rest = { numberMatched: total, numberReturned: returned, timeStamp: new Date().toISOString(), links }
  return `${geojson.head({ columns: [], json: sql`` })}${items}],${JSON.stringify(rest).slice(1)}`
}

const routes: FastifyPluginAsyncTypebox = async app => {
  const resources: [path: string, type: string, make: (paths: Paths) => object][] = [
    ['/ogc', jsonType, describeRoot],
    ['/ogc/', jsonType, describeRoot],
    ['/ogc/api', openapiType, paths => describeApi(paths, app.serviceVersion)],
    ['/ogc/conformance', jsonType, () => conformance],
    ['/ogc/collections', jsonType, describeCollections],
    ['/ogc/collections/smallholders', jsonType, describeCollection],
  ]
  for (const [path, type, make] of resources) {
    app.get(path, { schema: { hide: true, querystring: NoQuerySchema } }, async (request, reply) => {
      const paths = pathsFor(request)
      // As bytes, so that the media type stays as the standard has it.
      return await sendTagged(request, reply.header('content-type', type), [paths.root], Buffer.from(JSON.stringify(make(paths))), cacheControl)
    })
  }

  app.get('/ogc/collections/smallholders/items', { schema: { hide: true, querystring: ItemsQuerySchema } }, async (request, reply) => {
    const query: ItemsQuery = request.query
    const range = { limit: Math.min(query.limit, ogcMaxLimit), offset: query.offset }
    const parameters = Object.entries(query).filter(([name]) => name !== 'snapshot').map(([name, value]): [string, string] => [name, String(value)])
    return await sendFeatures(request, reply, query.snapshot ?? 'latest', { result: parseItemsQuery(query), ...range }, found => toCollection(found, parameters, range))
  })

  app.get('/ogc/collections/smallholders/items/:id', { schema: { hide: true, params: Type.Object({ id: Type.String({ maxLength: 100 }) }), querystring: NoQuerySchema } }, async (request, reply) => {
    const { id } = request.params
    const isId = /^-?\d{1,15}$/.test(id)
    const result = selectPlots(isId ? sql`entity_smallholder_id = ${Number(id)}` : sql`false`)
    return await sendFeatures(request, reply, 'latest', { result, limit: 1, offset: 0 }, ({ paths, items, total }) => {
      if (total === 0) throw new OshError('OSH_PLOT_NOT_FOUND', `The collection has no feature ${id}.`)
      const links: Link[] = [{ href: `${paths.items}/${id}`, rel: 'self', type: geojsonType }, { href: paths.collection, rel: 'collection', type: jsonType }]
      return `${items.slice(0, -1)},"links":${JSON.stringify(links)}}`
    })
  })
}

export default routes
