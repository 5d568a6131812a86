import fc from 'fast-check'
import { plotFields, type Plot } from '../../schemas/plot.js'
import { modelStates, type DirtyRecord } from '../helpers/model.js'
import { filterNames, knownSchemes, type Filters } from './model-filter.js'
import { dimensionNames, keyColumns } from './model-rows.js'

/** One request for plots or totals, in the terms of the model. */
export interface Question {
  filters: Filters
  /** Lists are sent as repeated parameters, not with commas. */
  repeated: boolean
  sort?: string
  fields?: string[]
  by: string[]
  page: number
  pageSize: number
}

const oddTexts = [
  null, '', '   ', ' padded ', '\u00a0nbsp\u00a0', 'a\tb', 'a\nb', 'nul\u0000byte', 'NaN', 'null', 'O\'Brien', '"quoted"', '100%', 'a_b', 'axb', 'back\\slash', 'comma, inside',
  '👩‍🌾 farmer', 'e\u0301', '\u00e9', 'مزارع', '\uffee', '\u{1d54f}', 'half \ud800', '{"a":1}', '-1', '\u200bzero width', 'ÄÖ', 'äö',
]

const text = (...usual: (string | null)[]) => fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...usual) },
  { weight: 2, arbitrary: fc.constantFrom(...oddTexts) },
  // A value cannot end in a backslash within a list.
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }).filter(value => !value.includes('\\')) }
)

const area = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 99_999 }).map(tenThousandths => (tenThousandths / 10_000).toFixed(4)) },
  { weight: 1, arbitrary: fc.constantFrom(null, '', 'N/A', '3,95', 'nan', 'inf', '-inf', 'Infinity', '0', '0.0000', '-0.0', ' 2.5 ', '5.', '.5', '+1.25', '1_000', '0x10', '1 2', '-3.5') }
)

const coordinate = (min: number, max: number) => fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: min * 1000 + 1, max: max * 1000 - 1 }).map(thousandths => String(thousandths / 1000)) },
  { weight: 1, arbitrary: fc.constantFrom(null, '', '0', '0.0000', '3,95', 'nan', 'N/A', '104.5', '3.25', '-200', '91') }
)

const time = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 40 }).map(hours => new Date(Date.UTC(2025, 0, 1, hours, 15, 10, 612)).toISOString()) },
  { weight: 1, arbitrary: fc.constantFrom(null, '', 'yesterday', '2025-01-02', '2025-01-02T03:04:05+08:00', '2025-01-01 20:00:00', '2025-13-01T00:00:00Z') }
)

const state = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...[...modelStates].slice(0, 6).map(([stateId, state]) => ({ stateId, state }))) },
  { weight: 1, arbitrary: fc.constantFrom<DirtyRecord>({ stateId: null, state: ' johor ' }, { stateId: 2, state: '' }, { stateId: null, state: null }, { stateId: null, state: 'Singapura' }, { stateId: 99, state: null }, { stateId: 1, state: 'JOHOR' }) }
)

const district = fc.constantFrom<DirtyRecord>({ daerahId: 4, daerah: 'KOTA TINGGI' }, { daerahId: 5, daerah: 'Segamat' }, { daerahId: null, daerah: 'SEGAMAT' }, { daerahId: 6, daerah: null }, { daerahId: null, daerah: '' })

const record: fc.Arbitrary<DirtyRecord> = fc.record({
  entity_smallholder_id: fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 1, max: 120 }) }, { weight: 1, arbitrary: fc.constantFrom(0, 2 ** 31, Number.MAX_SAFE_INTEGER) }),
  entity_code: text('ORS1', 'ORS2', 'ORS10'),
  entity_name: text('FELDA LOK HENG BARAT', 'FELDA', ' felda lok heng ', 'KEDA BALING', 'KEDAH MAJU', 'RISDA, KAMPUNG', 'FELDA-LOK', 'LADANG FELDA', 'Felcra Bhd'),
  mpob_no: text(null, null, '501234567890'),
  planted_area: area,
  certified_area: area,
  gps_coordinate_lat: coordinate(1, 7),
  gps_coordinate_long: coordinate(100, 119),
  name: text('A.LATIF BIN BENU', 'SITI BINTI ALI', 'Siti Binti Ali', 'LIM AH KOW'),
  lot_no: text('5722', 'PT 12', 'PT 120'),
  cert_status: fc.constantFrom('ACTIVE', 'ACTIVE', 'EXPIRED', 'DELAYED', 'SUSPENDED', ' ACTIVE ', '', null),
  cert_no: text('MYMS1', 'MYMS2'),
  created_at: time,
  updated_at: time,
  track_id: text('MTS0000014', 'MTS0000015'),
}).chain(plain => fc.tuple(state, district).map(([state, district]) => ({ ...plain, ...state, ...district })))

/** A small and dirty register. */
export const register = fc.array(record, { minLength: 60, maxLength: 160 })

const flag = fc.boolean().map(asked => [String(asked)])

/** Values of a filter, most of them from the plots themselves. */
function valuesOf (name: string, plots: readonly Plot[]): fc.Arbitrary<string[]> {
  const [field = '', operator] = name.split('__')
  const own = (...fields: string[]) => fc.constantFrom(...new Set(['matches nothing', ...plotFields.filter(name => fields.includes(name)).flatMap(name => plots.map(plot => String(plot[name] ?? '1')))]))
  const several = (value: fc.Arbitrary<string>) => fc.array(value.map(value => value.replace(/[a-z]/gi, letter => letter.toUpperCase())), { minLength: 1, maxLength: 3 })
  const known = (values: readonly (string | number)[]) => several(fc.constantFrom(...values.map(String)))
  if (operator === 'isnull' || field === 'has_location') return flag
  if (operator === 'icontains') return own(field).map(value => [part(value)])
  if (field === 'q') return own('name', 'entity_name', 'entity_code', 'cert_no', 'lot_no').map(value => [part(value)])
  if (field.endsWith('_area')) return fc.constantFrom(...plots.map(plot => [String(plot.planted_area ?? 1.5)]))
  if (field.endsWith('_at')) return fc.constantFrom(['2025-01-02'], ['2025-01-01T20:15:10.612Z'], ['2025-01-02T04:15:10.612+08:00'])
  if (field === 'bbox') return fc.tuple(fc.integer({ min: 95, max: 110 }), fc.integer({ min: -2, max: 4 })).map(([west, south]) => [`${west},${south},${west + 8.5},${south + 3}`])
  if (field === 'near') return fc.tuple(own('gps_coordinate_lat'), fc.integer({ min: 0, max: 600 })).map(([latitude, km]) => [`104.125,${Math.min(7, Math.abs(Number(latitude) || 1))}`, String(km * 1000 + 0.5)])
  if (field === 'state') return known([...modelStates].slice(0, 7).flat())
  if (field === 'scheme') return known(knownSchemes)
  if (field === 'district') return known([4, 5, 6, 7, 'Kota Tinggi', 'segamat'])
  if (field === 'entity_smallholder_id') return known([...plots.map(plot => plot.entity_smallholder_id), 999_999])
  return several(own(field))
}

/** Some characters out of the middle of a text. */
function part (value: string): string {
  return [...value].slice(0, 5).slice(-3).join('')
}

const sortOf = (names: readonly string[]) => fc.option(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
  .chain(keys => fc.tuple(...keys.map(key => fc.constantFrom(key, `-${key}`)))).map(keys => keys.join(',')), { nil: undefined })

const totals = ['smallholders', 'planted_area', 'certified_area', 'active', 'expired', 'delayed', 'other']

const filtersOf = (plots: readonly Plot[]) => fc.uniqueArray(fc.constantFrom(...filterNames), { maxLength: 3 })
  .chain(names => fc.tuple(...names.map(name => valuesOf(name, plots).map((values): [string, string[]] => [name, values]))))
  .map((entries): Filters => Object.fromEntries(entries))

/** A request for plots. */
export function plotsQuestion (plots: readonly Plot[]): fc.Arbitrary<Question> {
  return fc.record({
    filters: filtersOf(plots),
    repeated: fc.boolean(),
    by: fc.constant<string[]>([]),
    sort: sortOf(plotFields),
    fields: fc.option(fc.uniqueArray(fc.constantFrom<string>(...plotFields), { minLength: 1, maxLength: 4 }), { nil: undefined }),
    page: fc.integer({ min: 1, max: 4 }),
    pageSize: fc.constantFrom(1, 3, 10, 1000),
  }).map(withoutUndefined)
}

/** A request for totals. */
export function totalsQuestion (plots: readonly Plot[]): fc.Arbitrary<Question> {
  return fc.uniqueArray(fc.constantFrom(...dimensionNames), { maxLength: 3 }).chain(by => fc.record({
    filters: filtersOf(plots),
    repeated: fc.boolean(),
    by: fc.constant(by),
    sort: sortOf([...keyColumns(by), ...totals]),
    page: fc.integer({ min: 1, max: 3 }),
    pageSize: fc.constantFrom(2, 10, 1000),
  })).map(withoutUndefined)
}

function withoutUndefined ({ sort, fields, ...question }: Omit<Question, 'sort' | 'fields'> & { sort?: string | undefined, fields?: string[] | undefined }): Question {
  return { ...question, ...(sort !== undefined && { sort }), ...(fields && { fields }) }
}
