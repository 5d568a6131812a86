import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { problemResponses } from '../schemas/problem.js'
import { NoQuerySchema, SnapshotsQuerySchema, type SnapshotsQuery } from '../schemas/query.js'
import { ItemSchema, ListSchema } from '../schemas/responses.js'
import { MissingDaySchema, SnapshotDetailSchema, SnapshotSchema, type MissingDay, type Snapshot } from '../schemas/snapshot.js'
import { sendTagged } from '../src/plugins/caching.js'
import { badParameter } from '../src/query/values.js'
import { toDate, toDay } from '../src/snapshots/day.js'
import { countDays, findGaps } from '../src/snapshots/gaps.js'
import { parseSelector } from '../src/snapshots/selector.js'

// A century.
const longestSpan = 36_525

const routes: FastifyPluginAsyncTypebox = async app => {
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
      summary: 'One day: where it came from and how good its data is',
      tags: ['Snapshots'],
      params: Type.Object({ date: Type.String({ format: 'snapshot', maxLength: 100, description: 'A day (2026-11-23 or 20261123), `latest`, or one revision of a day', examples: ['latest'] }) }),
      querystring: NoQuerySchema,
      response: {
        200: { description: 'The snapshot with its quality report', content: { 'application/json': { schema: ItemSchema(SnapshotDetailSchema, 'OneSnapshot') } } },
        ...problemResponses('OSH_BAD_PARAMETER', 'OSH_SNAPSHOT_NOT_FOUND', 'OSH_SNAPSHOT_REPLACED', 'OSH_NO_SNAPSHOT', 'OSH_SNAPSHOT_UNREADABLE', 'OSH_CACHE_FAILED'),
      },
    },
  }, async (request, reply) => {
    const data = await app.catalog.describe(parseSelector(request.params.date) ?? 'latest')
    return await sendTagged(request, reply, [data.snapshot], { data, meta: {}, links: { self: `/snapshots/${data.date}` } })
  })
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
