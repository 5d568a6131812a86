import type { Static, TSchema } from 'typebox'
import { Type } from './typebox/type.js'

const Count = (description: string) => Type.Integer({ minimum: 0, description })
const Counts = (description: string) => Type.Record(Type.String(), Type.Integer(), { description })

/** What is unusual in a snapshot's rows, counted over all rows, duplicates included. */
export const QualitySchema = Type.Object({
  rows: Count('Rows in the file'),
  plots: Count('Plots served: rows that have an id, each id once'),
  duplicates: Count('Rows whose id another row has too, beyond the first of each id'),
  withoutId: Count('Rows without an integer id, which are not served'),
  nulls: Counts('Per column: values that are null or empty'),
  unreadableNumbers: Counts('Per column: values that should be a number and are not'),
  coordinates: Type.Object({
    missing: Count('Latitude or longitude is null or empty'),
    unreadable: Count('Latitude or longitude is no number'),
    zero: Count('Latitude or longitude is 0'),
    swapped: Count('Latitude and longitude lie within Malaysia when exchanged'),
    outside: Count('The point lies outside Malaysia'),
  }, { additionalProperties: false }),
  unknownStatuses: Counts('Per status other than ACTIVE, EXPIRED and DELAYED: rows'),
  unknownColumns: Type.Array(Type.String(), { description: 'Columns of the file that the register did not have before' }),
  missingColumns: Type.Array(Type.String(), { description: 'Columns of the register that upstream did not send or the file lacks' }),
}, { title: 'Quality', additionalProperties: false })

export type Quality = Static<typeof QualitySchema>

/** The facts of an ingest run, kept in the footer of the Parquet file under the key `osh`. */
export const SnapshotFactsSchema = Type.Object({
  serviceVersion: Type.String(),
  source: Type.String(),
  fetchedAt: Type.String(),
  bytes: Type.Integer(),
  rows: Type.Integer(),
  contentSha256: Type.String(),
  converted: Type.Integer(),
  unreadable: Type.Array(Type.Object({ entity_smallholder_id: Type.Integer(), column: Type.String(), value: Type.Unknown() })),
  rejects: Type.Array(Type.Object({ position: Type.Integer(), reason: Type.String(), record: Type.Unknown() })),
  quality: QualitySchema,
})

export type SnapshotFacts = Static<typeof SnapshotFactsSchema>

/** One day of the register, as `GET /snapshots` lists it. */
export const SnapshotSchema = Type.Object({
  date: Type.String({ description: 'The day, in the time zone of the register', examples: ['2026-11-23'] }),
  snapshot: Type.String({ description: 'What `snapshot=` takes to get exactly this revision', examples: ['20261123.mfgq1z-11tw'] }),
  rows: Type.Union([Type.Integer(), Type.Null()], { description: 'Rows in the file; null where only its name is known yet', examples: [47500] }),
  sizeBytes: Type.Integer({ description: 'Size of the Parquet file', examples: [1700000] }),
  publishedAt: Type.String({ description: 'When the file appeared in the store', examples: ['2026-11-22T22:31:07.000Z'] }),
}, { title: 'Snapshot', additionalProperties: false })

/** A day without a snapshot. */
export const MissingDaySchema = Type.Object({
  date: SnapshotSchema.properties.date,
  snapshot: Type.Null(),
  rows: Type.Null(),
  sizeBytes: Type.Null(),
  publishedAt: Type.Null(),
}, { title: 'MissingDay', additionalProperties: false })

const Before = <Value extends TSchema>(what: Value, description: string) => Type.Array(what, { minItems: 2, maxItems: 2, description: `${description}: the day before, and this day` })
const Organisations = (description: string) => Type.Array(Type.Object({ entity_code: Type.Union([Type.String(), Type.Null()]), entity_name: Type.Union([Type.String(), Type.Null()]) }), { description })

/** How a day compares with the one before. */
export const ComparisonSchema = Type.Object({
  with: Type.String({ description: 'The snapshot before', examples: ['20261122.mfgq1z-11tv'] }),
  date: Type.String({ description: 'Its day', examples: ['2026-11-22'] }),
  rows: Before(Type.Integer(), 'Rows of the file'),
  nulls: Type.Record(Type.String(), Before(Type.Integer(), 'Values'), { description: 'Values that are null or empty, for each column where their number changed' }),
  smallholders: Before(Type.Integer(), 'Plots'),
  planted_area: Before(Type.Number(), 'Hectares'),
  certified_area: Before(Type.Number(), 'Hectares'),
  active: Before(Type.Integer(), 'Plots with the status ACTIVE'),
  expired: Before(Type.Integer(), 'Plots with the status EXPIRED'),
  delayed: Before(Type.Integer(), 'Plots with the status DELAYED'),
  other: Before(Type.Integer(), 'Plots with any other status or none'),
  added: Type.Integer({ description: 'Plots that were not there the day before' }),
  removed: Type.Integer({ description: 'Plots that were there the day before only' }),
  changed: Type.Integer({ description: 'Plots of which more than `updated_at` changed' }),
  appeared: Organisations('Organisations that had no plots the day before, 100 at most'),
  vanished: Organisations('Organisations that have no plots any more, 100 at most'),
  unusual: Type.Array(Type.Object({
    measure: Type.String(),
    value: Type.Number({ description: 'By how much this day changed it' }),
    usual: Type.Number({ description: 'The median of the days before' }),
    limit: Type.Number({ description: 'How far from it is still usual' }),
  }), { description: 'What changed by more than it usually does' }),
  rule: Type.String({ description: 'What counts as unusual' }),
}, { title: 'Comparison', additionalProperties: false })

export type Comparison = Static<typeof ComparisonSchema>

/** One day of the register with where it came from and its quality report. */
export const SnapshotDetailSchema = Type.Object({
  ...SnapshotSchema.properties,
  source: Type.Union([Type.String(), Type.Null()], { description: 'Where it was fetched; null for files that others wrote' }),
  fetchedAt: Type.Union([Type.String(), Type.Null()], { description: 'When upstream\'s answer began' }),
  fetchedBytes: Type.Union([Type.Integer(), Type.Null()], { description: 'Size of upstream\'s answer' }),
  serviceVersion: Type.Union([Type.String(), Type.Null()], { description: 'The version of this service that wrote the file' }),
  contentSha256: Type.Union([Type.String(), Type.Null()], { description: 'Hash of the content, whatever the order of the rows' }),
  converted: Type.Union([Type.Integer(), Type.Null()], { description: 'Values that came with another type and were converted without loss' }),
  rejects: Type.Union([Type.Integer(), Type.Null()], { description: 'Records that could not become a row; the file\'s footer keeps them whole' }),
  quality: QualitySchema,
}, { title: 'SnapshotDetail', additionalProperties: false })

/** What `GET /snapshots/{date}` answers. */
export const ComparedSnapshotSchema = Type.Object({
  ...SnapshotDetailSchema.properties,
  comparison: Type.Union([ComparisonSchema, Type.Null()], { description: 'With the snapshot before; null where there is none, and while the history is being built' }),
}, { title: 'ComparedSnapshot', additionalProperties: false })

export type Snapshot = Static<typeof SnapshotSchema>
export type MissingDay = Static<typeof MissingDaySchema>
export type SnapshotDetail = Static<typeof SnapshotDetailSchema>
