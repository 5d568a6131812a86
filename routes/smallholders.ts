import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { otherContent, plotFormats } from '../schemas/formats.js'
import { PlotSchema } from '../schemas/plot.js'
import { problemResponses } from '../schemas/problem.js'
import { HistoryQuerySchema, PlotsQuerySchema, SnapshotQuerySchema } from '../schemas/query.js'
import { OnePlotSchema, PlotHistorySchema, PlotPageSchema } from '../schemas/responses.js'
import { Type } from '../schemas/typebox/type.js'
import { OshError } from '../src/errors.js'
import { jsonType } from '../src/plugins/pages.js'
import { linkTo } from '../src/query/links.js'
import { readVersions, selectHistory } from '../src/query/history.js'
import { parsePlotsQuery, selectPlot } from '../src/query/page.js'
import { toDate } from '../src/snapshots/day.js'

const IdSchema = Type.Object({ id: Type.Integer({ description: 'entity_smallholder_id', minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER, examples: [474748] }) })

const routes: FastifyPluginAsyncTypebox = async app => {
  app.get('/smallholders', {
    ...app.answered,
    schema: {
      operationId: 'listPlots',
      summary: 'Plots, filtered, sorted and paged',
      description: 'Try `state=1`, `scheme=FELDA&cert_status=EXPIRED&sort=-certified_area`, `q=benu&fields=name,state,planted_area` or `state=Melaka&format=csv`.',
      tags: ['Plots'],
      querystring: PlotsQuerySchema,
      response: {
        200: { description: 'One page of plots; in other formats than JSON all of them, unless a page is asked for', content: { 'application/json': { schema: PlotPageSchema }, ...otherContent(Type.Partial(PlotSchema), plotFormats) } },
        ...problemResponses('OSH_BAD_PARAMETER', 'OSH_NOT_ACCEPTABLE', 'OSH_SNAPSHOT_NOT_FOUND', 'OSH_SNAPSHOT_REPLACED', 'OSH_NO_SNAPSHOT', 'OSH_OVERLOADED', 'OSH_QUERY_TIMEOUT'),
      },
    },
  }, async (request, reply) => await app.sendResult(request, reply, { result: parsePlotsQuery(request.query), query: request.query, offered: plotFormats }))

  app.get('/smallholders/:id', {
    ...app.answered,
    schema: {
      operationId: 'getPlot',
      summary: 'One plot',
      tags: ['Plots'],
      params: IdSchema,
      querystring: SnapshotQuerySchema,
      response: {
        200: { description: 'The plot', content: { 'application/json': { schema: OnePlotSchema } } },
        ...problemResponses('OSH_BAD_PARAMETER', 'OSH_PLOT_NOT_FOUND', 'OSH_SNAPSHOT_NOT_FOUND', 'OSH_SNAPSHOT_REPLACED', 'OSH_NO_SNAPSHOT', 'OSH_OVERLOADED', 'OSH_QUERY_TIMEOUT'),
      },
    },
  }, async (request, reply) => {
    const { id } = request.params
    return await app.answerFrom(request, reply, request.query.snapshot, async ({ relation, snapshot, date, path, parameters }) => {
      const [row] = await app.database.query(selectPlot(relation, id))
      if (row === undefined) throw new OshError('OSH_PLOT_NOT_FOUND', `The register of ${date} has no plot ${id}.`, { extensions: { snapshot } })
      const links = { self: linkTo(path, parameters, { snapshot }), snapshot: `/snapshots/${date}` }
      const body = `{"data":${String(row['json'])},"meta":${JSON.stringify({ snapshot, date })},"links":${JSON.stringify(links)}}`
      return { body, headers: { 'content-type': jsonType }, rows: 1 }
    })
  })

  app.get('/smallholders/:id/history', {
    ...app.answered,
    schema: {
      operationId: 'getPlotHistory',
      summary: 'One plot over all days',
      description: 'An entry for each version with the snapshot days on which it was seen, oldest first. A plot that left and came back has an entry for each stay.',
      tags: ['Time'],
      params: IdSchema,
      querystring: HistoryQuerySchema,
      response: {
        200: { description: 'Its versions', content: { 'application/json': { schema: PlotHistorySchema } } },
        ...problemResponses('OSH_BAD_PARAMETER', 'OSH_PLOT_NOT_FOUND', 'OSH_NO_SNAPSHOT', 'OSH_HISTORY_BUILDING', 'OSH_SNAPSHOT_UNREADABLE', 'OSH_OVERLOADED', 'OSH_QUERY_TIMEOUT'),
      },
    },
  }, async (request, reply) => {
    const { params: { id }, query: { include } } = request
    return await app.withSpan({ begins: 'first' }, async ({ origin: { pin: _, ...origin }, meta: { fromDate: from, toDate: to }, all }) =>
      await app.answerFrom(request, reply, origin, async ({ relation, path, parameters }) => {
        const versions = readVersions(await app.database.query(selectHistory(relation, id)), { includeUpdated: include !== undefined })
        if (versions.length === 0) throw new OshError('OSH_PLOT_NOT_FOUND', `No snapshot from ${from} to ${to} has a plot ${id}.`)
        const data = versions.map(({ first, last, json }) =>
          `{"first_seen":"${toDate(first)}","last_seen":"${last === undefined ? to : toDate(last)}","current":${last === undefined},"plot":${json}}`)
        const body = `{"data":[${data.join()}],"meta":${JSON.stringify({ total: data.length, from, to, days: all.length })},"links":${JSON.stringify({ self: linkTo(path, parameters), plot: `/smallholders/${id}` })}}`
        return { body, headers: { 'content-type': jsonType }, rows: data.length }
      }))
  })
}

export default routes
