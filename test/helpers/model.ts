import type { Plot } from '../../schemas/plot.js'

// An in-memory model of the register, written from the contract and from what is known of
// the data, not from the service: what it says is what the service has to answer.

/** A record as upstream may send it. */
export type DirtyRecord = Record<string, unknown>

export const modelStates = new Map([
  [1, 'Johor'], [2, 'Kedah'], [3, 'Kelantan'], [4, 'Melaka'], [5, 'Negeri Sembilan'], [6, 'Pahang'], [7, 'Perak'], [8, 'Perlis'],
  [9, 'Pulau Pinang'], [10, 'Sabah'], [11, 'Sarawak'], [12, 'Selangor'], [13, 'Terengganu'], [14, 'Kuala Lumpur'], [15, 'Labuan'], [16, 'Putrajaya'],
])

export const modelSchemes = ['FELDA', 'FELCRA', 'RISDA', 'KESEDAR', 'KEJORA', 'KETENGAH', 'KEDA', 'SALCRA', 'SLDB', 'LKPP', 'PERDA']

/** Text with its case put aside, character by character. */
export function fold (text: string): string {
  return [...text].map(character => character.toLowerCase()).join('')
}

/** The plots of a register in the order of ids: typed, and each id once. */
export function modelPlots (records: readonly DirtyRecord[]): Plot[] {
  return resolveDuplicates(records).map(toPlot)
}

/** The later `updated_at`, then the later position, of each id; in the order of ids. */
export function resolveDuplicates (records: readonly DirtyRecord[]): DirtyRecord[] {
  const latest = new Map<unknown, DirtyRecord>()
  for (const record of records) {
    const other = latest.get(record['entity_smallholder_id'])
    if (other === undefined || updatedAtMs(record) >= updatedAtMs(other)) latest.set(record['entity_smallholder_id'], record)
  }
  return [...latest.values()].sort((a, b) => Number(a['entity_smallholder_id']) - Number(b['entity_smallholder_id']))
}

function updatedAtMs (record: DirtyRecord): number {
  return momentOf(textOf(record['updated_at'])) ?? -Infinity
}

/** Milliseconds of an ISO 8601 date or date-time, UTC unless it says otherwise. */
export function momentOf (text: string | null): number | undefined {
  const [, date, time = '00:00:00', zone = 'Z'] = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text ?? '') ?? []
  const moment = date === undefined ? NaN : Date.parse(`${date}T${time}${zone}`)
  return Number.isNaN(moment) ? undefined : moment
}

function toPlot (record: DirtyRecord): Plot {
  const text = (field: string) => textOf(record[field])
  const entityName = text('entity_name')
  return {
    entity_smallholder_id: Number(record['entity_smallholder_id']),
    entity_code: text('entity_code'),
    entity_name: entityName,
    scheme: schemeOf(entityName),
    mpob_no: text('mpob_no'),
    planted_area: numberOf(text('planted_area')),
    certified_area: numberOf(text('certified_area')),
    gps_coordinate_lat: numberOf(text('gps_coordinate_lat')),
    gps_coordinate_long: numberOf(text('gps_coordinate_long')),
    name: text('name'),
    ...fillState(integerOf(record['stateId']), text('state')),
    daerahId: integerOf(record['daerahId']),
    daerah: text('daerah'),
    lot_no: text('lot_no'),
    cert_status: text('cert_status'),
    cert_no: text('cert_no'),
    created_at: text('created_at'),
    updated_at: text('updated_at'),
    track_id: text('track_id'),
  }
}

function textOf (value: unknown): string | null {
  if (typeof value !== 'string') return null
  // Half a surrogate pair is no text: UTF-8 has a replacement character for it.
  const text = Buffer.from(value).toString().trim()
  return text === '' ? null : text
}

function numberOf (text: string | null): number | null {
  return text !== null && /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : null
}

function integerOf (value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function schemeOf (entityName: string | null): string {
  const [word = ''] = /^[\p{L}\p{M}\p{N}_]+/u.exec(entityName ?? '') ?? []
  return modelSchemes.find(scheme => scheme === word.toUpperCase()) ?? 'OTHER'
}

function fillState (stateId: number | null, state: string | null): Pick<Plot, 'stateId' | 'state'> {
  const [known = null] = [...modelStates].find(([, name]) => state !== null && fold(name) === fold(state)) ?? []
  return { stateId: stateId ?? known, state: state ?? modelStates.get(stateId ?? 0) ?? null }
}
