import type { Logger } from 'pino'
import { isDay } from './day.js'
import type { Bucket } from './gcs-bucket.js'
import { fileName } from './store.js'

const namesShown = 20

/**
 * Names, once in a process, what else lies beside the snapshots. The listing of the days hides it
 * on the server's side, so this is a listing of its own, by delimiter: its cost grows with the
 * number of folders and not with what is in them.
 */
export class ForeignObjects {
  #isNamed = false

  constructor (private readonly bucket: Bucket, private readonly prefix: string, private readonly log: Pick<Logger, 'info' | 'warn'>) {}

  /** `days`: those that hold a snapshot. A failure is left to the next call. */
  async nameOnce (days: ReadonlyMap<string, unknown>): Promise<void> {
    if (this.#isNamed) return
    try {
      const foreign = await this.#find(days)
      this.#isNamed = true
      if (foreign.length > 0) this.log.warn({ count: foreign.length, objects: foreign.slice(0, namesShown) }, 'what is no snapshot lies beside the snapshots and is ignored')
    } catch (error) {
      this.log.info({ err: error }, 'could not look for what else lies beside the snapshots')
    }
  }

  async #find (days: ReadonlyMap<string, unknown>): Promise<string[]> {
    const foreign: string[] = []
    let pageToken: string | undefined
    do {
      const page = await this.bucket.list({ prefix: this.prefix, delimiter: '/', pageToken })
      const objects = (page.items ?? []).map(({ name }) => name).filter(name => name !== this.prefix)
      const folders = (page.prefixes ?? []).filter(folder => !days.has(folder.slice(this.prefix.length, -1)))
      foreign.push(...objects, ...folders.map(folder => isDay(folder.slice(this.prefix.length, -1)) ? `${folder} (without ${fileName})` : folder))
      pageToken = page.nextPageToken
    } while (pageToken !== undefined)
    return foreign
  }
}
