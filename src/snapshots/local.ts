import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import lockfile from 'proper-lockfile'
import { readFacts } from '../duckdb/parquet.js'
import type { Database } from '../duckdb/database.js'
import { OshError } from '../errors.js'
import { isDay } from './day.js'
import { fileName, SnapshotGoneError, type PreparedSnapshot, type Publication, type SnapshotStore, type StoredSnapshot } from './store.js'
import { isAbandoned, temporaryName } from './temporary.js'

/** A folder as snapshot store. Writers hold a lock; a file appears by one rename, whole and flushed. */
export class LocalStore implements SnapshotStore {
  private constructor (readonly url: string, readonly folder: string, private readonly database: Database) {}

  /** Opens the folder, made where it is missing, and removes what dead writers left in it. */
  static async open (url: string, database: Database): Promise<LocalStore> {
    const store = new LocalStore(url, storeFolder(url), database)
    await mkdir(store.folder, { recursive: true })
    await store.#sweep()
    return store
  }

  async list (): Promise<StoredSnapshot[]> {
    const names = await readdir(this.folder)
    const stored = await Promise.all(names.filter(isDay).map(day => this.#stat(day)))
    // Days that vanish together with the folder are no empty store.
    if (stored.includes(undefined)) await stat(this.folder)
    return stored.filter(entry => entry !== undefined).sort((a, b) => b.day.localeCompare(a.day))
  }

  async read<T> (stored: StoredSnapshot, use: (path: string) => Promise<T>): Promise<T> {
    await this.#verify(stored)
    try {
      return await use(this.#path(stored.day))
    } finally {
      // What was read is of that revision only where the file was not exchanged meanwhile.
      await this.#verify(stored)
    }
  }

  async publish (day: string, prepared: PreparedSnapshot): Promise<Publication> {
    return await this.#locked(async () => {
      const current = await this.#stat(day)
      const facts = current && await this.#facts(day)
      if (current !== undefined && facts !== undefined) {
        if (facts.contentSha256 === prepared.facts.contentSha256) return { outcome: 'unchanged', stored: current }
        if (facts.fetchedAt >= prepared.facts.fetchedAt) return { outcome: 'superseded', stored: current }
      }
      await this.#replace(day, prepared)
      const stored = await this.#stat(day)
      if (stored === undefined) throw new OshError('OSH_STORE_FAILED', `The snapshot of ${day} vanished from ${this.url} after it was published.`)
      return { outcome: 'published', stored }
    })
  }

  async #replace (day: string, prepared: PreparedSnapshot): Promise<void> {
    const folder = join(this.folder, day)
    const temporary = join(folder, temporaryName(fileName))
    await mkdir(folder, { recursive: true })
    try {
      await copyFile(prepared.path, temporary, constants.COPYFILE_EXCL)
      await flush(temporary)
      if (await hashFile(temporary) !== prepared.sha256) throw new OshError('OSH_STORE_FAILED', `What was written to ${this.url} does not read back the same.`)
      await rename(temporary, this.#path(day))
      await flush(folder)
      await flush(this.folder)
    } finally {
      await rm(temporary, { force: true })
    }
  }

  async #facts (day: string) {
    return await this.database.session(connection => readFacts(connection, this.#path(day))).catch(() => undefined)
  }

  async #stat (day: string): Promise<StoredSnapshot | undefined> {
    try {
      const file = await stat(this.#path(day), { bigint: true })
      if (!file.isFile()) return undefined
      return { day, revision: `${file.mtimeNs.toString(36)}-${file.size.toString(36)}`, sizeBytes: Number(file.size), publishedAt: file.mtime }
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
      throw error
    }
  }

  async #verify (stored: StoredSnapshot): Promise<void> {
    if ((await this.#stat(stored.day))?.revision !== stored.revision) throw new SnapshotGoneError(`${stored.day}.${stored.revision} is gone`)
  }

  #path (day: string): string {
    return join(this.folder, day, fileName)
  }

  async #locked<T> (work: () => Promise<T>): Promise<T> {
    let compromised: Error | undefined
    const release = await lockfile.lock(this.folder, {
      lockfilePath: join(this.folder, '.lock'),
      retries: { forever: true, minTimeout: 50, maxTimeout: 500, maxRetryTime: 60_000 },
      onCompromised: error => { compromised = error },
    })
    try {
      return await work()
    } finally {
      if (compromised === undefined) await release()
    }
  }

  async #sweep (): Promise<void> {
    for (const day of (await readdir(this.folder)).filter(isDay)) {
      for (const name of await readdir(join(this.folder, day)).catch(() => [])) {
        if (isAbandoned(name)) await rm(join(this.folder, day, name), { force: true })
      }
    }
  }
}

/** The absolute folder that a `file:` URL names, also in the relative form `file:./data`. */
export function storeFolder (url: string): string {
  return url.startsWith('file://') ? fileURLToPath(url) : resolve(url.slice('file:'.length))
}

async function flush (path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** SHA-256 of a file's bytes, in hexadecimal. */
export async function hashFile (path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
