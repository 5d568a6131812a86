import { LRUCache } from 'lru-cache'
import type { Database } from '../duckdb/database.js'
import { dropRelation, loadRelation, type Relation } from '../duckdb/relation.js'
import { idOf, type SnapshotStore, type StoredSnapshot } from './store.js'

/** A loaded snapshot that stays until it is released. */
export interface Lease {
  stored: StoredSnapshot
  relation: Relation
  release (): void
}

interface Loaded {
  stored: StoredSnapshot
  relation: Relation
  /** Uses under way; the table goes when it is neither used nor kept. */
  uses: number
  kept: boolean
  dropped: boolean
}

/** Snapshots in memory: one that is pinned, and others that leave by least use. */
export class LoadedSnapshots {
  readonly #store: SnapshotStore
  readonly #database: Database
  readonly #others: LRUCache<string, Loaded>
  readonly #loading = new Map<string, Promise<Loaded>>()
  #pinned: Loaded | undefined
  #lastLoad: Promise<unknown> = Promise.resolve()

  constructor ({ store, database, memoryBytes }: { store: SnapshotStore, database: Database, memoryBytes: number }) {
    this.#store = store
    this.#database = database
    this.#others = new LRUCache({
      maxSize: memoryBytes,
      sizeCalculation: ({ relation }) => relation.sizeBytes,
      dispose: (loaded, _id, reason) => { if (reason === 'evict') this.#letGo(loaded) },
    })
  }

  /** The plots of a snapshot, loaded where they are not; callers at the same time share one load. */
  async acquire (stored: StoredSnapshot): Promise<Lease> {
    const loaded = await this.#use(stored)
    let released = false
    return {
      stored: loaded.stored,
      relation: loaded.relation,
      release: () => {
        if (!released) this.#endUse(loaded)
        released = true
      },
    }
  }

  /** Loads a snapshot and keeps it whatever its use, instead of the one pinned before. */
  async pin (stored: StoredSnapshot): Promise<Relation> {
    const loaded = await this.#use(stored)
    const previous = this.#pinned
    this.#pinned = loaded
    this.#others.delete(idOf(stored))
    if (previous !== undefined) {
      // Nobody gets a replaced revision any more.
      if (previous.stored.day === stored.day) previous.kept = false
      else this.#keep(previous)
      this.#endUse(previous)
    }
    return loaded.relation
  }

  async #use (stored: StoredSnapshot): Promise<Loaded> {
    let loaded = this.#find(stored)
    // A snapshot may leave between its load and the next turn of the caller.
    while (loaded === undefined || loaded.dropped) loaded = await this.#load(stored)
    loaded.uses++
    return loaded
  }

  #endUse (loaded: Loaded): void {
    loaded.uses--
    this.#dropUnused(loaded)
  }

  #find (stored: StoredSnapshot): Loaded | undefined {
    const id = idOf(stored)
    return this.#pinned !== undefined && idOf(this.#pinned.stored) === id ? this.#pinned : this.#others.get(id)
  }

  async #load (stored: StoredSnapshot): Promise<Loaded> {
    const id = idOf(stored)
    const loading = this.#loading.get(id) ?? this.#enqueue(stored).finally(() => this.#loading.delete(id))
    this.#loading.set(id, loading)
    return await loading
  }

  /** Loads one snapshot after the other, so that many days asked for at once need the memory of one load. */
  async #enqueue (stored: StoredSnapshot): Promise<Loaded> {
    const load = this.#lastLoad.then(async () => {
      const relation = await this.#store.read(stored, path => this.#database.session(connection => loadRelation(connection, path)))
      const loaded = { stored, relation, uses: 0, kept: false, dropped: false }
      this.#keep(loaded)
      return loaded
    })
    this.#lastLoad = load.catch(() => undefined)
    return await load
  }

  #keep (loaded: Loaded): void {
    const id = idOf(loaded.stored)
    this.#others.set(id, loaded)
    // What is larger than the whole limit is not kept and goes after its first use.
    loaded.kept = this.#others.peek(id) === loaded
  }

  #letGo (loaded: Loaded): void {
    loaded.kept = false
    this.#dropUnused(loaded)
  }

  #dropUnused (loaded: Loaded): void {
    if (loaded.kept || loaded.uses > 0 || loaded.dropped) return
    loaded.dropped = true
    this.#database.session(connection => dropRelation(connection, loaded.relation)).catch(() => undefined)
  }
}
