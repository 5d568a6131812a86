import type { SnapshotFacts } from '../../schemas/snapshot.js'

/** One day's file in a store. */
export interface StoredSnapshot {
  /** `YYYYMMDD`. */
  day: string
  /** The store's own version of that day's file. */
  revision: string
  sizeBytes: number
  publishedAt: Date
}

/** A whole snapshot file, to be published. */
export interface PreparedSnapshot {
  path: string
  /** Of the bytes. */
  sha256: string
  facts: SnapshotFacts
}

/** What became of an attempt to publish; `superseded`: a newer fetch is already there. */
export interface Publication {
  outcome: 'published' | 'unchanged' | 'superseded'
  stored: StoredSnapshot
}

/** How often something was asked of a store so far, and how often in vain. */
export interface RequestCount {
  requests: number
  failures: number
}

/** Thrown by {@link SnapshotStore.read}: the file is gone or has another revision by now. List again. */
export class SnapshotGoneError extends Error {
  override readonly name = 'SnapshotGoneError'
}

/**
 * Where the snapshots live: one file a day, `YYYYMMDD/all-smallholder.parquet`.
 * Readers only ever see whole files; the last whole file of a day stays until a newer
 * fetch replaces it.
 */
export interface SnapshotStore {
  /** As the user wrote it. */
  readonly url: string
  /** What was asked of a remote store, by operation. */
  readonly requests?: Readonly<Record<string, RequestCount>>
  /** All days, newest first. */
  list (): Promise<StoredSnapshot[]>
  /**
   * Hands `use` a local path that holds exactly that revision while it runs, else throws {@link SnapshotGoneError}.
   * What is read for `once` leaves no copy that was not there before.
   */
  read<T> (stored: StoredSnapshot, use: (path: string) => Promise<T>, options?: { once?: boolean }): Promise<T>
  /** Makes the file that day's snapshot, unless it has the same content already or comes from a newer fetch. */
  publish (day: string, prepared: PreparedSnapshot): Promise<Publication>
}

/** The name of a day's file in every store. */
export const fileName = 'all-smallholder.parquet'

/** The exact form of a snapshot's name, `20261123.<revision>`. */
export function idOf ({ day, revision }: Pick<StoredSnapshot, 'day' | 'revision'>): string {
  return `${day}.${revision}`
}
