import type { TSchema } from 'typebox'
import { EudrPlotSchema, eudrSummary } from './eudr.js'
import { PlotSchema } from './plot.js'
import { Type } from './typebox/type.js'
import { UpstreamRecordSchema } from './upstream.js'

const Text = Type.String()
const LinkOrNull = Type.Union([Type.String(), Type.Null()])

/** Links of a page; all carry the exact snapshot, so a walk over pages never mixes two. */
export const PageLinksSchema = Type.Object({ self: Text, first: Text, prev: LinkOrNull, next: LinkOrNull, last: Text }, { title: 'PageLinks' })

const pageMeta = {
  snapshot: Type.String({ description: 'The exact snapshot that answered', examples: ['20261123.mfgq1z-11tw'] }),
  date: Type.String({ examples: ['2026-11-23'] }),
  total: Type.Integer({ description: 'All rows that match, exactly', examples: [5123] }),
  page: Type.Integer({ examples: [1] }),
  pageSize: Type.Integer({ examples: [10] }),
  pages: Type.Integer({ examples: [513] }),
}

export const PlotPageSchema = Type.Object({
  data: Type.Array(Type.Partial(PlotSchema), { description: 'Plots with the fields that were asked for, all without `fields`' }),
  meta: Type.Object(pageMeta),
  links: PageLinksSchema,
}, { title: 'PlotPage' })

export const OnePlotSchema = Type.Object({
  data: PlotSchema,
  meta: Type.Object({ snapshot: Type.String(), date: Type.String() }),
  links: Type.Object({ self: Text, snapshot: Text }),
}, { title: 'OnePlot' })

const Hectares = Type.Number({ description: 'Hectares; nulls count as nothing' })
const Key = (schema: TSchema) => Type.Optional(Type.Union([schema, Type.Null()]))

/** One group: its keys as `by` asks for them, and its totals. */
export const AggregateSchema = Type.Object({
  stateId: Key(Type.Integer()),
  state: Key(Text),
  daerahId: Key(Type.Integer()),
  daerah: Key(Text),
  scheme: Key(Text),
  entity_code: Key(Text),
  entity_name: Key(Text),
  cert_status: Key(Text),
  cert_no: Key(Text),
  smallholders: Type.Integer({ description: 'Plots' }),
  planted_area: Hectares,
  certified_area: Hectares,
  active: Type.Integer({ description: 'Plots with the status ACTIVE' }),
  expired: Type.Integer({ description: 'Plots with the status EXPIRED' }),
  delayed: Type.Integer({ description: 'Plots with the status DELAYED' }),
  other: Type.Integer({ description: 'Plots with any other status or none' }),
}, { title: 'Aggregate', additionalProperties: false })

export const AggregatePageSchema = Type.Object({
  data: Type.Array(AggregateSchema),
  meta: Type.Object({ ...pageMeta, by: Type.Array(Text) }),
  links: PageLinksSchema,
}, { title: 'AggregatePage' })

const { snapshot: _snapshot, date: _date, ...spanMeta } = {
  ...pageMeta,
  from: Type.String({ description: 'The exact snapshot that it begins with', examples: ['20261122.mfgq1z-11tv'] }),
  to: Type.String({ description: 'The exact snapshot that it ends with', examples: ['20261123.mfgq1z-11tw'] }),
  fromDate: Type.String({ examples: ['2026-11-22'] }),
  toDate: Type.String({ examples: ['2026-11-23'] }),
}

const PlotOrNull = Type.Union([Type.Partial(PlotSchema), Type.Null()])

/** What became of one plot between two days. */
export const ChangeSchema = Type.Object({
  type: Type.Union([Type.Literal('added'), Type.Literal('removed'), Type.Literal('changed')]),
  entity_smallholder_id: Type.Integer(),
  changes: Type.Record(Text, Type.Array(Type.Unknown(), { minItems: 2, maxItems: 2 }), { description: 'Each field that changed with its value before and after', examples: [{ cert_status: ['ACTIVE', 'EXPIRED'] }] }),
  before: PlotOrNull,
  after: PlotOrNull,
}, { title: 'Change', additionalProperties: false })

/** How much changed. */
export const ChangeSummarySchema = Type.Object({
  added: Type.Integer(),
  removed: Type.Integer(),
  changed: Type.Integer(),
  fields: Type.Record(Text, Type.Integer(), { description: 'How many plots changed in each field' }),
}, { title: 'ChangeSummary', additionalProperties: false })

export const ChangePageSchema = Type.Object({
  data: Type.Array(ChangeSchema),
  meta: Type.Object({ ...spanMeta, summary: ChangeSummarySchema }),
  links: PageLinksSchema,
}, { title: 'ChangePage' })

/** JSON Feed 1.1. */
export const ChangesFeedSchema = Type.Object({
  version: Type.Literal('https://jsonfeed.org/version/1.1'),
  title: Text,
  description: Text,
  home_page_url: Text,
  feed_url: Text,
  items: Type.Array(Type.Object({ id: Text, url: Text, title: Text, content_text: Text, date_published: Text })),
}, { title: 'ChangesFeed' })

/** The totals of one group on one day. */
export const TrendSchema = Type.Object({ date: Type.String({ examples: ['2026-11-23'] }), ...AggregateSchema.properties }, { title: 'Trend', additionalProperties: false })

export const TrendPageSchema = Type.Object({
  data: Type.Array(TrendSchema),
  meta: Type.Object({ ...spanMeta, by: Type.Array(Text), days: Type.Integer({ description: 'Snapshots in the span' }) }),
  links: PageLinksSchema,
}, { title: 'TrendPage' })

/** A version of a plot with the snapshot days on which it was seen. */
export const VersionSchema = Type.Object({
  first_seen: Type.String({ examples: ['2026-01-05'] }),
  last_seen: Type.String({ examples: ['2026-02-11'] }),
  current: Type.Boolean({ description: 'Whether it stands in the latest snapshot' }),
  plot: PlotSchema,
}, { title: 'Version', additionalProperties: false })

export const PlotHistorySchema = Type.Object({
  data: Type.Array(VersionSchema, { description: 'Oldest first' }),
  meta: Type.Object({ total: Type.Integer(), from: Type.String({ description: 'The first snapshot day' }), to: Type.String({ description: 'The last snapshot day' }), days: Type.Integer({ description: 'Snapshots between' }) }),
  links: Type.Object({ self: Text, plot: Text }),
}, { title: 'PlotHistory' })

export const EudrReportSchema = Type.Object({
  data: Type.Array(EudrPlotSchema),
  meta: Type.Object({ ...pageMeta, summary: eudrSummary }),
  links: PageLinksSchema,
}, { title: 'EudrReport' })

/** A list that has no pages. */
export const ListSchema = (item: TSchema, title: string) => Type.Object({
  data: Type.Array(item),
  meta: Type.Object({ total: Type.Integer() }),
  links: Type.Object({ self: Text }),
}, { title })

/** One thing that is no plot. */
export const ItemSchema = (item: TSchema, title: string, links: Record<string, TSchema> = {}) => Type.Object({
  data: item,
  meta: Type.Object({}),
  links: Type.Object({ self: Text, ...links }),
}, { title })

/** Upstream's own envelope. */
export const UpstreamEnvelopeSchema = Type.Object({
  data: Type.Object({
    page_size: Type.Integer({ examples: [10] }),
    data: Type.Array(UpstreamRecordSchema),
  }),
}, { title: 'UpstreamEnvelope' })

export const HealthSchema = Type.Object({ status: Type.Literal('ok'), version: Text, uptimeSeconds: Type.Number() }, { title: 'Health' })

export const ReadySchema = Type.Object({
  status: Type.Literal('ready'),
  snapshot: Text,
  date: Text,
  rows: Type.Union([Type.Integer(), Type.Null()]),
  storeLookedAt: Type.Union([Text, Type.Null()], { description: 'When the snapshot store last answered' }),
  storeLookAgeSeconds: Type.Union([Type.Number(), Type.Null()]),
  history: Type.Object({ days: Type.Integer(), of: Type.Integer(), isReady: Type.Boolean() }, { description: 'How many days the history has, of how many there are' }),
}, { title: 'Ready' })
