import type { Static } from 'typebox'
import { Type } from './typebox/type.js'

/** The steps of an ingest run, in their order. */
export const ingestPhases = ['fetch', 'decode', 'write', 'verify', 'publish', 'load'] as const

export type IngestPhase = typeof ingestPhases[number]

const Nullable = <Schema extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Integer>>(schema: Schema, description: string) =>
  Type.Union([schema, Type.Null()], { description })

/** What an ingest run did, or is doing. */
export const IngestReportSchema = Type.Object({
  runId: Type.String({ description: 'Names the run in /ingest/runs/{runId}' }),
  outcome: Type.Union([
    Type.Literal('running'), Type.Literal('published'), Type.Literal('unchanged'), Type.Literal('superseded'),
    Type.Literal('refused'), Type.Literal('failed'), Type.Literal('unknown'),
  ], { description: 'running; published: a new or replaced snapshot; unchanged: the day has the same content already; superseded: a newer fetch was published first; refused: the data is suspicious; failed; unknown: publishing was cut off' }),
  snapshot: Nullable(Type.String(), 'The snapshot that the day has after the run'),
  date: Nullable(Type.String(), 'The day'),
  rows: Nullable(Type.Integer(), 'Rows that upstream sent and that can be stored'),
  previousRows: Nullable(Type.Integer(), 'Rows of the last snapshot before'),
  rejects: Type.Array(Type.Object({
    position: Type.Integer({ description: 'Place in upstream\'s list, from 0' }),
    reason: Type.String(),
    record: Type.Unknown({ description: 'The record, whole' }),
  }), { description: 'The first 100 records that could not become a row; the file\'s footer keeps all' }),
  rejectCount: Type.Integer({ description: 'How many records could not become a row' }),
  warnings: Type.Array(Type.String(), { description: 'What is unusual in the data' }),
  bytes: Type.Integer({ description: 'Bytes of upstream\'s answer so far' }),
  startedAt: Type.String(),
  endedAt: Nullable(Type.String(), 'null while the run goes on'),
  phase: Nullable(Type.String(), 'What the run is doing'),
  phases: Type.Array(Type.Object({ phase: Type.String(), durationMs: Type.Number() }), { description: 'What the run has done' }),
  forced: Type.Boolean({ description: 'Whether a shrunk register was to be accepted' }),
  error: Type.Union([Type.Object({ code: Type.String(), detail: Type.String() }), Type.Null()], { description: 'Why the run was refused or failed' }),
}, { title: 'IngestReport', additionalProperties: false })

export type IngestReport = Static<typeof IngestReportSchema>
