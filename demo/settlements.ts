import type { Site } from './gazetteer.js'
import { foundFamily, type Family } from './names.js'
import { findDistrict, type District } from './places.js'
import type { Random } from './random.js'
import { schemes, type Scheme } from './schemes.js'

/** What the plots of one organised group have in common. */
export interface Settlement {
  entityCode: string
  entityName: string
  certNo: string
  certStatus: string
  district: District
  plots: number
  families: readonly Family[]
  lotSizesHa: readonly number[]
  measuredShare: number
  layout: Layout
  lotPrefix: string
  firstLotNo: number
  /** When the rows were written into the register, one batch after another. */
  createdAtMs: number
  /** When the group last brought its papers up to date, part by part. */
  updatedAt: readonly string[]
  knowsMpobNumbers: boolean
}

/** The grid on which plots lie. */
export interface Layout {
  latDegrees: number
  longDegrees: number
  plotsPerRow: number
  spacingDegrees: number
}

interface Plan {
  scheme: Scheme
  site: Site
  plots: number
}

/** Smaller registers have smaller settlements, so that they still show every scheme and many states. */
const fullSize = 20_000
const smallestSettlement = 4
const plotsPerFamily = 3
const kmPerDegree = 111.32

const certificateStatuses = [['ACTIVE', 82], ['EXPIRED', 13], ['DELAYED', 5]] as const
const lotPrefixes = ['', '', '', '', '', 'PT ', 'LOT ', 'GM ']
const importTimesMs = [
  [Date.parse('2025-10-29T03:15:10.612Z'), 7],
  [Date.parse('2025-09-16T02:40:55.108Z'), 2],
  [Date.parse('2025-11-12T06:05:31.947Z'), 1],
] as const
const earliestUpdateMs = Date.parse('2021-03-01T00:00:00Z')
const latestUpdateMs = Date.parse('2025-10-20T00:00:00Z')

/** Plans the settlements of a register of `size` plots; the first one is that of the published sample. */
export function planSettlements (random: Random, size: number): Settlement[] {
  const scale = Math.min(1, size / fullSize)
  const plans = sharePlots(size).flatMap(([scheme, plots]) => planScheme(random, scheme, plots, scale))
  const first = plans.slice(0, 1)
  return [...first, ...random.shuffle(plans.slice(1))].map((plan, order) => settle(random, plan, order))
}

/** Each scheme's share in whole plots; the largest makes up for the rounding. */
function sharePlots (size: number): [Scheme, number][] {
  const shared = schemes.map((scheme): [Scheme, number] => [scheme, Math.round(scheme.share * size)])
  const surplus = shared.reduce((left, [, plots]) => left - plots, size)
  return shared.map(([scheme, plots], index) => [scheme, index === 0 ? plots + surplus : plots])
}

function planScheme (random: Random, scheme: Scheme, plots: number, scale: number): Plan[] {
  const [first, ...others] = scheme.sites
  const sites = first ? [first, ...random.shuffle(others)] : []
  return splitPlots(random, plots, scheme.plotsPerSettlement * scale)
    .map((plots, index) => ({ scheme, site: takeSite(sites, index), plots }))
}

function splitPlots (random: Random, total: number, mean: number): number[] {
  const parts: number[] = []
  for (let left = total; left > 0;) {
    const fraction = random.next()
    const wanted = Math.max(smallestSettlement, Math.round(mean * (0.2 + 2.4 * fraction * fraction)))
    const plots = left - wanted < smallestSettlement ? left : wanted
    parts.push(plots)
    left -= plots
  }
  return parts
}

/** The sites in turn; when they are used up, their second phases and so on. */
function takeSite (sites: readonly Site[], index: number): Site {
  const site = sites[index % sites.length]
  if (!site) throw new RangeError('a scheme without sites')
  const phase = Math.floor(index / sites.length) + 1
  return phase === 1 ? site : { ...site, entityName: `${site.entityName} FASA ${phase}` }
}

function settle (random: Random, { scheme, site, plots }: Plan, order: number): Settlement {
  const district = findDistrict(site.district)
  const lotSizesHa = drawLotSizes(random, scheme)
  const layout = drawLayout(random, district, plots, Math.max(...lotSizesHa))
  return {
    entityCode: `ORS${15_721 + order * 7}`,
    entityName: site.entityName,
    // The stride is coprime to the modulus, so no two settlements share a number.
    certNo: `MYMS${10_000_000 + (2_195_673 + order * 3_368_787) % 9_999_991}`,
    certStatus: random.weigh(certificateStatuses),
    district,
    plots,
    families: Array.from({ length: Math.ceil(plots / plotsPerFamily) }, () => foundFamily(random, district.stateId)),
    lotSizesHa,
    measuredShare: scheme.measuredShare,
    layout,
    lotPrefix: random.pick(lotPrefixes),
    firstLotNo: random.int(101, 9_000),
    createdAtMs: random.weigh(importTimesMs) + order * 11_000,
    updatedAt: drawUpdates(random),
    knowsMpobNumbers: random.chance(0.12),
    ...(order === 0 ? publishedFacts(layout) : {}),
  }
}

/** What the published sample tells of its settlement. */
function publishedFacts (layout: Layout): Partial<Settlement> {
  return {
    certStatus: 'EXPIRED',
    lotPrefix: '',
    firstLotNo: 5_722,
    createdAtMs: importTimesMs[0][0],
    layout: { ...layout, latDegrees: 1.70941, longDegrees: 104.08802 },
  }
}

function drawLotSizes (random: Random, { areaHa: [min, max] }: Scheme): number[] {
  const typicalHa = min + random.next() * (max - min)
  return Array.from({ length: random.int(3, 6) }, () => typicalHa * (0.94 + random.next() * 0.12))
}

function drawLayout (random: Random, district: District, plots: number, lotHa: number): Layout {
  const plotsPerRow = Math.ceil(Math.sqrt(plots))
  const lotSideKm = Math.sqrt(lotHa / 100)
  // Half the diagonal of the grid may take up half the district at most.
  const spacingKm = Math.min(lotSideKm * 1.1, district.radiusKm / (plotsPerRow * Math.SQRT2))
  const reachKm = district.radiusKm - spacingKm * plotsPerRow * Math.SQRT1_2 - lotSideKm
  const [north, east] = drawFromDisc(random)
  return {
    latDegrees: district.latDegrees + north * reachKm / kmPerDegree,
    longDegrees: district.longDegrees + east * reachKm / kmPerDegree,
    plotsPerRow,
    spacingDegrees: spacingKm / kmPerDegree,
  }
}

/** A point of the unit disc; drawn by rejection, because sines may differ from one engine to another. */
function drawFromDisc (random: Random): [number, number] {
  for (;;) {
    const x = random.next() * 2 - 1
    const y = random.next() * 2 - 1
    if (x * x + y * y <= 1) return [x, y]
  }
}

function drawUpdates (random: Random): string[] {
  return Array.from({ length: random.int(1, 4) }, () =>
    new Date(random.int(earliestUpdateMs, latestUpdateMs)).toISOString())
}
