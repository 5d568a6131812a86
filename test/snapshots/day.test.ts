import t from 'tap'
import { dayOf, isDay, toDate, toDay } from '../../src/snapshots/day.js'
import { parseSelector } from '../../src/snapshots/selector.js'

t.test('the day of a moment is that of the time zone, midnight included', async t => {
  const days: [moment: string, timeZone: string, day: string][] = [
    ['2026-11-23T15:59:59.999Z', 'Asia/Kuala_Lumpur', '20261123'],
    ['2026-11-23T16:00:00.000Z', 'Asia/Kuala_Lumpur', '20261124'],
    ['2026-11-23T23:59:59.999Z', 'Asia/Kuala_Lumpur', '20261124'],
    ['2026-12-31T16:00:00.000Z', 'Asia/Kuala_Lumpur', '20270101'],
    ['2024-02-28T16:00:00.000Z', 'Asia/Kuala_Lumpur', '20240229'],
    ['2026-11-23T16:00:00.000Z', 'UTC', '20261123'],
    ['2026-11-23T04:59:59.999Z', 'America/New_York', '20261122'],
  ]
  for (const [moment, timeZone, day] of days) t.equal(dayOf(new Date(moment), timeZone), day, `${moment} in ${timeZone}`)
})

t.test('only real calendar days are days', async t => {
  for (const day of ['20260105', '20240229', '20000229', '19991231']) t.ok(isDay(day), day)
  for (const day of ['20260230', '20261301', '20260100', '20250229', '19000229', '2026105', '202601055', '2026-01-05', ' 20260105', '20260105\n', '', 'latest', '２０２６０１０５']) t.notOk(isDay(day), day)
  t.equal(toDate('20260105'), '2026-01-05')
  t.equal(toDay('2026-01-05'), '20260105')
})

t.test('a snapshot is named by its day, one revision of it, or latest', async t => {
  t.equal(parseSelector('latest'), 'latest')
  t.strictSame(parseSelector('2026-01-05'), { day: '20260105' })
  t.strictSame(parseSelector('20260105'), { day: '20260105' })
  t.strictSame(parseSelector('20260105.ab-12'), { day: '20260105', revision: 'ab-12' })
  for (const text of ['', 'LATEST', '2026-02-30', '20260105.', '20260105.a/b', '2026-01-05T00:00Z', '20260105.a.b', `20260105.${'a'.repeat(65)}`, '2026-0105', '20260105 ']) t.equal(parseSelector(text), undefined, text)
})
