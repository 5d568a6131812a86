import type { Static } from 'typebox'
import { PlotSchema, plotFields } from './plot.js'
import { SnapshotParameter } from './query.js'
import { Type } from './typebox/type.js'

/** Features in a page at most; more are not refused. */
export const ogcMaxLimit = 1000

const maxTextLength = 1000

/** A field as a parameter: what it has to be equal to. */
const queryables = Object.fromEntries(plotFields.map(name => [name, Type.Optional(Type.String({ maxLength: maxTextLength, description: `${String(Object(PlotSchema.properties[name]).description)}: equal to this` }))]))

export const ItemsQuerySchema = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: 1_000_000_000, default: 10, description: `Features in a page; more than ${ogcMaxLimit} are taken as ${ogcMaxLimit}` }),
  offset: Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: 0, description: 'Features before the page' }),
  bbox: Type.Optional(Type.String({ pattern: '^ *-?\\d+(\\.\\d+)?( *, *-?\\d+(\\.\\d+)?){3}(( *, *-?\\d+(\\.\\d+)?){2})? *$', maxLength: 400, description: 'four numbers, west,south,east,north in degrees, or six with heights, which say nothing here' })),
  datetime: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'A time, or an interval such as 2025-01-01T00:00:00Z/.., that updated_at lies in' })),
  snapshot: SnapshotParameter,
  ...queryables,
}, { additionalProperties: false })

export type ItemsQuery = Static<typeof ItemsQuerySchema>
