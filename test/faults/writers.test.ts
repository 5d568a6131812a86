import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { IngestReport } from '../../schemas/ingest.js'
import { dayOf, toDate } from '../../src/snapshots/day.js'
import { findForbidden } from '../snapshots/gcs-helpers.js'
import { findWrong, registerOf, untilNewest, watch } from './answers.js'
import { findLost, plotsOf, snapshotOf, startBucket, type RecordedBucket } from './bucket.js'
import { openUpstream } from './files.js'
import { startProcess, type ServiceProcess } from './process.js'
import { randomOf, record, rounds } from './settings.js'

const random = randomOf('writers')
// The machine's own zone must not matter.
const machineZones = ['UTC', 'America/Los_Angeles', 'Asia/Kuala_Lumpur'] as const

interface Writer extends ServiceProcess {
  /** Makes upstream's answer a register whose plots all bear the name. */
  offer: (name: string) => void
  /** When upstream was last asked. */
  askedAt: () => number
}

async function startWriter (t: Test, bucket: RecordedBucket, zone: string): Promise<Writer> {
  const upstream = await openUpstream(t)
  const service = await startProcess(t, { gcs: bucket.url, upstream: upstream.url, environment: { TZ: zone } })
  let askedAt = 0
  const offer = (name: string) => {
    const records = registerOf(name, 300)
    upstream.setRecords(() => {
      askedAt = Date.now()
      return records
    })
  }
  return { ...service, offer, askedAt: () => askedAt }
}

const ingestTogether = async (writers: readonly Writer[]) => await Promise.all(writers.map(async writer => {
  await delay(random.int(0, 30))
  return await writer.ingest()
}))

const countOutcomes = (reports: readonly IngestReport[]) => reports.map(({ outcome }) => outcome).sort()

const servedBy = async (services: readonly ServiceProcess[]) => await Promise.all(services.map(async ({ get }) => (await get('/ready')).json.snapshot))

/** One sentence for each answer of the services that is wrong. */
const wrongOf = async (services: readonly ServiceProcess[], { objects }: RecordedBucket) => (await Promise.all(services.map(service => findWrong(service, objects)))).flat()

t.test('three processes share a bucket', async t => {
  const bucket = await startBucket(t)
  const { objects } = bucket
  const writers = await Promise.all(machineZones.map(zone => startWriter(t, bucket, zone)))

  t.test('the same content ingested by all at once is uploaded once, and all serve it when their run has ended', async t => {
    for (const round of rounds) {
      const before = objects.inserted.length
      for (const writer of writers) writer.offer(`SAME ${round}`)
      const startedAt = performance.now()
      const reports = await ingestTogether(writers)
      const newest = snapshotOf(objects.newest)
      t.strictSame(await servedBy(writers), writers.map(() => newest))
      const recoveryMs = performance.now() - startedAt
      t.equal(objects.inserted.length - before, 1)
      t.strictSame(countOutcomes(reports), ['published', 'unchanged', 'unchanged'])
      t.ok(reports.every(({ snapshot }) => snapshot === newest))
      const [lost, wrong] = [await findLost(objects, reports), await wrongOf(writers, bucket)]
      t.strictSame([lost, wrong], [[], []])
      await record({ fault: 'three processes ingest the same content at once', lost, wrong, recoveryMs })
    }
    t.strictSame(objects.names.length, 1)
    t.equal(objects.names[0]?.split('/')[1], dayOf(new Date(objects.newest.metadata?.['fetchedAt'] ?? ''), 'Asia/Kuala_Lumpur'))
  })

  t.test('different contents ingested at once: no older fetch replaces a newer one, and all serve the newest', async t => {
    for (const round of rounds) {
      for (const [index, writer] of writers.entries()) writer.offer(`RACE ${round} ${index}`)
      const startedAt = performance.now()
      const reports = await ingestTogether(writers)
      await untilNewest(writers, objects)
      const recoveryMs = performance.now() - startedAt
      for (const [index, { outcome, snapshot, date }] of reports.entries()) {
        const named = objects.find(snapshot ?? '')
        const [plot] = named === undefined ? [] : await plotsOf(named)
        t.match(outcome, /^(published|superseded)$/)
        t.equal(plot?.[1] === `RACE ${round} ${index}`, outcome === 'published', 'a run calls its own content published and another\'s superseding')
        t.ok(Date.parse(named?.metadata?.['fetchedAt'] ?? '') >= (writers[index]?.askedAt() ?? Infinity), 'no run is beaten by an older fetch')
        t.equal(date, toDate(named?.name.split('/')[1] ?? ''))
      }
      const [lost, wrong] = [await findLost(objects, reports), await wrongOf(writers, bucket)]
      t.strictSame([lost, wrong], [[], []])
      await record({ fault: 'three processes ingest different contents at once', lost, wrong, recoveryMs })
    }
  })

  t.test('an upload that arrives after that of a newer fetch is superseded, and the newer one stays', async t => {
    for (const round of rounds) {
      const [late, early, third] = random.shuffle(writers)
      if (late === undefined || early === undefined || third === undefined) throw new Error('three writers are needed')
      for (const [index, writer] of [late, early, third].entries()) writer.offer(`HELD ${round} ${index}`)
      const watched = watch(writers, objects)
      let release = () => {}
      const gate = new Promise<void>(resolve => { release = resolve })
      const struck = new Promise<void>(resolve => bucket.plan({ operation: 'upload', onStrike: resolve, fault: () => gate }))
      const lateRun = late.ingest()
      await struck
      const startedAt = performance.now()
      const earlyReport = await early.ingest()
      release()
      const reports = [await lateRun, earlyReport]
      t.match(reports, [{ outcome: 'superseded', snapshot: earlyReport.snapshot }, { outcome: 'published' }])
      const newest = snapshotOf(objects.newest)
      t.equal(earlyReport.snapshot, newest)
      await untilNewest(writers, objects)
      const recoveryMs = performance.now() - startedAt
      const [lost, { wrong, statuses }] = [await findLost(objects, reports), await watched.stop()]
      t.strictSame([lost, wrong, statuses], [[], [], [200]])
      await record({ fault: 'an upload is held until a newer fetch is there', lost, wrong, recoveryMs })
    }
  })

  t.test('and none of them made a request that could harm another', async t => {
    t.strictSame(findForbidden(bucket.requests), [])
  })
})
