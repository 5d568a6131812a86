import { createRandom, type Random } from '../../demo/random.js'
import { certificationStatuses, schemes, states } from '../../schemas/reference.js'

/** A stream of paths, each asked once: the same for the same seed. */
export interface Questions {
  kind: keyof typeof draws
  seed: string
}

type Pair = readonly [name: string, value: string]

const filters: readonly ((random: Random) => Pair)[] = [
  random => ['state', String(random.pick(states).stateId)],
  random => ['state__ne', random.pick(states).state],
  random => ['scheme', random.pick(schemes).scheme],
  random => ['cert_status', random.pick(certificationStatuses)],
  random => ['q', random.pick(['felda', 'ahmad', 'bukit', 'sungai', 'bin', 'ORS1', 'MYMS', 'ali'])],
  random => ['name__icontains', random.pick(['ah', 'bin', 'mohd', 'siti', 'raj', 'lim'])],
  random => ['has_location', String(random.chance(0.5))],
  random => ['bbox', box(random)],
]

// More digits than any area has, so that no two questions are the same and yet each has its share of rows.
const areaFilter = (random: Random): Pair => random.chance(0.5)
  ? ['planted_area__gte', (random.next() * 4).toFixed(7)]
  : ['certified_area__lte', (2 + random.next() * 6).toFixed(7)]

const sorts = ['-certified_area,name', 'name', '-updated_at', 'entity_name,-planted_area', 'state,daerah', 'lot_no', '-created_at,track_id']
const dimensions = ['state', 'district', 'scheme', 'entity', 'cert_status', 'cert_no']
const firstDeepPage = 4000
const lastDeepPage = 4600

const draws = {
  /** Pages with filters, sorts and paging of all kinds. */
  pages: (random: Random) => formatPath('/smallholders', [
    ...drawFilters(random, 0, 2),
    ...(random.chance(0.6) ? [['sort', random.pick(sorts)] as const] : []),
    ['page', String(random.chance(0.5) ? 1 : random.int(2, 300))],
    ['pageSize', String(random.weigh([[10, 6], [50, 3], [200, 1]]))],
  ]),
  /** Totals by one to three dimensions. */
  aggregates: (random: Random) => formatPath('/aggregates', [
    ['by', random.shuffle(dimensions).slice(0, random.int(1, 3)).join(',')],
    ...drawFilters(random, 0, 2),
  ]),
  first: (random: Random) => wholeRegister(random, 1),
  deep: (random: Random) => wholeRegister(random, random.int(firstDeepPage, lastDeepPage)),
  firstSorted: (random: Random) => `${wholeRegister(random, 1)}&sort=-certified_area,name`,
  deepSorted: (random: Random) => `${wholeRegister(random, random.int(firstDeepPage, lastDeepPage))}&sort=-certified_area,name`,
}

/** Opens the stream. */
export function openQuestions ({ kind, seed }: Questions): () => string {
  const random = createRandom(`${kind} ${seed}`)
  return () => draws[kind](random)
}

function drawFilters (random: Random, least: number, most: number): Pair[] {
  return [areaFilter(random), ...random.shuffle(filters).slice(0, random.int(least, most)).map(draw => draw(random))]
}

/** A page of all plots; each time with another condition that all of them meet. */
function wholeRegister (random: Random, page: number): string {
  return formatPath('/smallholders', [['page', String(page)], ['created_at__lt', `2100-01-01T00:00:00.${String(random.int(0, 999_999)).padStart(6, '0')}Z`]])
}

function box (random: Random): string {
  const [west, south] = [100 + random.next() * 3, 1 + random.next() * 4]
  return [west, south, west + 0.5 + random.next() * 12, south + 0.5 + random.next() * 2].map(degrees => degrees.toFixed(5)).join(',')
}

function formatPath (path: string, parameters: readonly Pair[]): string {
  return `${path}?${new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value])).toString()}`
}
