import type { Static, TSchema } from 'typebox'
import { filterProperties, listFilterProperties } from './filters.js'
import { plotFormatParameters, tableFormatParameters } from './formats.js'
import { Type } from './typebox/type.js'

export const maxPageSize = 1000

const maxPage = 1_000_000_000

export const SnapshotParameter = Type.Optional(Type.String({
  format: 'snapshot', maxLength: 100, default: 'latest', description: 'latest, a day (2026-11-23 or 20261123), or one revision of a day as `meta.snapshot` names it', examples: ['latest'],
}))

export const paging = (defaultPageSize: number) => ({
  page: Type.Integer({ minimum: 1, maximum: maxPage, default: 1, description: 'From 1; a page beyond the last is empty', examples: [1] }),
  pageSize: Type.Integer({ minimum: 1, maximum: maxPageSize, default: defaultPageSize, description: `Rows in a page, at most ${maxPageSize}`, examples: [10] }),
})

export const Sort = (example: string) => Type.Optional(Type.String({
  minLength: 1, maxLength: 1000, description: 'Fields to sort by, separated by commas; `-` before one is descending, nulls come last', examples: [example],
}))

export const PlotsQuerySchema = Type.Object({
  ...filterProperties,
  sort: Sort('-certified_area,name'),
  fields: Type.Optional(Type.String({ minLength: 1, maxLength: 1000, description: 'Only these fields, separated by commas', examples: ['name,state,planted_area'] })),
  ...paging(10),
  ...plotFormatParameters,
  snapshot: SnapshotParameter,
}, { additionalProperties: false })

export const SnapshotQuerySchema = Type.Object({ snapshot: SnapshotParameter }, { additionalProperties: false })

const Day = (description: string) => Type.Optional(Type.String({ format: 'snapshot', maxLength: 100, description, examples: ['2026-11-23'] }))

export const SnapshotsQuerySchema = Type.Object({
  from: Day('Only this day and later ones; `YYYY-MM-DD`, `YYYYMMDD` or latest'),
  to: Day('Only this day and earlier ones'),
  missing: Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')], { description: '`true`: instead, the days between that have no snapshot', examples: ['true'] })),
}, { additionalProperties: false })

export const HistoryQuerySchema = Type.Object({
  include: Type.Optional(Type.Literal('updated_at', { description: '`updated_at`: a new `updated_at` alone makes a version, too', examples: ['updated_at'] })),
}, { additionalProperties: false })

const span = {
  from: Day('The day to begin with; a day, or one revision of it'),
  to: Day('The day to end with; the latest unless given'),
}

export const ChangesQuerySchema = Type.Object({
  ...span,
  type: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'Only these of added, removed and changed, separated by commas', examples: ['changed'] })),
  field: Type.Optional(Type.String({ minLength: 1, maxLength: 1000, description: 'Only plots of which one of these fields changed, separated by commas', examples: ['cert_status'] })),
  include: Type.Optional(Type.Literal('updated_at', { description: '`updated_at`: a new `updated_at` alone is a change, too', examples: ['updated_at'] })),
  ...filterProperties,
  sort: Sort('type,-planted_area'),
  fields: Type.Optional(Type.String({ minLength: 1, maxLength: 1000, description: 'Only these fields of the plots before and after, separated by commas', examples: ['name,state,planted_area'] })),
  ...paging(10),
  ...plotFormatParameters,
}, { additionalProperties: false })

export const ChangesFeedQuerySchema = Type.Object(filterProperties, { additionalProperties: false })

const By = Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Up to three of state, district, scheme, entity, cert_status and cert_no, separated by commas; without it there is one row, the grand total', examples: ['state,scheme'] }))

export const TrendsQuerySchema = Type.Object({
  by: By,
  ...span,
  ...filterProperties,
  sort: Sort('-date'),
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: maxPage, description: 'From 1; a page beyond the last is empty', examples: [1] })),
  pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: maxPageSize, description: `Rows in a page, at most ${maxPageSize}; without \`page\` and \`pageSize\` all rows come at once`, examples: [100] })),
  ...tableFormatParameters,
}, { additionalProperties: false })

export const NoQuerySchema = Type.Object({}, { additionalProperties: false })

const totals = {
  ...filterProperties,
  sort: Sort('-certified_area'),
  ...paging(maxPageSize),
  ...tableFormatParameters,
  snapshot: SnapshotParameter,
}

export const TotalsQuerySchema = Type.Object(totals, { additionalProperties: false })

export const AggregatesQuerySchema = Type.Object({
  by: By,
  ...totals,
}, { additionalProperties: false })

export type SnapshotsQuery = Static<typeof SnapshotsQuerySchema>
export type ChangesQuery = Static<typeof ChangesQuerySchema>
export type TrendsQuery = Static<typeof TrendsQuerySchema>
export type PlotsQuery = Static<typeof PlotsQuerySchema>
export type TotalsQuery = Static<typeof TotalsQuerySchema>

/** The parameters that may be repeated, which is the same as a list with commas. */
export const listParameters: ReadonlySet<string> = new Set([...Object.keys(listFilterProperties), 'sort', 'fields', 'by', 'type', 'field'])

/** The names of a query's parameters. */
export function parameterNames (schema: TSchema): string[] {
  return 'properties' in schema && typeof schema.properties === 'object' && schema.properties !== null ? Object.keys(schema.properties) : []
}
