import type { RegisterRecord } from '../../demo/register.js'
import { createRandom } from '../../demo/random.js'
import { certificationStatuses, states } from '../../schemas/reference.js'

/** Which plots are asked about: all, or those of a state, a status or both. */
interface Subset {
  stateId: number | undefined
  status: string | undefined
}

const sorts = ['name', '-certified_area', 'entity_name,-planted_area', '-updated_at']
const dimensions = ['state', 'scheme', 'cert_status', 'state,scheme']

const subsets: readonly Subset[] = [undefined, ...states.map(({ stateId }) => stateId)]
  .flatMap(stateId => [undefined, ...certificationStatuses].map(status => ({ stateId, status })))

/** How many of clean records are in each subset, by its name. */
export function countSubsets (records: readonly RegisterRecord[]): Map<string, number> {
  return new Map(subsets.map(subset => [nameOf(subset), records.filter(record => isIn(subset, record)).length]))
}

function isIn ({ stateId, status }: Subset, record: RegisterRecord): boolean {
  return (stateId === undefined || record.stateId === stateId) && (status === undefined || record.cert_status === status)
}

/** The filters of a subset, which also name it. */
function nameOf ({ stateId, status }: Subset): string {
  return [stateId === undefined ? [] : `state=${stateId}`, status === undefined ? [] : `cert_status=${status}`].flat().join('&')
}

export interface Question {
  path: string
  subset: string
}

/** A stream of hot pages, cold pages, totals and now and then the whole register. */
export function openMixture (seed: string): () => Question {
  const random = createRandom(seed)
  return () => {
    const subset = nameOf(random.pick(subsets))
    const filters = subset === '' ? '' : `&${subset}`
    const draw = random.weigh<() => string>([
      [() => `/smallholders?pageSize=10${filters}`, 50],
      [() => `/smallholders?sort=${random.pick(sorts)}&page=${random.int(1, 500)}&pageSize=${random.int(1, 200)}${filters}`, 35],
      [() => `/aggregates?by=${random.pick(dimensions)}${filters}`, 15],
      [() => '/api/osh/all-smallholder', 0.1],
    ])
    const path = draw()
    return { path, subset: path.startsWith('/api') ? '' : subset }
  }
}
