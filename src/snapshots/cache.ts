import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { OshError } from '../errors.js'
import { assertFile, MismatchError, type Expected } from './checksum.js'
import { isAbandoned, temporaryName } from './temporary.js'

export interface CacheOptions {
  /** Made where it is missing; nothing else lies in it. */
  folder: string
  /** Bytes of files that nobody uses; the least used leave first. */
  limitBytes: number
  log: Pick<Logger, 'info' | 'warn' | 'error'>
}

/** How a file gets into the cache. */
export interface Origin {
  expected: Expected
  /** Writes the file, whole and checked. */
  fetch: (target: string) => Promise<void>
}

const retryAfterSeconds = 30
const suffix = '.parquet'

// What the file system says of itself; a connection's errors have other codes.
const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'it is read-only',
  EACCES: 'it may not be written to',
  EPERM: 'it may not be written to',
  ENOENT: 'it is gone',
  ENOTDIR: 'it is no folder',
  EEXIST: 'it is no folder',
  EISDIR: 'it is no folder for files',
  EIO: 'the disk fails',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
}

/**
 * Verified local copies of remote files. A file appears by one rename, whole, checked and flushed;
 * callers at the same time share one fetch; a file in use stays.
 */
export class SnapshotCache {
  readonly #options: CacheOptions
  readonly #uses = new Map<string, number>()
  readonly #flights = new Map<string, Promise<void>>()
  /** Checked in this process, by name. */
  readonly #checked = new Set<string>()
  #isSwept = false
  #complaint: string | undefined

  constructor (options: CacheOptions) {
    this.#options = options
  }

  /** Whether there was a copy that this process has checked. */
  has (name: string): boolean {
    return this.#checked.has(name)
  }

  /**
   * Hands `use` the path of the copy, which stays while it runs. Without an origin only a copy
   * that is there will do. A copy that was fetched for `once` goes again. Throws `OSH_CACHE_FAILED`
   * where the folder does not work.
   */
  async use<T> (name: string, origin: Origin | undefined, use: (path: string) => Promise<T>, { once = false }: { once?: boolean } = {}): Promise<T> {
    const leaves = once && !this.#uses.has(name) && !await this.#isThere(name)
    this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1)
    try {
      await this.#ensure(name, origin)
      return await use(this.#path(name)).catch(async error => {
        // Others may have emptied the folder meanwhile.
        if (await this.#isThere(name)) throw error
        await this.#ensure(name, origin)
        return await use(this.#path(name))
      })
    } finally {
      const uses = (this.#uses.get(name) ?? 1) - 1
      if (uses > 0) this.#uses.set(name, uses)
      else this.#uses.delete(name)
      if (leaves && uses === 0) await this.#remove(name)
      await this.#trim(this.#options.limitBytes)
    }
  }

  async #ensure (name: string, origin: Origin | undefined): Promise<void> {
    const flight = this.#flights.get(name) ?? this.#obtain(name, origin).finally(() => this.#flights.delete(name))
    this.#flights.set(name, flight)
    await flight
  }

  async #obtain (name: string, origin: Origin | undefined): Promise<void> {
    try {
      if (!await this.#isGood(name, origin?.expected)) {
        if (origin === undefined) throw new OshError('OSH_STORE_FAILED', 'The snapshot store does not answer, and there is no local copy.')
        await this.#fetch(name, origin).catch(async error => {
          if (codeOf(error) !== 'ENOSPC') throw error
          await this.#trim(0)
          await this.#fetch(name, origin)
        })
      }
      this.#checked.add(name)
      this.#complaint = undefined
    } catch (error) {
      throw this.#explain(error)
    }
    const now = new Date()
    await utimes(this.#path(name), now, now).catch(() => undefined)
  }

  /** Whether the copy may be used; one that must not is removed. */
  async #isGood (name: string, expected: Expected | undefined): Promise<boolean> {
    const file = await stat(this.#path(name)).catch(() => undefined)
    if (file === undefined) return false
    if (this.#checked.has(name) && (expected === undefined || file.size === expected.sizeBytes)) return true
    if (expected === undefined) return false
    try {
      await assertFile(this.#path(name), expected)
      return true
    } catch (error) {
      if (!(error instanceof MismatchError)) throw error
      this.#options.log.warn({ err: error, file: this.#path(name) }, 'a local copy was corrupt and is fetched again')
      this.#checked.delete(name)
      await rm(this.#path(name), { force: true })
      return false
    }
  }

  async #fetch (name: string, { fetch }: Origin): Promise<void> {
    await mkdir(this.#options.folder, { recursive: true, mode: 0o700 })
    await this.#sweep()
    const temporary = join(this.#options.folder, temporaryName(name))
    try {
      await fetch(temporary)
      await rename(temporary, this.#path(name))
    } finally {
      await rm(temporary, { force: true }).catch(() => undefined)
    }
  }

  /** Removes what dead processes left. */
  async #sweep (): Promise<void> {
    if (this.#isSwept) return
    this.#isSwept = true
    for (const name of await readdir(this.#options.folder)) {
      if (isAbandoned(name)) await rm(join(this.#options.folder, name), { force: true })
    }
  }

  /** Removes files that nobody uses, the least used first, until the rest fits. */
  async #trim (limitBytes: number): Promise<void> {
    const names = await readdir(this.#options.folder).catch(() => [])
    const files = await Promise.all(names.filter(name => name.endsWith(suffix)).map(async name => {
      const { size, mtimeMs } = await stat(this.#path(name)).catch(() => ({ size: 0, mtimeMs: 0 }))
      return { name, size, mtimeMs }
    }))
    let total = files.reduce((sum, { size }) => sum + size, 0)
    for (const { name, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (total <= limitBytes) return
      if (this.#uses.has(name)) continue
      await this.#remove(name)
      total -= size
    }
  }

  async #remove (name: string): Promise<void> {
    this.#checked.delete(name)
    await rm(this.#path(name), { force: true }).catch(() => undefined)
  }

  #explain (error: unknown): unknown {
    const code = codeOf(error)
    const reason = code === undefined ? undefined : reasons[code]
    if (reason === undefined) return error
    const { folder, log } = this.#options
    if (this.#complaint !== reason) log.error({ err: error, folder }, `the cache folder of snapshots does not work: ${reason}`)
    this.#complaint = reason
    return new OshError('OSH_CACHE_FAILED', `The snapshot cannot be kept on this machine: its cache folder does not work (${reason}).`, { cause: error, retryAfterSeconds })
  }

  #path (name: string): string {
    return join(this.#options.folder, name)
  }

  async #isThere (name: string): Promise<boolean> {
    return await stat(this.#path(name)).then(() => true, () => false)
  }
}

function codeOf (error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
