import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, stat, statfs, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { Checksum, MismatchError, type Expected } from '../../src/snapshots/checksum.js'
import { SnapshotCache, type Origin } from '../../src/snapshots/cache.js'
import { temporaryName } from '../../src/snapshots/temporary.js'
import { crc32cOf } from '../gcs/objects.js'
import { listFiles } from '../helpers/parquet.js'
import { makeFolder } from '../helpers/service.js'
import { captureLog } from '../ingest/helpers.js'

const run = promisify(execFile)

function expect (bytes: Buffer): Expected {
  return { sizeBytes: bytes.byteLength, crc32c: crc32cOf(bytes), sha256: createHash('sha256').update(bytes).digest('hex') }
}

async function makeCache (t: Test, limitBytes = 1000, folder?: string) {
  const { log, lines } = captureLog('warn')
  const home = folder ?? join(await makeFolder(t), 'cache')
  let fetched = 0
  const origin = (text: string, size = text.length): Origin => {
    const bytes = Buffer.alloc(size, text)
    return {
      expected: expect(bytes),
      fetch: async target => {
        fetched++
        await writeFile(target, bytes)
      },
    }
  }
  return { cache: new SnapshotCache({ folder: home, limitBytes, log }), folder: home, lines, origin, fetched: () => fetched }
}

const read = (path: string) => readFile(path, 'utf8')

t.test('a file is fetched once, however many ask for it at once and later', async t => {
  const { cache, origin, fetched, folder } = await makeCache(t)
  const texts = await Promise.all(Array.from({ length: 20 }, () => cache.use('a.parquet', origin('text'), read)))
  t.ok(texts.every(text => text === 'text'))
  t.equal(await cache.use('a.parquet', origin('text'), read), 'text')
  t.equal(fetched(), 1)
  t.strictSame(await listFiles(folder), ['a.parquet'])
})

t.test('a file that is fetched for once goes again, one that was there or is in use stays', async t => {
  const { cache, origin, folder, fetched } = await makeCache(t)
  t.equal(await cache.use('a.parquet', origin('text'), read, { once: true }), 'text')
  t.strictSame(await listFiles(folder), [])
  await cache.use('a.parquet', origin('text'), async () => {
    t.equal(await cache.use('a.parquet', origin('text'), read, { once: true }), 'text')
    t.strictSame(await listFiles(folder), ['a.parquet'])
  })
  await cache.use('a.parquet', origin('text'), read, { once: true })
  t.strictSame(await listFiles(folder), ['a.parquet'])
  t.equal(fetched(), 2)
})

t.test('a fetch that fails leaves nothing, and the next caller fetches again', async t => {
  const { cache, origin, folder } = await makeCache(t)
  const failing: Origin = {
    ...origin('text'),
    fetch: async target => {
      await writeFile(target, 'half')
      throw new Error('broke off')
    },
  }
  await t.rejects(cache.use('a.parquet', failing, read), { message: 'broke off' })
  t.strictSame(await listFiles(folder), [])
  t.equal(await cache.use('a.parquet', origin('text'), read), 'text')
})

t.test('a copy that an earlier process left is checked, and used without a fetch', async t => {
  const { cache, origin, fetched, folder } = await makeCache(t)
  await mkdir(folder)
  await writeFile(join(folder, 'a.parquet'), 'text')
  t.notOk(cache.has('a.parquet'))
  t.equal(await cache.use('a.parquet', origin('text'), read), 'text')
  t.ok(cache.has('a.parquet'))
  t.equal(fetched(), 0)
})

for (const left of ['teXt', 'tex', 'text and more', '']) {
  t.test(`a corrupt copy that was left ("${left}") is thrown away and fetched again`, async t => {
    const { cache, origin, fetched, folder, lines } = await makeCache(t)
    await mkdir(folder)
    await writeFile(join(folder, 'a.parquet'), left)
    t.equal(await cache.use('a.parquet', origin('text'), read), 'text')
    t.equal(fetched(), 1)
    t.match(lines.join(), /a local copy was corrupt/)
  })
}

t.test('bytes are those that were expected by size, crc32c and sha256, each by itself', t => {
  const bytes = Buffer.from('text')
  const check = (expected: Expected) => () => {
    const checksum = new Checksum()
    for (const chunk of [bytes.subarray(0, 1), bytes.subarray(1)]) checksum.update(chunk)
    checksum.assert(expected)
  }
  const good = expect(bytes)
  t.doesNotThrow(check(good))
  t.doesNotThrow(check({ ...good, sha256: undefined }))
  t.throws(check({ ...good, sizeBytes: 5 }), MismatchError)
  t.throws(check({ ...good, crc32c: 'AAAAAA==' }), MismatchError)
  t.throws(check({ ...good, sha256: '0'.repeat(64) }), MismatchError)
  t.end()
})

t.test('files beyond the limit leave by least use; one in use stays', async t => {
  const { cache, origin, folder, fetched } = await makeCache(t, 250)
  const touch = async (name: string, second: number) => await utimes(join(folder, name), second, second)
  for (const [index, name] of ['a.parquet', 'b.parquet'].entries()) {
    await cache.use(name, origin(name, 100), read)
    await touch(name, index + 1)
  }
  await cache.use('a.parquet', origin('a.parquet', 100), read)
  await cache.use('c.parquet', origin('c.parquet', 100), read)
  t.strictSame(await listFiles(folder), ['a.parquet', 'c.parquet'], 'a was used after b')
  t.equal(fetched(), 3)

  await touch('a.parquet', 1)
  await cache.use('a.parquet', origin('a.parquet', 100), async path => {
    await touch('a.parquet', 1)
    await cache.use('d.parquet', origin('d.parquet', 100), read)
    t.equal((await stat(path)).size, 100)
    t.strictSame(await listFiles(folder), ['a.parquet', 'd.parquet'])
  })
  t.notOk(cache.has('b.parquet'))
})

t.test('a file that is larger than the limit is read all the same, and leaves after its use', async t => {
  const { cache, origin, folder } = await makeCache(t, 10)
  t.equal((await cache.use('a.parquet', origin('a', 100), read)).length, 100)
  t.strictSame(await listFiles(folder), [])
  t.equal((await cache.use('a.parquet', origin('a', 100), read)).length, 100)
})

t.test('what dead processes left under way is removed, and nothing of those alive', async t => {
  const { cache, origin, folder } = await makeCache(t)
  await mkdir(folder)
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  const dead = `.a.parquet~${encodeURIComponent(hostname())}~${pid}~11111111-1111-1111-1111-111111111111~22222222-2222-2222-2222-222222222222.tmp`
  const alive = temporaryName('a.parquet')
  for (const name of [dead, alive]) await writeFile(join(folder, name), 'x')
  await cache.use('b.parquet', origin('text'), read)
  t.strictSame(await listFiles(folder), [alive, 'b.parquet'].sort())
})

t.test('a folder that vanishes is made anew, even while a file of it is in use', async t => {
  const { cache, origin, folder, fetched } = await makeCache(t)
  await cache.use('a.parquet', origin('text'), read)
  await rm(folder, { recursive: true })
  t.equal(await cache.use('a.parquet', origin('text'), read), 'text')
  let isFirst = true
  t.equal(await cache.use('a.parquet', origin('text'), async path => {
    if (isFirst) await rm(folder, { recursive: true })
    isFirst = false
    return await read(path)
  }), 'text')
  t.equal(fetched(), 3)
  await rm(folder, { recursive: true })
  await t.rejects(cache.use('a.parquet', undefined, read), { code: 'OSH_STORE_FAILED' })
})

t.test('a folder that cannot be one is a 503 and one clear line in the log, until it works', async t => {
  const { cache, origin, folder, lines } = await makeCache(t)
  await writeFile(folder, 'no folder')
  for (let count = 0; count < 3; count++) await t.rejects(cache.use('a.parquet', origin('text'), read), { code: 'OSH_CACHE_FAILED', status: 503, retryAfterSeconds: 30 })
  t.equal(lines.length, 1)
  t.match(lines[0], /the cache folder of snapshots does not work/)
  t.match(lines[0], folder)
  await rm(folder)
  t.equal(await cache.use('a.parquet', origin('text'), read), 'text')
})

/** Makes a folder a small file system; false where that is not allowed. */
async function mountDisk (t: Test, folder: string): Promise<boolean> {
  await mkdir(folder)
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder])
  } catch {
    t.pass('skipped: this user may not mount a disk')
    return false
  }
  t.after(() => run('umount', ['--lazy', folder]))
  return true
}

t.test('a read-only folder is a 503 for what is not in it, and what is goes on being read', async t => {
  const folder = join(await makeFolder(t), 'cache')
  if (!await mountDisk(t, folder)) return
  const { cache, origin, lines } = await makeCache(t, 1000, folder)
  await cache.use('a.parquet', origin('text'), read)
  await run('mount', ['-o', 'remount,ro', folder])
  t.equal(await cache.use('a.parquet', origin('text'), read), 'text')
  await t.rejects(cache.use('b.parquet', origin('text'), read), { code: 'OSH_CACHE_FAILED', message: /read-only/ })
  t.equal(lines.length, 1)
})

t.test('a full disk is a 503, after all that nobody uses has left it', async t => {
  const folder = join(await makeFolder(t), 'cache')
  if (!await mountDisk(t, folder)) return
  const { cache, origin } = await makeCache(t, 1e9, folder)
  for (const name of ['a.parquet', 'b.parquet']) await cache.use(name, origin(name, 400_000), read)
  t.equal((await cache.use('c.parquet', origin('c', 400_000), read)).length, 400_000, 'a and b make room')
  t.strictSame(await listFiles(folder), ['c.parquet'])
  const { bavail, bsize } = await statfs(folder)
  await writeFile(join(folder, 'filler'), Buffer.alloc(bavail * bsize))
  await t.rejects(cache.use('d.parquet', origin('d', 900_000), read), { code: 'OSH_CACHE_FAILED', message: /the disk is full/ })
  t.strictSame(await listFiles(folder), ['filler'])
  await rm(join(folder, 'filler'))
  t.equal((await cache.use('d.parquet', origin('d', 900_000), read)).length, 900_000)
})
