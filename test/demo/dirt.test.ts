import t from 'tap'
import { makeRegister, type RegisterRecord } from '../../demo/register.js'

const isZero = (text: string) => text === '0' || text === '0.0000'

const kinds: Readonly<Record<string, (record: RegisterRecord) => boolean>> = {
  'an empty string for null': record => record.mpob_no === '' && record.daerah === '',
  'no district': record => record.daerahId === null && record.daerah === null,
  'an area of zero': record => isZero(record.planted_area) && isZero(record.certified_area),
  'coordinates of zero': record => isZero(record.gps_coordinate_lat) && isZero(record.gps_coordinate_long),
  'swapped coordinates': record => Number(record.gps_coordinate_lat) > Number(record.gps_coordinate_long),
  'a comma as decimal sign': record => /^\d+,\d+$/.test(record.certified_area) && /^\d+,\d+$/.test(record.gps_coordinate_lat),
  'an area that is no number': record => record.certified_area === 'N/A',
  'spaces around the name': record => record.name !== record.name.trim(),
  'a state without an id': record => record.stateId === null && record.state !== '',
  'an unknown status': record => !['ACTIVE', 'EXPIRED', 'DELAYED'].includes(record.cert_status),
}

for (const size of [2_000, 47_500]) {
  const register = makeRegister({ size })
  const isRare = (count: number) => count > 0 && count < size * 0.005

  t.test(`each kind of dirt is in some of ${size} records, but in few`, async t => {
    for (const [kind, isDirty] of Object.entries(kinds)) {
      t.ok(isRare(register.filter(isDirty).length), kind)
    }
  })

  t.test(`some of ${size} ids occur twice, updated later or at the same time`, async t => {
    const pairs = listPairs(register)
    t.ok(isRare(pairs.filter(([first, second]) => first.updated_at < second.updated_at).length))
    t.ok(isRare(pairs.filter(([first, second]) => first.updated_at === second.updated_at).length))
    t.ok(pairs.every(([first, second]) => first.certified_area !== second.certified_area))
  })
}

t.test('every record has a whole number as its id, however dirty it is', async t => {
  t.ok(makeRegister().every(record => Number.isSafeInteger(record.entity_smallholder_id)))
})

t.test('without dirt it is the same register, only clean', async t => {
  const dirty = makeRegister({ size: 2_000 })
  const clean = makeRegister({ size: 2_000, dirt: false })
  const touched = clean.filter((record, row) => JSON.stringify(record) !== JSON.stringify(dirty[row]))
  t.equal(touched.length, 24)
  for (const [kind, isDirty] of Object.entries(kinds)) t.notOk(clean.some(isDirty), kind)
})

function listPairs (register: readonly RegisterRecord[]): [RegisterRecord, RegisterRecord][] {
  const seen = new Map<number, RegisterRecord>()
  const pairs: [RegisterRecord, RegisterRecord][] = []
  for (const record of register) {
    const first = seen.get(record.entity_smallholder_id)
    if (first) pairs.push([first, record])
    else seen.set(record.entity_smallholder_id, record)
  }
  return pairs
}
