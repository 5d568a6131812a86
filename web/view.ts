export const listFilters = ['state', 'district', 'scheme', 'cert_status'] as const
export const textFilters = ['planted_area__gte', 'planted_area__lte', 'q'] as const
export const measures = ['smallholders', 'planted_area', 'certified_area'] as const
export const mapColours = ['cert_status', 'scheme'] as const
export const columns = [
  'entity_smallholder_id', 'name', 'entity_name', 'scheme', 'state', 'daerah', 'lot_no', 'planted_area', 'certified_area',
  'cert_status', 'cert_no', 'mpob_no', 'entity_code', 'track_id', 'created_at', 'updated_at',
] as const
export const pageSizes = [10, 25, 50, 100] as const

export type ListFilter = typeof listFilters[number]
export type TextFilter = typeof textFilters[number]
export type Filter = ListFilter | TextFilter
export type Measure = typeof measures[number]
export type MapColour = typeof mapColours[number]
export type Column = typeof columns[number]

const defaultColumns: readonly Column[] = ['name', 'entity_name', 'state', 'daerah', 'planted_area', 'certified_area', 'cert_status']

/** All that is shown, as far as it can be chosen; the page's URL says the same. */
export interface View extends Record<ListFilter, readonly string[]>, Record<TextFilter, string> {
  /** A day; empty is the latest. */
  snapshot: string
  measure: Measure
  colour: MapColour
  columns: readonly Column[]
  sort: string
  page: number
  pageSize: number
  /** The plot whose card is open. */
  plot: string
}

export const emptyView: View = {
  state: [],
  district: [],
  scheme: [],
  cert_status: [],
  planted_area__gte: '',
  planted_area__lte: '',
  q: '',
  snapshot: '',
  measure: 'smallholders',
  colour: 'cert_status',
  columns: defaultColumns,
  sort: '',
  page: 1,
  pageSize: 10,
  plot: '',
}

/** Filters by their names in the API, each with all its values. */
export type Filters = Partial<Record<Filter, string>>

/** The filters of a view as the API takes them, but for those that are left out. */
export function filtersOf (view: View, without: readonly Filter[] = []): Filters {
  const lists = listFilters.map(name => [name, joinList(view[name])])
  const texts = textFilters.map(name => [name, view[name].trim()])
  return Object.fromEntries([...lists, ...texts].filter(([name, value]) => value !== '' && !without.some(left => left === name)))
}

/** The query string of the page's URL for a view; what is as usual is left out. */
export function formatView (view: View): string {
  const parameters = new URLSearchParams(filtersOf(view))
  for (const name of ['snapshot', 'measure', 'colour', 'sort', 'page', 'pageSize', 'plot'] as const) {
    if (view[name] !== emptyView[name]) parameters.set(name, String(view[name]))
  }
  if (view.columns.join() !== defaultColumns.join()) parameters.set('columns', view.columns.join())
  const text = parameters.toString().replaceAll('%2C', ',')
  return text === '' ? '' : `?${text}`
}

/** The view that a query string asks for; what makes no sense is as usual. */
export function parseView (search: string): View {
  const parameters = new URLSearchParams(search)
  const text = (name: string) => parameters.get(name) ?? ''
  const chosen = parseList(text('columns')).flatMap(name => columns.filter(column => column === name))
  return {
    ...emptyView,
    ...Object.fromEntries(listFilters.map(name => [name, parseList(text(name))])),
    ...Object.fromEntries(textFilters.map(name => [name, text(name)])),
    snapshot: /^(\d{4})-?(\d\d)-?(\d\d)/.exec(text('snapshot'))?.slice(1).join('-') ?? '',
    measure: oneOf(measures, text('measure')),
    colour: oneOf(mapColours, text('colour')),
    columns: chosen.length > 0 ? chosen : defaultColumns,
    sort: columns.some(column => column === text('sort').replace(/^-/, '')) ? text('sort') : '',
    page: Math.max(1, Number.parseInt(text('page')) || 1),
    pageSize: pageSizes.find(size => size === Number(text('pageSize'))) ?? emptyView.pageSize,
    plot: /^\d+$/.test(text('plot')) ? text('plot') : '',
  }
}

/** The list with the value, or without it where it has it. */
export function toggle (list: readonly string[], value: string): string[] {
  return list.includes(value) ? list.filter(other => other !== value) : [...list, value]
}

function oneOf<T extends string> (known: readonly [T, ...T[]], value: string): T {
  return known.find(candidate => candidate === value) ?? known[0]
}

const joinList = (values: readonly string[]) => values.map(value => value.replaceAll(',', '\\,')).join()

function parseList (text: string): string[] {
  const values = text.split(/(?<!\\),/).filter(value => value !== '')
  return [...new Set(values.map(value => value.replaceAll('\\,', ',')))]
}
