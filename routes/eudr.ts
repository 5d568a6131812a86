import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { EudrFileSchema, EudrPlotSchema, EudrQuerySchema, EudrReportQuerySchema } from '../schemas/eudr.js'
import { mediaTypes, otherContent, tableFormats } from '../schemas/formats.js'
import { problemResponses } from '../schemas/problem.js'
import { EudrReportSchema } from '../schemas/responses.js'
import { disposition } from '../src/formats/file-name.js'
import type { Limits } from '../src/limits.js'
import type { View } from '../src/plugins/answers.js'
import { openText } from '../src/plugins/streams.js'
import { eudrFeature, eudrFrame, parseReportQuery, planFile, type EudrFile } from '../src/query/eudr.js'
import { selectPlots } from '../src/query/page.js'

const describe = ({ included, leftOut }: EudrFile) => ({
  'x-eudr-included': String(included),
  'x-eudr-left-out': Object.entries(leftOut).map(([reason, count]) => `${reason}=${count}`).join('; '),
})

const problemCodes = ['OSH_BAD_PARAMETER', 'OSH_SNAPSHOT_NOT_FOUND', 'OSH_SNAPSHOT_REPLACED', 'OSH_NO_SNAPSHOT', 'OSH_OVERLOADED', 'OSH_QUERY_TIMEOUT'] as const

const routes: FastifyPluginAsyncTypebox<Pick<Limits, 'eudrBytes'>> = async (app, { eudrBytes }) => {
  app.get('/eudr.geojson', {
    compress: false,
    schema: {
      operationId: 'getEudrFile',
      summary: 'Plots as a geolocation file for due diligence',
      description: 'A FeatureCollection as the EU\'s information system takes it: points in WGS 84, longitude first, six decimals. A plot over 4 hectares needs a polygon, which the register does not have: it is left out, as is one without a usable coordinate or area; the headers `X-EUDR-Included` and `X-EUDR-Left-Out` count them and /eudr/report lists them. This is a format, not legal advice.',
      tags: ['EUDR'],
      querystring: EudrQuerySchema,
      response: {
        200: { description: 'The file', content: { [mediaTypes.geojson[0]]: { schema: EudrFileSchema } } },
        ...problemResponses(...problemCodes),
      },
    },
  }, async (request, reply) => {
    const { snapshot, ...query } = request.query
    let file: Promise<EudrFile> | undefined
    const plan = async ({ relation }: View) => {
      file ??= planFile(app.database, relation, query, eudrBytes)
      return await file
    }
    return await app.streamFrom(request, reply, {
      selector: snapshot,
      isText: true,
      headers: async view => ({
        'content-type': mediaTypes.geojson[0],
        'content-disposition': disposition('eudr', view.date, view.parameters, 'geojson'),
        ...describe(await plan(view)),
      }),
      open: async view => {
        const { where } = await plan(view)
        return { stream: await openText(eudrFrame.head, app.reader.readPieces(view.relation, selectPlots(where), eudrFeature), eudrFrame.tail) }
      },
    })
  })

  app.get('/eudr/report', {
    ...app.answered,
    schema: {
      operationId: 'reportEudr',
      summary: 'What the geolocation file has and has not, plot by plot, and why',
      description: 'Also the decimals of each source coordinate, how many plots are at the same one, and the status of the certificate. Try `included=false`.',
      tags: ['EUDR'],
      querystring: EudrReportQuerySchema,
      response: {
        200: { description: 'A row for each plot that matches', content: { 'application/json': { schema: EudrReportSchema }, ...otherContent(EudrPlotSchema, tableFormats) } },
        ...problemResponses('OSH_NOT_ACCEPTABLE', ...problemCodes),
      },
    },
  }, async (request, reply) => await app.sendResult(request, reply, { result: parseReportQuery(request.query), query: request.query, offered: tableFormats }))
}

export default routes
