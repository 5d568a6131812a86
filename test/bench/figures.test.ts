import t from 'tap'
import { atLeast, atMost, formatTable, stated } from '../../bench/figures.js'
import { alternate, percentile } from '../../bench/measure.js'

const measured = { case: 'a case', unit: 'ms', value: 120, reference: 100, referenceIs: 'bare' }

t.test('a target is reached up to its limit and missed beyond', async t => {
  t.equal(atMost(1.2, measured).reached, true)
  t.equal(atMost(1.1, measured).reached, false)
  t.equal(atLeast(1.2, measured).reached, true)
  t.equal(atLeast(1.3, measured).reached, false)
  t.equal(atMost(120, { case: 'a case', unit: 'MB', value: 120 }).reached, true, 'without a reference the value counts')
})

t.test('a wrong answer misses any target', async t => {
  t.match(atMost(5, { ...measured, wrong: 1 }), { reached: false, note: '1 wrong answers' })
})

t.test('nothing is said of what the machine does not tell, but no answers at all are a miss', async t => {
  t.equal(atMost(5, { ...measured, value: NaN }).reached, null)
  t.equal(atLeast(0.9, { ...measured, value: 0, reference: 0 }).reached, false)
  t.equal(stated(measured).reached, null)
})

t.test('the table has a line for each figure', async t => {
  t.match(formatTable([atMost(1.1, measured)]).split('\n')[1], /a case +120 ms +100 ms, bare +1\.20 +≤ 1\.1 +NO/)
})

t.test('a percentile is one of the values', async t => {
  const values = [5, 1, 4, 2, 3]
  t.same([0, 0.5, 0.99, 1].map(share => percentile(values, share)), [1, 3, 5, 5])
  t.ok(Number.isNaN(percentile([], 0.5)))
})

t.test('subject and reference take turns in going first', async t => {
  const order: string[] = []
  const ask = (name: string, value: number) => async (round: number) => {
    order.push(`${name}${round}`)
    return value * (round + 1)
  }
  t.same(await alternate(3, ask('s', 6), ask('r', 3)), { value: 12, reference: 6, ratio: 2 })
  t.same(order, ['s0', 'r0', 'r1', 's1', 's2', 'r2'])
})
