import { headerOf, startBareServer, takeSample } from '../bare/sample.js'
import { atLeast, compared, stated, type Figure } from '../figures.js'
import type { LoadJob } from '../load/driver.js'
import { countWrong, rateOf } from '../load/load.js'
import { alternate, median } from '../measure.js'
import { readCpuMs } from '../process-state.js'
import type { ServiceSettings } from '../service.js'
import type { Stage } from '../stage.js'

export const hotPath = '/smallholders?state=1'
const connections = 10
const rounds = 3

interface HotCase {
  name: string
  limit: number
  settings?: Partial<ServiceSettings>
  /** Whether the client has the page already. */
  isKnown?: boolean
}

/** One page again and again, with nothing besides. */
export async function hot (stage: Stage): Promise<Figure[]> {
  return await compareWithBareServer(stage, { name: 'hot page', limit: 0.6 })
}

/** The same with all that the service does as shipped. */
export async function shipped (stage: Stage): Promise<Figure[]> {
  const settings = { environment: { LOG_LEVEL: 'info', RATE_LIMIT_PER_MINUTE: '1000000000' }, logFile: stage.name('access.log') }
  return await compareWithBareServer(stage, { name: 'hot page, as shipped', limit: 0.35, settings })
}

/** The same where the client has the page already. */
export async function revalidated (stage: Stage): Promise<Figure[]> {
  return await compareWithBareServer(stage, { name: 'hot page, If-None-Match', limit: 0.6, isKnown: true })
}

async function compareWithBareServer (stage: Stage, { name, limit, settings = {}, isKnown = false }: HotCase): Promise<Figure[]> {
  const { store } = await stage.prepare()
  const service = await stage.serve(store, settings)
  const url = `${service.origin}${hotPath}`
  const headers: Record<string, string> = isKnown ? { 'if-none-match': headerOf(await takeSample(url), 'etag') } : {}
  const sample = await takeSample(url, headers)
  const bare = stage.keep(startBareServer())
  const bareOrigin = await bare.ask(sample)
  const subject = new Asked(stage, service.pid, { origin: service.origin, ask: hotPath, headers, connections }, isKnown ? 304 : 200)
  const reference = new Asked(stage, bare.pid, { origin: bareOrigin, ask: hotPath, headers, connections }, isKnown ? 304 : 200)
  for (const asked of [subject, reference]) await asked.warmUp()
  const result = await alternate(rounds, () => subject.measure(), () => reference.measure())
  await Promise.all([service.stop(), bare.stop()])
  return [
    atLeast(limit, { ...compared(name, 'requests/s', result, 'bare node:http'), wrong: subject.wrong + reference.wrong }),
    stated({ case: `${name}, processor time`, unit: 'µs each', value: subject.cpuMicroseconds, reference: reference.cpuMicroseconds, referenceIs: 'bare node:http' }),
  ]
}

/** A server under load, with what each answer takes of a processor: unlike its rate, that does not depend on who asks. */
class Asked {
  wrong = 0
  readonly #costs: number[] = []

  constructor (readonly stage: Stage, readonly pid: number, readonly job: Omit<LoadJob, 'seconds'>, readonly status: number) {}

  get cpuMicroseconds (): number {
    return median(this.#costs)
  }

  async warmUp (): Promise<void> {
    await this.stage.driver.ask({ ...this.job, seconds: 1 })
  }

  /** Answers a second. */
  async measure (): Promise<number> {
    const before = await readCpuMs(this.pid)
    const result = await this.stage.driver.ask({ ...this.job, seconds: this.stage.seconds })
    const cpuMs = await readCpuMs(this.pid) - before
    this.wrong += countWrong(result, [this.status])
    this.#costs.push(1000 * cpuMs / (rateOf(result, this.status) * result.seconds))
    return rateOf(result, this.status)
  }
}
