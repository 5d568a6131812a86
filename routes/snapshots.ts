import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { mediaTypes } from '../schemas/formats.js'
import { problemResponses } from '../schemas/problem.js'
import { NoQuerySchema, SnapshotsQuerySchema, type SnapshotsQuery } from '../schemas/query.js'
import { ItemSchema, ListSchema } from '../schemas/responses.js'
import { ComparedSnapshotSchema, MissingDaySchema, SnapshotSchema, type MissingDay, type Snapshot, type SnapshotDetail } from '../schemas/snapshot.js'
import { Type } from '../schemas/typebox/type.js'
import { compareDay } from '../src/comparison.js'
import { disposition } from '../src/formats/file-name.js'
import { exactCacheControl, findKnownTag, latestCacheControl, sendTagged, tagOf } from '../src/plugins/caching.js'
import { sendFile } from '../src/plugins/files.js'
import { badParameter } from '../src/query/values.js'
import { toDate, toDay } from '../src/snapshots/day.js'
import { countDays, findGaps } from '../src/snapshots/gaps.js'
import { parseSelector } from '../src/snapshots/selector.js'
import { fileName, idOf, type StoredSnapshot } from '../src/snapshots/store.js'

const DayParameterSchema = Type.Object({
  date: Type.String({ format: 'snapshot', maxLength: 100, description: 'A day (2026-11-23 or 20261123), `latest`, or one revision of a day', examples: ['latest'] }),
})

const [parquetType] = mediaTypes.parquet

/** What is said of a snapshot's file, however much of it is sent. */
const describeFile = (stored: StoredSnapshot, asked: string) => {
  const snapshot = idOf(stored)
  const isExact = asked === snapshot
  return {
    etag: tagOf([snapshot, fileName]),
    'last-modified': stored.publishedAt.toUTCString(),
    'cache-control': isExact ? exactCacheControl : latestCacheControl,
    'accept-ranges': 'bytes',
    'content-disposition': disposition(fileName.replace('.parquet', ''), toDate(stored.day), [], 'parquet'),
    ...(!isExact && { 'content-location': `/snapshots/${snapshot}/${fileName}` }),
  }
}

const sendSnapshot = async (request: FastifyRequest, reply: FastifyReply, asked: string) => {
  const { catalog } = request.server
  const selector = parseSelector(asked) ?? 'latest'
  const known = await catalog.find(selector)
  const headers = describeFile(known, asked)
  if (findKnownTag(request, headers.etag) !== undefined) return await reply.code(304).headers(headers).send()
  if (request.method === 'HEAD') return await reply.headers({ ...headers, 'content-type': parquetType, 'content-length': known.sizeBytes }).send(Readable.from([]))
  // By now it may be another one.
  const { stored, file } = await catalog.open(selector)
  const description = describeFile(stored, asked)
  return await sendFile(request, reply.headers(description), { handle: file, sizeBytes: stored.sizeBytes, contentType: parquetType, tag: description.etag })
}

// A century.
const longestSpan = 36_525

const routes: FastifyPluginAsyncTypebox = async app => {
  const compare = async (detail: SnapshotDetail) => {
    // What is known of the day itself does not wait for the history.
    if (app.history.peek() === undefined) return null
    const held = await app.history.acquire()
    try {
      return await compareDay(app, held, detail)
    } finally {
      held.release()
    }
  }

  app.get('/snapshots', {
    schema: {
      operationId: 'listSnapshots',
      summary: 'The days there are, or those that are missing, newest first',
      tags: ['Snapshots'],
      querystring: SnapshotsQuerySchema,
      response: {
        200: { description: 'All snapshots', content: { 'application/json': { schema: ListSchema(Type.Union([SnapshotSchema, MissingDaySchema]), 'Snapshots') } } },
        ...problemResponses('OSH_BAD_PARAMETER'),
      },
    },
  }, async (request, reply) => {
    const data = selectDays(app.catalog.list(), request.query)
    return await sendTagged(request, reply, [JSON.stringify(data)], { data, meta: { total: data.length }, links: { self: request.url } })
  })

  app.get('/snapshots/:date', {
    schema: {
      operationId: 'getSnapshot',
      summary: 'One day: where it came from, how good its data is, and how it compares with the day before',
      tags: ['Snapshots'],
      params: DayParameterSchema,
      querystring: NoQuerySchema,
      response: {
        200: { description: 'The snapshot with its quality report', content: { 'application/json': { schema: ItemSchema(ComparedSnapshotSchema, 'OneSnapshot', { file: Type.String({ description: 'Its Parquet file' }) }) } } },
        ...problemResponses('OSH_BAD_PARAMETER', 'OSH_SNAPSHOT_NOT_FOUND', 'OSH_SNAPSHOT_REPLACED', 'OSH_NO_SNAPSHOT', 'OSH_SNAPSHOT_UNREADABLE', 'OSH_CACHE_FAILED', 'OSH_OVERLOADED', 'OSH_QUERY_TIMEOUT'),
      },
    },
  }, async (request, reply) => {
    const detail = await app.catalog.describe(parseSelector(request.params.date) ?? 'latest')
    const data = { ...detail, comparison: await compare(detail) }
    return await sendTagged(request, reply, [JSON.stringify(data)], { data, meta: {}, links: { self: `/snapshots/${data.date}`, file: `/snapshots/${data.snapshot}/${fileName}` } })
  })

  app.get(`/snapshots/:date/${fileName}`, {
    compress: false,
    schema: {
      operationId: 'getSnapshotFile',
      summary: 'The Parquet file of one day',
      description: 'The file as it is in the store, also by range, so that DuckDB, polars and pandas read by URL the columns that they need. Name one revision where several requests have to be of the same file.',
      tags: ['Snapshots'],
      params: DayParameterSchema,
      querystring: NoQuerySchema,
      response: {
        200: { description: 'The file', content: { [parquetType]: { schema: Type.String({ contentMediaType: parquetType }) } } },
        206: { description: 'The range that was asked for, or several', content: { [parquetType]: { schema: Type.String() }, 'multipart/byteranges': { schema: Type.String() } } },
        ...problemResponses('OSH_BAD_PARAMETER', 'OSH_SNAPSHOT_NOT_FOUND', 'OSH_SNAPSHOT_REPLACED', 'OSH_RANGE_NOT_SATISFIABLE', 'OSH_NO_SNAPSHOT', 'OSH_SNAPSHOT_UNREADABLE', 'OSH_CACHE_FAILED'),
      },
    },
  }, async (request, reply) => await sendSnapshot(request, reply, request.params.date))
}

/** The days in the range that is asked for: those with a snapshot, or those without. Throws `OSH_BAD_PARAMETER`. */
function selectDays (snapshots: readonly Snapshot[], { from, to, missing }: SnapshotsQuery): (Snapshot | MissingDay)[] {
  const newest = snapshots[0]
  if (newest === undefined) return []
  const days = new Map(snapshots.map(snapshot => [toDay(snapshot.date), snapshot]))
  const dayOf = (text: string) => {
    const selector = parseSelector(text)
    return selector === undefined || selector === 'latest' ? toDay(newest.date) : selector.day
  }
  const first = from === undefined ? toDay(snapshots.at(-1)?.date ?? newest.date) : dayOf(from)
  const last = dayOf(to ?? 'latest')
  if (first > last && from !== undefined && to !== undefined) throw badParameter('from', 'is after `to`')
  if (missing !== 'true') return [...days].filter(([day]) => first <= day && day <= last).map(([, snapshot]) => snapshot)
  if (countDays(first, last) > longestSpan) throw badParameter('from', `is more than ${longestSpan} days before \`to\``)
  return findGaps(days.keys(), first, last).map(day => ({ date: toDate(day), snapshot: null, rows: null, sizeBytes: null, publishedAt: null }))
}

export default routes
