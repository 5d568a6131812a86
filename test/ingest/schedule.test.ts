import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { IngestSchedule, type ScheduleOptions } from '../../src/ingest/schedule.js'
import { dayOf } from '../../src/snapshots/day.js'
import { placeSnapshot, selectOthers } from '../helpers/parquet.js'
import { startService, type Service } from '../helpers/service.js'
import { captureLog, makeRecords, until } from './helpers.js'

const timeZone = 'Asia/Kuala_Lumpur'
const today = () => dayOf(new Date(), timeZone)
const records = makeRecords(20)

/** A schedule over a service's parts, stopped after the test. */
async function startSchedule (t: Test, { parts }: Service, options: Pick<ScheduleOptions, 'onStart' | 'cron'> & Partial<ScheduleOptions>): Promise<IngestSchedule> {
  const schedule = new IngestSchedule({ runs: parts.runs, store: parts.store, timeZone, log: captureLog().log, random: () => 0, ...options })
  t.after(() => schedule.stop())
  await schedule.start()
  return schedule
}

const place = ({ folder }: Service, day: string) => placeSnapshot(`${folder}/snapshots`, day, selectOthers())
const countRuns = ({ parts }: Service) => parts.runs.list().length

const starts: [onStart: ScheduleOptions['onStart'], there: 'nothing' | 'an old day' | 'today', begins: boolean][] = [
  ['never', 'nothing', false], ['never', 'an old day', false],
  ['if-empty', 'nothing', true], ['if-empty', 'an old day', false], ['if-empty', 'today', false],
  ['if-stale', 'nothing', true], ['if-stale', 'an old day', true], ['if-stale', 'today', false],
]

for (const [onStart, there, begins] of starts) {
  t.test(`INGEST_ON_START=${onStart} ${begins ? 'begins' : 'does not begin'} an ingest where ${there} is there`, async t => {
    const service = await startService(t, { records })
    if (there !== 'nothing') await place(service, there === 'today' ? today() : '20200101')
    await startSchedule(t, service, { onStart, cron: undefined })
    t.equal(countRuns(service), begins ? 1 : 0)
    if (begins) await until(async () => (await service.get('/smallholders')).json.meta?.total === 20)
  })
}

t.test('the service\'s own schedule follows INGEST_ON_START', async t => {
  const service = await startService(t, { records, environment: { INGEST_ON_START: 'if-empty' } })
  await service.parts.schedule.start()
  t.equal(countRuns(service), 1)
})

t.test('INGEST_SCHEDULE begins an ingest when its time comes, unless today\'s snapshot is there', async t => {
  const service = await startService(t, { records })
  const schedule = await startSchedule(t, service, { onStart: 'never', cron: '* * * * * *' })
  await until(async () => (await service.get('/smallholders')).json.meta?.total === 20)
  await delay(1200)
  t.equal(countRuns(service), 1, 'the day is there, so upstream is left alone')
  t.equal(service.upstream.requests, 1)
  await service.parts.store.list().then(async ([stored]) => { t.equal(stored?.day, today()) })
  schedule.stop()
})

t.test('a schedule that is stopped begins nothing any more, also where it was waiting for its turn', async t => {
  const service = await startService(t, { records })
  const schedule = await startSchedule(t, service, { onStart: 'never', cron: '* * * * * *', random: () => 0.15 })
  await delay(1050)
  schedule.stop()
  await delay(1600)
  t.equal(countRuns(service), 0)
})

t.test('replicas with the same schedule ask one after the other, and only the first finds work', async t => {
  const first = await startService(t, { records })
  const second = await startService(t, { records, folder: first.folder })
  await startSchedule(t, first, { onStart: 'never', cron: '* * * * * *', random: () => 0 })
  await startSchedule(t, second, { onStart: 'never', cron: '* * * * * *', random: () => 0.25 })
  await until(async () => (await first.parts.store.list()).length === 1)
  await delay(2700)
  t.strictSame([countRuns(first), countRuns(second)], [1, 0])
})

t.test('the schedule says when it runs next, in the time zone of the register', async t => {
  const { log, lines } = captureLog('info')
  const service = await startService(t, { records })
  await startSchedule(t, service, { onStart: 'never', cron: '30 6 * * *', log })
  const { next } = JSON.parse(lines.find(line => line.includes('ingest is scheduled')) ?? '{}')
  t.match(next, /T22:30:00\.000Z$/)
})

t.test('a scheduled ingest that cannot begin is logged and harms nobody', async t => {
  const { log, lines } = captureLog('error')
  const service = await startService(t, { records })
  await service.parts.runs.stop()
  await startSchedule(t, service, { onStart: 'never', cron: '* * * * * *', log })
  await until(() => lines.some(line => line.includes('a scheduled ingest could not begin')))
  t.equal((await service.get('/health')).status, 200)
})
