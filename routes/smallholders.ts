import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { otherContent, plotFormats } from '../schemas/formats.js'
import { PlotSchema } from '../schemas/plot.js'
import { problemResponses } from '../schemas/problem.js'
import { PlotsQuerySchema, SnapshotQuerySchema } from '../schemas/query.js'
import { OnePlotSchema, PlotPageSchema } from '../schemas/responses.js'
import { OshError } from '../src/errors.js'
import { jsonType } from '../src/plugins/pages.js'
import { linkTo } from '../src/query/links.js'
import { parsePlotsQuery, selectPlot } from '../src/query/page.js'

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
      params: Type.Object({ id: Type.Integer({ description: 'entity_smallholder_id', minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER, examples: [474748] }) }),
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
}

export default routes
