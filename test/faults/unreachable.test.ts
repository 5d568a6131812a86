import t from 'tap'
import { findWrong, untilNewest } from './answers.js'
import { findLost, snapshotOf, startBucket } from './bucket.js'
import { makeFiles, put } from './files.js'
import { startProcess, until, type ServiceProcess } from './process.js'
import { record, rounds } from './settings.js'

const dataRoutes = ['/smallholders', '/smallholders/474748', '/aggregates', '/aggregates/states', '/snapshots/latest', '/api/osh/all-smallholder', '/smallholders?snapshot=2026-01-01']

const readiness = async ({ get }: ServiceProcess) => (await get('/ready')).json

for (const round of rounds) {
  t.test(`round ${round}: a process whose bucket is out of reach at the start, and again later`, async t => {
    const files = await makeFiles(t, [['ONE', 300], ['TWO', 320]])
    let bucket = await startBucket(t)
    const { objects } = bucket
    const port = Number(new URL(bucket.url).port)
    const [one, two] = files
    if (one === undefined || two === undefined) throw new Error('two files are needed')
    put(objects, one)
    const comeBack = async () => {
      bucket = await startBucket(t, { port, objects })
      return performance.now()
    }
    await bucket.close()
    const service = await startProcess(t, { gcs: bucket.url })

    t.test('is up without data, says when to ask again, and recovers by itself', async t => {
      t.equal((await service.get('/health')).status, 200)
      for (const path of ['/ready', ...dataRoutes]) {
        const { status, headers, json } = await service.get(path)
        t.match({ status, json }, { status: 503, json: { status: 503, code: 'OSH_NO_SNAPSHOT' } }, path)
        t.match(headers.get('retry-after'), /^\d+$/, path)
      }
      const backAt = await comeBack()
      await untilNewest([service], objects)
      const recoveryMs = performance.now() - backAt
      const [lost, wrong] = [await findLost(objects), await findWrong(service, objects)]
      t.strictSame([lost, wrong], [[], []])
      await record({ fault: 'the bucket is out of reach at the start', lost, wrong, recoveryMs })
    })

    t.test('serves what is loaded, tells how old its look is, fails an ingest honestly, and recovers by itself', async t => {
      await bucket.close()
      const before = snapshotOf(objects.newest)
      // A look that was answered just before the end may still be on its way.
      await until(async () => /what is loaded goes on being served/.test(service.log()))
      const { storeLookedAt, storeLookAgeSeconds } = await readiness(service)
      const ages: number[] = [storeLookAgeSeconds]
      put(objects, two)
      for (let count = 0; count < 3; count++) {
        const wrong = await findWrong(service, objects)
        const { status, json } = await service.get('/ready')
        t.strictSame([wrong, status, json.snapshot], [[], 200, before])
        ages.push(json.storeLookAgeSeconds)
      }
      t.strictSame(ages, [...ages].sort((a, b) => a - b), 'the age grows')
      t.match(await service.ingest(), { outcome: 'failed', snapshot: null })
      const backAt = await comeBack()
      await untilNewest([service], objects)
      const recoveryMs = performance.now() - backAt
      t.ok((await readiness(service)).storeLookedAt > storeLookedAt)
      const [lost, wrong] = [await findLost(objects), await findWrong(service, objects)]
      t.strictSame([lost, wrong], [[], []])
      t.ok(service.isAlive())
      await record({ fault: 'the bucket is out of reach while serving', lost, wrong, recoveryMs })
      await service.kill()
    })
  })
}
