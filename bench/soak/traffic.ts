import autocannon from 'autocannon'
import { doJobs } from '../helper.js'
import { openMixture } from './questions.js'

export interface TrafficJob {
  origin: string
  seconds: number
  connections: number
  seed: string
}

/** What some answers said that a subset's total is; `snapshot` is null where the answer names none. */
export interface Observation {
  snapshot: string | null
  subset: string
  total: number
  times: number
}

export interface TrafficResult {
  observations: Observation[]
  statuses: Record<string, number>
  errors: number
}

interface Body {
  data: { page_size?: number, data: unknown[] } | { smallholders?: number }[]
  meta?: { snapshot: string, total: number }
}

await doJobs<TrafficJob, TrafficResult>(async ({ origin, seconds, connections, seed }) => {
  const next = openMixture(seed)
  const seen = new Map<string, Observation>()
  const statuses: Record<string, number> = {}
  const asked = new WeakMap<object, string>()
  const request: autocannon.Request = {
    setupRequest: (request, context) => {
      const { path, subset } = next()
      asked.set(context, subset)
      return { ...request, path }
    },
    onResponse: (status, body, context) => {
      statuses[status] = (statuses[status] ?? 0) + 1
      if (status === 200) note(seen, asked.get(context) ?? '?', JSON.parse(body))
    },
  }
  const { errors } = await autocannon({ url: origin, connections, duration: seconds, requests: [request] })
  return { observations: [...seen.values()], statuses, errors }
})

function note (seen: Map<string, Observation>, subset: string, body: Body): void {
  const snapshot = body.meta?.snapshot ?? null
  const total = totalOf(body)
  const key = JSON.stringify([snapshot, subset, total])
  const known = seen.get(key)
  if (known === undefined) seen.set(key, { snapshot, subset, total, times: 1 })
  else known.times++
}

/** Of totals by groups, which all stand in one page, the sum of the groups. */
function totalOf ({ data, meta }: Body): number {
  if (!Array.isArray(data)) return data.data.length
  const isTotals = data.some(row => row.smallholders !== undefined)
  return isTotals ? data.reduce((sum, row) => sum + (row.smallholders ?? 0), 0) : meta?.total ?? NaN
}
