import { execFile } from 'node:child_process'
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { formatEnvelope } from '../../demo/upstream.js'
import { listFiles } from '../helpers/parquet.js'
import { makeFolder, startService } from '../helpers/service.js'
import { makeRecords } from './helpers.js'

const run = promisify(execFile)
const small = makeRecords(100)
const large = makeRecords(3000)

/** Makes a folder a file system of eight megabytes; false where that is not allowed. */
async function mountSmallDisk (t: Test, folder: string): Promise<boolean> {
  await mkdir(folder)
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder])
  } catch {
    return false
  }
  t.after(() => run('umount', ['--lazy', folder]))
  return true
}

/** Leaves so many bytes free on the disk. */
async function fill (folder: string, freeBytes: number): Promise<string> {
  const { bavail, bsize } = await statfs(folder)
  const filler = join(folder, 'filler')
  await writeFile(filler, Buffer.alloc(bavail * bsize - freeBytes))
  return filler
}

const answerBytes = formatEnvelope(large).length

const disks = [
  ['the store', 'snapshots', 16_384],
  ['the folder for files under way', 'cache', 16_384],
  ['the folder for files under way (which took upstream\'s answer, but no Parquet)', 'cache', answerBytes + 32_768],
] as const

for (const [what, folderName, freeBytes] of disks) {
  t.test(`where the disk of ${what} is full, the answer says so and the old snapshot goes on being served`, async t => {
    const home = await makeFolder(t)
    const disk = join(home, folderName)
    if (!await mountSmallDisk(t, disk)) {
      t.pass('skipped: this user may not mount a small disk')
      return
    }
    const service = await startService(t, { records: small, folder: home })
    const published = await service.ingest()
    t.equal(published.status, 201)
    const filler = await fill(disk, freeBytes)
    const files = await listFiles(home)
    service.upstream.setRecords(large)
    const { status, json } = await service.ingest()
    t.equal(status, 502)
    t.match(json, { code: 'OSH_STORE_FAILED', detail: /disk is full/, report: { outcome: 'failed' } })
    t.strictSame(await listFiles(home), files)
    t.equal((await service.get('/smallholders')).json.meta.snapshot, published.json.snapshot)
    await rm(filler)
    t.equal((await service.ingest()).status, 201, 'and once there is room again, it works')
    await service.close()
  })
}
