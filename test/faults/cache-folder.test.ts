import { execFile } from 'node:child_process'
import { readdir, mkdir, rename, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import type { Upstream } from '../../demo/upstream.js'
import { dayOf } from '../../src/snapshots/day.js'
import { makeFolder } from '../helpers/service.js'
import { comparePage, findWrong, firstPage, registerOf, untilNewest } from './answers.js'
import { findLost, snapshotOf, startBucket, type RecordedBucket } from './bucket.js'
import { makeFiles, openUpstream, put, type SnapshotFile } from './files.js'
import { startProcess, until, type ServiceProcess } from './process.js'
import { record, rounds, times } from './settings.js'

const run = promisify(execFile)

interface Breaking {
  /** Whether the folder has to be a file system of its own. */
  needsDisk: boolean
  /** What log and answers give as the reason. */
  reason: RegExp
  /** Returns what mends the folder. */
  break: (folder: string) => Promise<() => Promise<unknown>>
}

const breaks: Record<string, Breaking> = {
  'has a file where its copies lay': {
    needsDisk: false,
    reason: /it is no folder/,
    break: async folder => {
      const copies = join(folder, (await readdir(folder)).find(name => name.startsWith('snapshots-')) ?? '')
      await rename(copies, `${copies}.away`)
      await writeFile(copies, 'no folder')
      return async () => {
        await rm(copies)
        await rename(`${copies}.away`, copies)
      }
    },
  },
  'is read-only': {
    needsDisk: true,
    reason: /read-only/,
    break: async folder => {
      await run('mount', ['-o', 'remount,ro', folder])
      return () => run('mount', ['-o', 'remount,rw', folder])
    },
  },
  'is on a full disk': {
    needsDisk: true,
    reason: /the disk is full/,
    break: async folder => {
      // Otherwise the cache would make room by itself.
      for (const name of (await readdir(folder)).filter(name => name.startsWith('snapshots-'))) await rm(join(folder, name), { recursive: true })
      const { bavail, bsize } = await statfs(folder)
      await writeFile(join(folder, 'filler'), Buffer.alloc(bavail * bsize))
      return () => rm(join(folder, 'filler'))
    },
  },
}

/** A day of its own for each round, `YYYYMMDD`. */
const dayAt = (year: number, round: number): string => dayOf(new Date(Date.UTC(year, 0, 1 + round)), 'UTC')

/** Makes a folder a file system of two megabytes; false where that is not allowed. */
async function mountDisk (t: Test, folder: string): Promise<boolean> {
  await mkdir(folder)
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder])
  } catch {
    return false
  }
  t.after(() => run('umount', ['--lazy', folder]))
  return true
}

interface Files {
  old: SnapshotFile
  today: SnapshotFile
  newer: SnapshotFile
}

interface Subject {
  bucket: RecordedBucket
  upstream: Upstream
  service: ServiceProcess
  files: Files
  /** How often the folder has been broken. */
  broken: number
}

async function startSubject (t: Test, home: string, files: Files): Promise<Subject> {
  const bucket = await startBucket(t)
  put(bucket.objects, files.today)
  const upstream = await openUpstream(t)
  const service = await startProcess(t, { gcs: bucket.url, upstream: upstream.url, home })
  await untilNewest([service], bucket.objects)
  return { bucket, upstream, service, files, broken: 0 }
}

/** Until the history neither needs days nor room on the disk. */
async function untilHistoryRests (service: ServiceProcess): Promise<void> {
  const rests = async () => {
    const files = await readdir(join(service.home, 'cache'), { recursive: true })
    return (await service.get('/ready')).json.history.isReady === true && !files.some(name => name.includes('history.parquet'))
  }
  await until(async () => {
    if (!await rests()) return false
    await delay(100)
    return await rests()
  })
}

/** Breaks the folder while others publish, and mends it. */
async function tryBroken (t: Test, what: string, { reason, break: breakFolder }: Breaking, subject: Subject): Promise<void> {
  const { bucket: { objects }, service, files } = subject
  const round = subject.broken++
  const before = snapshotOf(objects.newest)
  const countComplaints = () => service.log().split('the cache folder of snapshots does not work').length
  const complaints = countComplaints()
  await untilHistoryRests(service)
  const mend = await breakFolder(join(service.home, 'cache'))
  put(objects, files.newer, dayAt(2030, round))
  put(objects, files.old, dayAt(2020, round))
  await until(() => countComplaints() > complaints)
  t.match(service.log(), reason)
  const other = `${firstPage(1000)}&snapshot=${dayAt(2020, round)}`
  await until(async () => (await service.get('/snapshots')).json.data.length === objects.names.length)
  const refused = await service.get(other)
  t.match(refused.json, { status: 503, code: 'OSH_CACHE_FAILED', detail: reason })
  t.match(refused.headers.get('retry-after'), /^\d+$/)
  t.match((await service.get('/ready')).json, { status: 'ready', snapshot: before })
  const wrong = await findWrong(service, objects)
  const mendedAt = performance.now()
  await mend()
  await untilNewest([service], objects)
  await until(async () => (await service.get(other)).status === 200)
  const recoveryMs = performance.now() - mendedAt
  wrong.push(...await findWrong(service, objects), ...await comparePage(await service.get(other), objects))
  const lost = await findLost(objects)
  t.strictSame([lost, wrong, service.isAlive()], [[], [], true])
  await record({ fault: `the cache folder ${what}`, lost, wrong, recoveryMs })
}

/** Removes the folder before an ingest. */
async function tryGone (t: Test, round: number, { bucket: { objects }, upstream, service, files }: Subject): Promise<void> {
  await rm(join(service.home, 'cache'), { recursive: true })
  const goneAt = performance.now()
  const wrong = await findWrong(service, objects)
  put(objects, files.old, dayAt(2010, round))
  upstream.setRecords(registerOf(`GONE ${round}`, 600))
  const report = await service.ingest()
  t.equal(report.outcome, 'published', JSON.stringify(report))
  await untilNewest([service], objects)
  const recoveryMs = performance.now() - goneAt
  const other = await service.get(`${firstPage(1000)}&snapshot=${dayAt(2010, round)}`)
  wrong.push(...await findWrong(service, objects), ...await comparePage(other, objects))
  const lost = await findLost(objects, [report])
  t.strictSame([lost, wrong, service.isAlive()], [[], [], true])
  await record({ fault: 'the cache folder is gone', lost, wrong, recoveryMs })
}

t.test('a process and its cache folder', async t => {
  const [old, today, newer] = await makeFiles(t, [['OLD', 600], ['TODAY', 600], ['NEWER', 600]])
  if (old === undefined || today === undefined || newer === undefined) throw new Error('three files are needed')
  const files = { old, today, newer }
  const [plainHome, diskHome] = [await makeFolder(t), await makeFolder(t)]
  const plain = await startSubject(t, plainHome, files)
  const disk = await mountDisk(t, join(diskHome, 'cache')) ? await startSubject(t, diskHome, files) : undefined

  t.test('that is gone: it is made anew, for days that are asked for and for the next ingest', async t => {
    for (const round of rounds) await tryGone(t, round, plain)
  })

  for (const [what, breaking] of Object.entries(breaks)) {
    t.test(`that ${what}: a log line and a 503 for what needs it, the latest is served, and it recovers by itself`, async t => {
      const subject = breaking.needsDisk ? disk : plain
      if (subject === undefined) t.pass('skipped: this user may not mount a disk')
      else for (let round = 0; round < times; round++) await tryBroken(t, what, breaking, subject)
    })
  }
})
