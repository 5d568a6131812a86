import { isDeepStrictEqual } from 'node:util'
import { setTimeout as delay } from 'node:timers/promises'
import { makeRecords } from '../ingest/helpers.js'
import type { RegisterRecord } from '../../demo/register.js'
import type { Answer } from '../helpers/service.js'
import { plotsOf, snapshotOf, type Plots, type RecordedObjects } from './bucket.js'
import { until, type ServiceProcess } from './process.js'

const fields = 'fields=entity_smallholder_id,name,certified_area'

/** A register whose plots all bear a name, so that no two are alike. */
export function registerOf (name: string, size: number): RegisterRecord[] {
  return makeRecords(size).map(record => ({ ...record, name }))
}

/** The plots of a page that {@link firstPage} or a link from it asked for. */
export function toPlots ({ json }: Answer): Plots {
  return json.data.map((plot: Record<string, unknown>) => [Number(plot['entity_smallholder_id']), String(plot['name']), Number(plot['certified_area'])])
}

/** Asks for plots and totals; one sentence for each 200 that is not exactly what a published snapshot holds. */
export async function findWrong ({ get }: Pick<ServiceProcess, 'get'>, objects: RecordedObjects): Promise<string[]> {
  const wrong: string[] = []
  const page = await get(firstPage(1000))
  if (page.status === 200) wrong.push(...await comparePage(page, objects))
  const totals = await get('/aggregates')
  if (totals.status === 200) wrong.push(...await compareTotals(totals, objects))
  return wrong
}

/** One sentence where a page is not exactly that part of the snapshot that it names. */
export async function comparePage (answer: Answer, objects: RecordedObjects): Promise<string[]> {
  const { snapshot, total, page, pageSize } = answer.json.meta
  const object = objects.find(snapshot)
  if (object === undefined) return [`${snapshot} was never published`]
  const plots = await plotsOf(object)
  const part = plots.slice((page - 1) * pageSize, page * pageSize)
  if (total !== plots.length) return [`${snapshot} has ${plots.length} plots, not ${total}`]
  return isDeepStrictEqual(toPlots(answer), part) ? [] : [`page ${page} of ${snapshot} has other plots`]
}

async function compareTotals ({ json }: Answer, objects: RecordedObjects): Promise<string[]> {
  const { snapshot } = json.meta
  const object = objects.find(snapshot)
  if (object === undefined) return [`${snapshot} was never published`]
  const plots = await plotsOf(object)
  const hectares = plots.reduce((sum, [,, area]) => sum + area, 0)
  const [row] = json.data
  const isRight = row.smallholders === plots.length && Math.abs(row.certified_area - hectares) < 0.001
  return isRight ? [] : [`${snapshot} has ${plots.length} plots and ${hectares} ha, not ${row.smallholders} and ${row.certified_area}`]
}

/** All pages of a snapshot by `links.next`, until the last or until one is no 200. */
export async function walk (service: Pick<ServiceProcess, 'get'>, start: string): Promise<Answer[]> {
  const pages: Answer[] = []
  for (let next: string | null = start; next !== null;) {
    const page = await service.get(next)
    pages.push(page)
    next = page.status === 200 ? page.json.links.next : null
  }
  return pages
}

/** The first page of a walk. */
export function firstPage (pageSize: number): string {
  return `/smallholders?${fields}&pageSize=${pageSize}`
}

/** What {@link watch} saw. */
export interface Watched {
  wrong: string[]
  /** The statuses of all answers. */
  statuses: number[]
}

/** Asks the services again and again, until `stop`. */
export function watch (services: readonly ServiceProcess[], objects: RecordedObjects): { stop: () => Promise<Watched> } {
  const over = new AbortController()
  const wrong: string[] = []
  const statuses = new Set<number>()
  const watching = Promise.all(services.map(async service => {
    const get = async (path: string) => {
      const answer = await service.get(path)
      statuses.add(answer.status)
      return answer
    }
    while (!over.signal.aborted) {
      wrong.push(...await findWrong({ get }, objects))
      await delay(200)
    }
  }))
  return {
    stop: async () => {
      over.abort()
      await watching
      return { wrong, statuses: [...statuses].sort() }
    },
  }
}

/** Waits until every service serves the newest snapshot of the bucket. */
export async function untilNewest (services: readonly Pick<ServiceProcess, 'get'>[], objects: RecordedObjects): Promise<void> {
  await Promise.all(services.map(({ get }) => until(async () => (await get('/ready')).json.snapshot === snapshotOf(objects.newest))))
}
