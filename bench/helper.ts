import { fork, type ChildProcess } from 'node:child_process'
import { on, once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process of the bench's own, which does one job after another. */
export class Helper<Job extends object, Reply> {
  readonly #child: ChildProcess
  readonly #ended: Promise<never>

  /** `module` is the compiled file that calls {@link doJobs}. */
  constructor (module: URL) {
    this.#child = fork(fileURLToPath(module))
    this.#ended = once(this.#child, 'exit').then(([code]) => { throw new Error(`${module.pathname} ended with ${code}`) })
    this.#ended.catch(() => undefined)
  }

  get pid (): number { return this.#child.pid ?? 0 }

  async ask (job: Job): Promise<Reply> {
    const answered = once(this.#child, 'message')
    this.#child.send(job)
    const [reply] = await Promise.race([answered, this.#ended])
    return reply
  }

  async stop (): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.#ended.catch(() => undefined)
  }
}

/** In the helper's process: does each job that comes and sends what it gives. Never ends by itself. */
export async function doJobs<Job, Reply> (work: (job: Job) => Promise<Reply>): Promise<void> {
  process.once('disconnect', () => process.exit())
  for await (const [job] of on(process, 'message')) process.send?.(await work(job))
}
