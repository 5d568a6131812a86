import type { TSchema } from 'typebox'
import { Type } from './typebox/type.js'

/** Media types of each format; the first is the one that is sent, the others are understood. */
export const mediaTypes = {
  json: ['application/json'],
  ndjson: ['application/x-ndjson', 'application/ndjson', 'application/jsonl', 'application/x-jsonlines'],
  csv: ['text/csv'],
  geojson: ['application/geo+json', 'application/vnd.geo+json'],
  parquet: ['application/vnd.apache.parquet', 'application/x-parquet', 'application/parquet'],
} as const

export type Format = keyof typeof mediaTypes

/** In the order in which they are preferred where the client does not care. */
export const tableFormats = ['json', 'ndjson', 'csv', 'parquet'] as const
export const plotFormats = ['json', 'ndjson', 'csv', 'geojson', 'parquet'] as const

const parameters = <Offered extends Format>(offered: readonly Offered[]) => ({
  format: Type.Optional(Type.Union(offered.map(format => Type.Literal(format)), { description: `${offered.join(', ')}; wins over \`Accept\`, without both it is json`, examples: ['csv'] })),
  bom: Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')], { description: 'CSV begins with a byte order mark, by which Excel knows that it is UTF-8', examples: ['true'] })),
})

export const tableFormatParameters = parameters(tableFormats)
export const plotFormatParameters = parameters(plotFormats)

const Position = Type.Array(Type.Number(), { minItems: 2, maxItems: 2, description: 'Longitude and latitude, WGS 84' })

export const FeatureSchema = (properties: TSchema) => Type.Object({
  type: Type.Literal('Feature'),
  id: Type.Integer({ description: 'entity_smallholder_id' }),
  geometry: Type.Union([Type.Object({ type: Type.Literal('Point'), coordinates: Position }), Type.Null()]),
  properties,
})

export const FeatureCollectionSchema = (properties: TSchema) => Type.Object({
  type: Type.Literal('FeatureCollection'),
  features: Type.Array(FeatureSchema(properties)),
}, { title: 'FeatureCollection' })

/** What an answer of 200 may hold besides JSON. */
export function otherContent (row: TSchema, offered: readonly Format[]) {
  const schemas: Record<Exclude<Format, 'json'>, TSchema> = {
    ndjson: Type.String({ description: 'A row as JSON on each line' }),
    csv: Type.String({ description: 'RFC 4180 with a header, UTF-8' }),
    geojson: FeatureCollectionSchema(row),
    parquet: Type.String({ description: 'A Parquet file', contentMediaType: mediaTypes.parquet[0] }),
  }
  return Object.fromEntries(offered.flatMap(format => format === 'json' ? [] : [[mediaTypes[format][0], { schema: schemas[format] }]]))
}
