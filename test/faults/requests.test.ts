import t, { type Test } from 'tap'
import type { IngestReport } from '../../schemas/ingest.js'
import { bodyFaults, requestFaults, type Fault, type FaultPlan } from '../gcs/faults.js'
import { findForbidden } from '../snapshots/gcs-helpers.js'
import { findWrong, registerOf, untilNewest, watch } from './answers.js'
import { findLost, plotsOf, snapshotOf, startBucket, type RecordedBucket } from './bucket.js'
import { makeFiles, openUpstream, put, type SnapshotFile } from './files.js'
import { startProcess, until, type ServiceProcess } from './process.js'
import { inParallel, isLong, randomOf, record, rounds, type Try } from './settings.js'

type Operation = 'list' | 'stat' | 'download' | 'upload'

interface Case {
  fault: Fault
  operation: Operation
  round: number
}

const operations = ['list', 'stat', 'download', 'upload'] as const
const repeat = (fault: Fault, operation: Operation): Case[] => rounds.map(round => ({ fault, operation, round }))
/** Each lane is a bucket with two processes. The short one has none of the faults that only a time-out of many seconds ends. */
const lanes: Case[][] = isLong
  ? [...requestFaults, ...bodyFaults].flatMap(fault => operations.map(operation => repeat(fault, operation)))
  : [[...repeat('reset', 'list'), ...repeat('503', 'stat'), ...repeat('flipped byte behind a proxy', 'download'), ...repeat('commit-then-reset', 'upload')]]
// Many only wait.
const atOnce = 8

/** How many requests of that kind an ingest and a reader's refresh make at least, after the first. */
const further: Record<Operation, number> = { list: 3, stat: 3, download: 1, upload: 0 }
const isSlow = (fault: Fault) => ['stall', 'stalled body', 'truncated body'].includes(fault)

interface Outcome extends Try {
  /** The statuses of all answers meanwhile. */
  statuses: number[]
  /** Requests of the lane that could harm another writer. */
  forbidden?: number
}

interface Lane {
  bucket: RecordedBucket
  services: ServiceProcess[]
}

/**
 * Makes the fault strike and does the work; returns how long after the strike all processes
 * had looked into the bucket again and served the newest snapshot.
 */
async function underFault ({ bucket, services }: Lane, plan: FaultPlan, work: () => Promise<void>): Promise<number> {
  let struckAt: Date | undefined
  bucket.plan({ ...plan, onStrike: () => { struckAt ??= new Date() } })
  await work()
  await until(async () => {
    const ready = await Promise.all(services.map(async ({ get }) => (await get('/ready')).json))
    return ready.every(({ snapshot, storeLookedAt }) => snapshot === snapshotOf(bucket.objects.newest) && struckAt !== undefined && Date.parse(storeLookedAt) > struckAt.getTime())
  })
  bucket.clearPlans()
  return Date.now() - (struckAt?.getTime() ?? 0)
}

/** A process publishes and another follows; the fault strikes the start of the second, and then each round. */
async function tryLane (t: Test, cases: readonly Case[], [old]: readonly SnapshotFile[]): Promise<Outcome[]> {
  const bucket = await startBucket(t)
  if (old !== undefined) put(bucket.objects, old, '20260101')
  const upstream = await openUpstream(t)
  const writer = await startProcess(t, { gcs: bucket.url, upstream: upstream.url })
  await untilNewest([writer], bucket.objects)
  const lane = { bucket, services: [writer] }
  const outcomes = await startUnderFault(t, lane, cases[0])
  for (const { fault, operation, round } of cases) {
    const name = `${fault} at ${operation}`
    const random = randomOf(`${name} ${round}`)
    const plan = { operation, fault, after: random.int(0, further[operation]), times: isSlow(fault) ? 1 : random.int(1, 3) }
    const register = `${name} ${round}`
    upstream.setRecords(registerOf(register, random.int(200, 600)))
    const watching = watch(lane.services, bucket.objects)
    const reports: IngestReport[] = []
    const recoveryMs = await underFault(lane, plan, async () => { reports.push(await publish(bucket, writer, register)) })
    const { wrong, statuses } = await watching.stop()
    const tried = { fault: name, recoveryMs, lost: await findLost(bucket.objects, reports), wrong }
    await record(tried)
    outcomes.push({ ...tried, statuses })
  }
  for (const service of lane.services) await service.kill()
  return outcomes.map(outcome => ({ ...outcome, forbidden: findForbidden(bucket.requests).length }))
}

/** Adds a process to the lane; the fault strikes the first request of its kind, where a start makes one. */
async function startUnderFault (t: Test, lane: Lane, first: Case | undefined): Promise<Outcome[]> {
  const { bucket, services } = lane
  const start = async () => { services.push(await startProcess(t, { gcs: bucket.url })) }
  if (first === undefined || first.operation === 'upload') {
    await start()
    await untilNewest(services, bucket.objects)
    return []
  }
  const { fault, operation } = first
  const recoveryMs = await underFault(lane, { operation, fault }, start)
  const [reader] = services.slice(-1)
  const tried = { fault: `${fault} at ${operation}`, recoveryMs, lost: await findLost(bucket.objects), wrong: reader === undefined ? [] : await findWrong(reader, bucket.objects) }
  await record(tried)
  return [{ ...tried, statuses: [200] }]
}

/** Ingests until upstream's new register is in the bucket. Each run has to say truly whether it put it there. */
async function publish (bucket: RecordedBucket, writer: ServiceProcess, name: string): Promise<IngestReport> {
  for (;;) {
    const before = bucket.objects.inserted.length
    const report = await writer.ingest()
    const [plot] = await plotsOf(bucket.objects.newest)
    const isThere = plot?.[1] === name
    const isMade = bucket.objects.inserted.length > before
    const honest = isMade ? 'published' : isThere ? 'unchanged' : 'failed'
    if (![honest, 'unknown'].includes(report.outcome)) throw new Error(`the run should call itself ${honest}, but its report is ${JSON.stringify(report)}`)
    if (isThere) return report
  }
}

t.test('whatever request a fault strikes, no snapshot is lost, no answer is wrong, and all processes come to serve the newest', async t => {
  const files = await makeFiles(t, [['OLD', 300]])
  const outcomes = (await inParallel(lanes, atOnce, lane => tryLane(t, lane, files))).flat()
  for (const name of new Set(outcomes.map(({ fault }) => fault))) {
    t.test(name, async t => {
      for (const { lost, wrong, statuses, forbidden } of outcomes.filter(({ fault }) => fault === name)) {
        t.strictSame([lost, wrong, forbidden], [[], [], 0])
        t.strictSame(statuses, [200], 'what was loaded went on being served')
      }
    })
  }
})
