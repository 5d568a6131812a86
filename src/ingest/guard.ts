import { OshError } from '../errors.js'

/** Of all records, the share that may be rejects. */
const maxRejectShare = 0.01

export interface Believable {
  rows: number
  rejects: number
  /** Rows of the last snapshot, if there is one. */
  previousRows: number | undefined
  /** The share of the last snapshot's rows that may be missing. */
  maxShrink: number
  /** Whether a shrunk register is to be accepted. */
  force: boolean
}

/** Throws `OSH_UPSTREAM_SUSPICIOUS` where a snapshot is not believable next to the last one. */
export function assertBelievable ({ rows, rejects, previousRows, maxShrink, force }: Believable): void {
  if (rows + rejects === 0) throw refusal('Upstream sent an empty list')
  if (rejects > (rows + rejects) * maxRejectShare) {
    throw refusal(`${rejects} of ${rows + rejects} records cannot be stored, more than ${maxRejectShare * 100} %`)
  }
  if (previousRows !== undefined && !force && rows < previousRows * (1 - maxShrink)) {
    throw refusal(`Upstream sent ${rows} rows, but the last snapshot has ${previousRows}; a loss of more than ${Number((maxShrink * 100).toPrecision(6))} % (INGEST_MAX_SHRINK) needs force=true`)
  }
}

function refusal (detail: string): OshError {
  return new OshError('OSH_UPSTREAM_SUSPICIOUS', `${detail}; nothing was published.`)
}
