import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { securityHeaders } from './answer-headers.js'

const description = `
Malaysia's register of organised palm-oil smallholders, day by day: filter, sort and page its plots,
sum them up by state, scheme or settlement, and look at any past day. Free to read, no account.

**Begin here:** [the page](../) shows the register, [/smallholders?state=1](../smallholders?state=1) lists plots in Johor,
[/aggregates/states](../aggregates/states) sums up each state, and
[/changes](../changes) tells what the latest day changed, and [/snapshots](../snapshots) lists the days there are.

Filters are named like the fields; a list separated by commas matches any of its values, a suffix such as
\`__gte\` or \`__icontains\` is another operator, and different filters all have to match. Every answer names
the exact snapshot it comes from. Areas are hectares, coordinates are WGS 84 degrees, times are UTC.
`.trim()

/** In the order that a newcomer needs. */
const tags = [
  { name: 'Plots', description: 'The plots of one snapshot, filtered, sorted and paged' },
  { name: 'Totals', description: 'Plots, hectares and certificates by state, scheme, settlement and more' },
  { name: 'Time', description: 'What changed between days, the totals of every day, and the versions of a plot' },
  { name: 'EUDR', description: 'Plots in the form of a geolocation file for due diligence (EU Regulation 2023/1115); a format, not legal advice' },
  { name: 'Reference', description: 'What the filters `state` and `scheme` take' },
  { name: 'Snapshots', description: 'Which days there are, and how good their data is' },
  { name: 'Drop-in', description: 'Upstream\'s own route, with parameters that work' },
  { name: 'Ingest', description: 'Fetch the register now; for operators' },
  { name: 'Service', description: 'Health and measures of this process' },
]

/** What a browser may do with the pages of Swagger UI: load and call this service, nothing else. */
const pagePolicy = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ['\'self\''],
      baseUri: ['\'none\''],
      formAction: ['\'none\''],
      frameAncestors: ['\'none\''],
      // Swagger UI has its icons in its style sheet, and styles in its markup.
      imgSrc: ['\'self\'', 'data:'],
      styleSrc: ['\'self\'', '\'unsafe-inline\''],
    },
  },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  // Whoever terminates TLS decides for the whole host.
  strictTransportSecurity: false,
} as const

/** Serves the OpenAPI document at /openapi.json and Swagger UI at /docs. */
export default fp(async function openapiPlugin (app: FastifyInstance, { version }: { version: string }) {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'osh-api',
        version,
        summary: 'Malaysia\'s organised palm-oil smallholders',
        description,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'This service' }],
      tags,
      security: [],
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'One of the tokens in `INGEST_TOKEN`' } },
      },
    },
    transformObject: document => {
      if (!('openapiObject' in document)) return document.swaggerObject
      describeParameters(document.openapiObject.paths)
      return document.openapiObject
    },
    refResolver: { buildLocalReference: (json, _baseUri, _fragment, index) => typeof json.$id === 'string' ? json.$id : `Schema${index}` },
  })
  // In a context of its own, since only what shows HTML needs this policy.
  await app.register(async docs => {
    docs.addHook('onRequest', async (_request, reply) => Object.keys(securityHeaders).forEach(name => reply.removeHeader(name)))
    await docs.register(helmet, pagePolicy)
    await docs.register(swaggerUi, {
      routePrefix: '/docs',
      theme: { title: 'osh-api' },
      uiConfig: { layout: 'BaseLayout', docExpansion: 'list', tryItOutEnabled: true, displayRequestDuration: true, defaultModelsExpandDepth: -1, deepLinking: true },
    })
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}, { name: 'openapi' })

/**
 * Makes a parameter that has a default optional, and moves the example of an optional one
 * into its description and its schema, since Swagger UI would fill in all of them.
 */
function describeParameters (node: unknown): void {
  if (typeof node !== 'object' || node === null) return
  if ('in' in node && 'schema' in node && 'description' in node) describeParameter(node)
  Object.values(node).forEach(describeParameters)
}

function describeParameter (parameter: { in: unknown, schema: unknown, description: unknown, required?: unknown, example?: unknown }): void {
  const { schema, description, example } = parameter
  if (parameter.in === 'query' && Object.hasOwn(Object(schema), 'default')) parameter.required = false
  if (parameter.required === true || example === undefined) return
  parameter.description = `${String(description)}, for example \`${String(example)}\``
  parameter.schema = { ...Object(schema), examples: [example] }
  delete parameter.example
}
