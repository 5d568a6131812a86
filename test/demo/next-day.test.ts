import t from 'tap'
import { makeRegister, nextDay, type NextDayOptions, type RegisterRecord } from '../../demo/register.js'

const date = '2025-12-01'
const today = makeRegister({ size: 20_000, dirt: false })
const tomorrow = nextDay(today, { date })

t.test('the next day leaves the day before as it was', async t => {
  const register = makeRegister({ size: 2_000 })
  const before = JSON.stringify(register)
  nextDay(register, { date })
  t.equal(JSON.stringify(register), before)
})

t.test('the same register, date and seed make the same next day, another seed or date another', async t => {
  const register = makeRegister({ size: 2_000 })
  const make = (options: NextDayOptions) => JSON.stringify(nextDay(register, options))
  t.equal(make({ date, seed: 2 }), make({ date, seed: 2 }))
  t.ok(make({ date, seed: 2 }) !== make({ date, seed: 3 }))
  t.ok(make({ date }) !== make({ date: '2025-12-02' }))
})

t.test('about 0.2 % of the rows change a day', async t => {
  const { arrived, left, changed } = compareDays(today, tomorrow)
  const share = (arrived.length + left.length + changed.length) / today.length
  t.ok(share > 0.0015 && share < 0.0025, `${share}`)
})

t.test('certificates lapse and are renewed, plots come, go and are corrected', async t => {
  const { arrived, left, changed } = compareDays(today, tomorrow)
  t.ok(arrived.length > 0)
  t.ok(left.length > 0)
  t.ok(changed.some(([before, after]) => before.cert_status === 'ACTIVE' && after.cert_status === 'EXPIRED'))
  t.ok(changed.some(([before, after]) => before.cert_status === 'EXPIRED' && after.cert_status === 'ACTIVE'))
  t.ok(changed.some(([before, after]) => before.cert_status === after.cert_status))
})

t.test('a whole certificate lapses where one is small enough, single plots elsewhere', async t => {
  const lapsed = (register: readonly RegisterRecord[], certNo: string) =>
    register.filter(record => record.cert_no === certNo).every(record => record.cert_status === 'EXPIRED')
  const { changed } = compareDays(today, tomorrow)
  const certificates = changed.filter(([, after]) => after.cert_status === 'EXPIRED').map(([, after]) => after.cert_no)
  t.ok(certificates.some(certNo => lapsed(tomorrow, certNo) && !lapsed(today, certNo)))
  t.ok(certificates.some(certNo => !lapsed(tomorrow, certNo)))
})

t.test('what was touched was updated that day, the rest is untouched', async t => {
  const { arrived, changed } = compareDays(today, tomorrow)
  const updated = tomorrow.filter(record => record.updated_at.startsWith(date))
  t.equal(updated.length, arrived.length + changed.length)
  t.ok(arrived.every(record => record.created_at.startsWith(date)))
})

t.test('new plots get ids and tracking ids above all others and stand at the end', async t => {
  const { arrived } = compareDays(today, tomorrow)
  const last = today.at(-1)
  t.same(tomorrow.slice(-arrived.length), arrived)
  t.ok(arrived.every(record => record.entity_smallholder_id > (last?.entity_smallholder_id ?? Infinity)))
  t.ok(arrived.every(record => record.track_id > (last?.track_id ?? '')))
  t.equal(new Set(tomorrow.map(record => record.entity_smallholder_id)).size, tomorrow.length)
})

t.test('the published sample stays the first record, day after day', async t => {
  let register = makeRegister({ size: 600 })
  const [sample] = register
  for (let day = 10; day < 30; day++) register = nextDay(register, { date: `2025-12-${day}` })
  t.same(register[0], sample)
  t.ok(register.length > 500 && register.length < 700)
})

t.test('a text that is no day is refused', async t => {
  t.throws(() => nextDay(today, { date: 'tomorrow' }), RangeError)
})

t.test('the smallest registers have a next day too', async t => {
  for (const size of [0, 1, 2]) t.equal(nextDay(makeRegister({ size }), { date }).length, size)
})

interface Comparison {
  arrived: RegisterRecord[]
  left: RegisterRecord[]
  changed: [RegisterRecord, RegisterRecord][]
}

function compareDays (before: readonly RegisterRecord[], after: readonly RegisterRecord[]): Comparison {
  const earlier = new Map(before.map(record => [record.entity_smallholder_id, record]))
  const later = new Map(after.map(record => [record.entity_smallholder_id, record]))
  const isSame = (one: RegisterRecord, other: RegisterRecord) => JSON.stringify(one) === JSON.stringify(other)
  return {
    arrived: after.filter(record => !earlier.has(record.entity_smallholder_id)),
    left: before.filter(record => !later.has(record.entity_smallholder_id)),
    changed: before.flatMap((record): [RegisterRecord, RegisterRecord][] => {
      const now = later.get(record.entity_smallholder_id)
      return now && !isSame(record, now) ? [[record, now]] : []
    }),
  }
}
