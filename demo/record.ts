import type { UpstreamRecord } from '../schemas/upstream.js'

type NullableColumn = 'mpob_no' | 'stateId' | 'daerahId' | 'daerah'

/** A record of the simulated register: only these columns are ever null, however dirty the record is. */
export type RegisterRecord = {
  [Column in keyof UpstreamRecord]: Column extends NullableColumn ? UpstreamRecord[Column] : NonNullable<UpstreamRecord[Column]>
}
