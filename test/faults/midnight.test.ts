import t from 'tap'
import { startCommand } from '../helpers/command.js'
import { makeFolder } from '../helpers/service.js'
import { registerOf } from './answers.js'
import { findLost, snapshotOf, startBucket } from './bucket.js'
import { openUpstream } from './files.js'

// When upstream's answer began, when its first byte had arrived, and the day in Kuala Lumpur that this makes.
const ingests = [
  ['2026-11-23T15:59:59.998Z', '2026-11-23T15:59:59.999Z', '2026-11-23'],
  ['2026-11-23T16:00:00.000Z', '2026-11-23T16:00:00.001Z', '2026-11-24'],
  ['2026-11-24T15:59:59.999Z', '2026-11-24T16:00:00.000Z', '2026-11-24'],
  ['2026-11-25T00:00:00.000Z', '2026-11-25T00:00:00.001Z', '2026-11-25'],
  ['2027-12-31T15:59:59.999Z', '2027-12-31T16:10:00.000Z', '2027-12-31'],
  ['2027-12-31T16:00:00.000Z', '2027-12-31T16:00:00.001Z', '2028-01-01'],
  ['2028-02-28T16:00:00.000Z', '2028-02-28T16:00:00.001Z', '2028-02-29'],
] as const

const machines = [['UTC', 12], ['America/Los_Angeles', 4]] as const

for (const [zone, machineHour] of machines) {
  t.test(`on a machine in ${zone}, the day is Kuala Lumpur's when upstream's answer began`, async t => {
    const bucket = await startBucket(t)
    const upstream = await openUpstream(t)
    let asked = 0
    upstream.setRecords(() => registerOf(`INGEST ${asked++}`, 20))
    const { ended } = startCommand('test/faults/midnight-run.ts', ingests.map(([before, after]) => `${before},${after}`), {
      TZ: zone, SNAPSHOT_STORE: 'gs://bucket/snapshots', GCS_ENDPOINT: bucket.url, SNAPSHOT_CACHE_DIR: await makeFolder(t), UPSTREAM_URL: upstream.url,
    })
    const { code, stdout, stderr } = await ended
    t.strictSame([code, stderr], [0, ''])
    const reports = stdout.trim().split('\n').map(line => JSON.parse(line))
    t.strictSame(reports, ingests.map(([,, date], index) => {
      const object = bucket.objects.inserted[index]
      return { outcome: 'published', date, snapshot: object && snapshotOf(object), machineHour }
    }))
    t.strictSame(bucket.objects.inserted.map(({ name, metadata }) => [name.split('/')[1], metadata?.['fetchedAt']]),
      ingests.map(([before,, date]) => [date.replaceAll('-', ''), before]))
    t.strictSame(await findLost(bucket.objects), [])
  })
}
