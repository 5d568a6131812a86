import { createHash } from 'node:crypto'
import type { StoredSnapshot } from '../snapshots/store.js'
import type { FoldedDay } from './file.js'

/** How many days, from the first, are the same in both. */
export function countShared (folded: readonly FoldedDay[], wanted: readonly StoredSnapshot[]): number {
  const differs = folded.findIndex(({ day, revision }, index) => wanted[index]?.day !== day || wanted[index]?.revision !== revision)
  return differs === -1 ? folded.length : differs
}

/** Short for a list of days and their revisions. */
export function nameOf (days: readonly FoldedDay[]): string {
  return createHash('sha256').update(JSON.stringify(days)).digest('hex').slice(0, 16)
}
