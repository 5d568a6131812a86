import type { Static } from 'typebox'
import type { PlotSchema } from '../schemas/plot.js'
import type { AggregateSchema } from '../schemas/responses.js'
import type { SnapshotSchema } from '../schemas/snapshot.js'

export type { Scheme, State } from '../schemas/reference.js'

/** One group of a total, with the keys that were asked for. */
export interface Aggregate extends Pick<Static<typeof AggregateSchema>, 'smallholders' | 'planted_area' | 'certified_area' | 'active'> {
  stateId?: number | null
  state?: string | null
  daerahId?: number | null
  daerah?: string | null
  scheme?: string | null
  cert_status?: string | null
}

export type Plot = Static<typeof PlotSchema>
export type Snapshot = Static<typeof SnapshotSchema>

/** The part of a page of results that the page uses. */
export interface Page<T> {
  data: readonly T[]
  meta: { total: number, pages: number, page: number, snapshot: string, date: string }
}

export interface TrendPoint extends Aggregate {
  date: string
}

export interface Change {
  type: 'added' | 'removed' | 'changed'
  entity_smallholder_id: number
  changes?: Record<string, readonly [unknown, unknown]> | null
  before?: Partial<Plot> | null
  after?: Partial<Plot> | null
}

export interface Changes {
  data: readonly Change[]
  meta: { fromDate: string, toDate: string, total: number, summary: Record<Change['type'], number> }
}

export interface Version {
  first_seen: string
  last_seen: string
  current: boolean
  plot: Plot
}
