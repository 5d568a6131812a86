import { setTimeout as delay } from 'node:timers/promises'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Random } from '../../demo/random.js'
import type { IngestReport } from '../../schemas/ingest.js'
import type { FaultPlan } from '../gcs/faults.js'
import { comparePage, findWrong, firstPage, registerOf, toPlots, untilNewest, walk } from './answers.js'
import { findLost, plotsOf, snapshotOf, startBucket, type RecordedBucket, type RecordedObjects } from './bucket.js'
import { makeFiles, openUpstream, put, type SnapshotFile } from './files.js'
import { startProcess, type ServiceProcess } from './process.js'
import { inParallel, isLong, randomOf, record, rounds, type Try } from './settings.js'

// Each process takes a core while it starts.
const atOnce = 3

type Kill = () => Promise<void>

/** When a process is killed, told by what it asks the bucket for. The process has looked into the bucket before its run. */
const moments: Record<string, (kill: Kill, random: Random) => FaultPlan> = {
  'after the fetch': (kill, random) => ({ operation: 'list', fault: async () => { later(random.int(0, 40), kill) } }),
  // The first look is at the snapshot before.
  'after the file was written': (kill, random) => ({ operation: 'stat', after: 1, fault: () => later(random.int(0, 10), kill) }),
  // While its bytes arrive; when all have, and they are not stored; when they are stored and nobody hears of it.
  'during the upload': (kill, random) => random.pick<FaultPlan>([
    { operation: 'upload', onStrike: () => { later(random.int(0, 3), kill) }, fault: () => delay(20) },
    { operation: 'upload', onStrike: () => { later(random.int(0, 10), kill) }, fault: 'stall' },
    { operation: 'upload', fault: () => later(random.int(0, 10), kill) },
  ]),
  'after the upload, before it is served': (kill, random) => {
    const fault = () => later(random.int(0, 10), kill)
    return random.pick<FaultPlan>([{ operation: 'list', after: 1, fault }, { operation: 'stat', after: 2, fault }, { operation: 'download', fault }])
  },
}

async function later (ms: number, kill: Kill): Promise<void> {
  await delay(ms)
  await kill()
}

/** Runs an ingest until the moment comes when its process is killed; returns when that was. */
async function ingestAndKill (service: ServiceProcess, bucket: RecordedBucket, moment: string, random: Random): Promise<number> {
  let killedAt = 0
  const killed = new Promise<void>((resolve, reject) => {
    const kill = async () => {
      killedAt = performance.now()
      await service.kill().then(resolve, reject)
    }
    const plan = moments[moment]?.(kill, random)
    if (plan !== undefined) bucket.plan(plan)
  })
  const report = await service.ingest().catch(() => undefined)
  if (report !== undefined) throw new Error(`the run ended before it was killed: ${JSON.stringify(report)}`)
  await killed
  // What was on its way when the process died arrives now.
  await delay(50)
  bucket.clearPlans()
  return killedAt
}

/** One sentence for each page of a walk over all plots that is wrong. */
async function findWrongPages (service: ServiceProcess, objects: RecordedObjects): Promise<string[]> {
  const pages = await walk(service, firstPage(1000))
  const wrong = await Promise.all(pages.map(page => comparePage(page, objects)))
  const count = pages.flatMap(toPlots).length
  return [...wrong.flat(), ...(count === (await plotsOf(objects.newest)).length ? [] : [`a walk over ${snapshotOf(objects.newest)} gave ${count} plots`])]
}

interface Round extends Try {
  moment: string
  /** Whether upstream's new register was in the bucket after the kill. */
  isNewThere: boolean
  /** Of the ingest after the next start. */
  report: IngestReport
  /** Folders for files under way, after that start. */
  scratches: number
}

/** Kills one process after the other; each starts on what the one before left, and has to be well. */
async function killOneAfterTheOther (t: Test, chain: readonly string[], [old, today]: readonly SnapshotFile[]): Promise<Round[]> {
  const bucket = await startBucket(t)
  const { objects } = bucket
  if (old !== undefined) put(objects, old, '20260101')
  if (today !== undefined && randomOf(chain.join()).chance(0.5)) put(objects, today)
  const upstream = await openUpstream(t)
  const start = async (home?: string) => {
    const service = await startProcess(t, { gcs: bucket.url, upstream: upstream.url, environment: { SNAPSHOT_REFRESH_SECONDS: '3600' }, ...(home !== undefined && { home }) })
    await untilNewest([service], objects)
    return service
  }
  const done: Round[] = []
  let service = await start()
  for (const [round, moment] of chain.entries()) {
    const random = randomOf(`killed ${moment} ${round}`)
    upstream.setRecords(registerOf(`NEW ${round}`, random.int(300, 3000)))
    const count = objects.inserted.length
    const killedAt = await ingestAndKill(service, bucket, moment, random)
    const isNewThere = objects.inserted.length > count
    const lost = await findLost(objects)
    service = await start(service.home)
    const recoveryMs = performance.now() - killedAt
    const wrong = [...await findWrong(service, objects), ...await findWrongPages(service, objects)]
    const scratches = (await readdir(join(service.home, 'cache'))).filter(name => name.startsWith('.scratch')).length
    const report = await service.ingest()
    lost.push(...await findLost(objects, [report]))
    wrong.push(...await findWrong(service, objects))
    const tried = { fault: `kill -9 ${moment}`, lost, wrong, recoveryMs }
    await record(tried)
    done.push({ ...tried, moment, isNewThere, report, scratches })
  }
  await service.kill()
  return done
}

t.test('a process killed during an ingest', async t => {
  const files = await makeFiles(t, [['OLD', 300], ['TODAY', 350]])
  const names = Object.keys(moments)
  const chains = isLong ? names.map(moment => rounds.map(() => moment)) : [names]
  const results = (await inParallel(chains, atOnce, chain => killOneAfterTheOther(t, chain, files))).flat()
  for (const moment of names) {
    t.test(`${moment}, leaves whole snapshots only, and the next start serves the newest`, async t => {
      for (const { lost, wrong, isNewThere, report, scratches } of results.filter(result => result.moment === moment)) {
        t.strictSame([lost, wrong], [[], []])
        t.equal(report.outcome, isNewThere ? 'unchanged' : 'published')
        if (moment !== 'during the upload') t.equal(isNewThere, moment === 'after the upload, before it is served')
        t.equal(scratches, 1, 'of files under way, only those of the process that runs')
      }
    })
  }
})
