import type { TSchema } from 'typebox'
import { FeatureSchema } from '../../schemas/formats.js'
import { ItemsQuerySchema, ogcMaxLimit } from '../../schemas/ogc.js'
import { plotFields, PlotSchema } from '../../schemas/plot.js'
import { geojsonType, jsonType, openapiType, type Paths } from './resources.js'

const problem = { description: 'An error, as RFC 9457 has it', content: { 'application/problem+json': { schema: { type: 'object' } } } }
const link = { type: 'object', required: ['href'], properties: { href: { type: 'string' }, rel: { type: 'string' }, type: { type: 'string' }, title: { type: 'string' } } }
const links = { type: 'array', items: link }
const object = (properties: object) => ({ type: 'object', required: Object.keys(properties), properties })
const strings = { type: 'array', items: { type: 'string' } }

/** The definition of the API in OpenAPI 3.0, which is another dialect than the service's own document. */
export function describeApi (paths: Paths, version: string) {
  const get = (operationId: string, summary: string, type: string, schema: object, parameters: object[] = []) => ({
    get: { operationId, summary, tags: ['Features'], ...(parameters.length > 0 && { parameters }), responses: { 200: { description: summary, content: { [type]: { schema } } }, '4XX': problem, '5XX': problem } },
  })
  const collection = object({ id: { type: 'string' }, links })
  const feature = to30(FeatureSchema(PlotSchema))
  const features = object({ type: { type: 'string', enum: ['FeatureCollection'] }, features: { type: 'array', items: feature }, links, timeStamp: { type: 'string', format: 'date-time' }, numberMatched: { type: 'integer' }, numberReturned: { type: 'integer' } })
  const featureId = { name: 'featureId', in: 'path', required: true, description: 'entity_smallholder_id', schema: { type: 'integer' } }
  return {
    openapi: '3.0.3',
    info: { title: 'osh-api, OGC API - Features', version, description: 'The latest snapshot of the register as features.', license: { name: 'MIT', url: 'https://opensource.org/license/mit' } },
    servers: [{ url: paths.root }],
    tags: [{ name: 'Features', description: 'OGC API - Features, Part 1: Core' }],
    paths: {
      '/': get('getLandingPage', 'The landing page', jsonType, object({ title: { type: 'string' }, links })),
      '/api': get('getApi', 'This document', openapiType, { type: 'object' }),
      '/conformance': get('getConformanceDeclaration', 'What this API conforms to', jsonType, object({ conformsTo: strings })),
      '/collections': get('getCollections', 'The collections', jsonType, object({ links, collections: { type: 'array', items: collection } })),
      '/collections/smallholders': get('describeCollection', 'The collection of plots', jsonType, collection),
      '/collections/smallholders/items': get('getFeatures', 'Plots as features', geojsonType, features, Object.keys(ItemsQuerySchema.properties).map(describeParameter)),
      '/collections/smallholders/items/{featureId}': get('getFeature', 'One plot as a feature', geojsonType, feature, [featureId]),
    },
  }
}

const special: Readonly<Record<string, object>> = {
  limit: { schema: { type: 'integer', minimum: 1, maximum: ogcMaxLimit, default: 10 } },
  offset: { schema: { type: 'integer', minimum: 0, default: 0 } },
  bbox: { schema: { type: 'array', oneOf: [{ minItems: 4, maxItems: 4 }, { minItems: 6, maxItems: 6 }], items: { type: 'number' } } },
  datetime: { schema: { type: 'string' } },
  snapshot: { schema: { type: 'string', default: 'latest' } },
}

function describeParameter (name: string): object {
  const field = plotFields.find(candidate => candidate === name)
  const { description } = Object(Object(ItemsQuerySchema.properties)[name])
  const schema = field === undefined ? special[name] : { schema: { ...withoutNull(to30(PlotSchema.properties[field])) } }
  return { name, in: 'query', required: false, style: 'form', explode: false, description, ...schema }
}

/** A schema in the dialect of OpenAPI 3.0, which knows neither null nor constants nor examples as such. */
function to30 (schema: TSchema): Record<string, unknown> {
  return Object(rewrite(JSON.parse(JSON.stringify(schema))))
}

function rewrite (node: unknown): unknown {
  if (Array.isArray(node)) return node.map(rewrite)
  if (typeof node !== 'object' || node === null) return node
  const { anyOf, const: value, examples, ...rest }: Record<string, unknown> = Object(node)
  const kept = Object.fromEntries(Object.entries(rest).map(([name, child]) => [name, rewrite(child)]))
  if (value !== undefined) return { ...kept, enum: [value] }
  if (!Array.isArray(anyOf)) return kept
  const [some] = anyOf.filter(choice => Object(choice).type !== 'null').map(rewrite)
  return { ...Object(some), ...kept, nullable: true }
}

function withoutNull ({ nullable, description, ...schema }: Record<string, unknown>): object {
  return schema
}
