import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rename, symlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'
import { hashFile, LocalStore, storeFolder } from '../../src/snapshots/local.js'
import { temporaryName } from '../../src/snapshots/temporary.js'
import { nodeArguments } from '../helpers/compiled.js'
import { listFiles } from '../helpers/parquet.js'
import { makeLocalKit } from './local-helpers.js'
import { prepare, testStoreContract } from './store-contract.js'

const name = 'all-smallholder.parquet'

testStoreContract(t, makeLocalKit)

t.test('a folder that is not there yet is made', async t => {
  const { folder, database } = await makeLocalKit(t)
  const store = await LocalStore.open(`file:${folder}/deep/er`, database)
  t.strictSame(await store.list(), [])
})

t.test('the folder of a file: URL may be relative, absolute or a whole URL', async t => {
  t.equal(storeFolder('file:./data'), join(process.cwd(), 'data'))
  t.equal(storeFolder('file:data/x'), join(process.cwd(), 'data/x'))
  t.equal(storeFolder('file:/srv/data'), '/srv/data')
  t.equal(storeFolder('file:///srv/my%20data'), '/srv/my data')
})

t.test('what is no snapshot in the folder is left out and left alone', async t => {
  const kit = await makeLocalKit(t)
  const others = [
    `20260230/${name}`, `20261301/${name}`, `00000000/${name}`, `2026-01-05/${name}`, `2026105/${name}`, `202601055/${name}`, `20260105x/${name}`, `latest/${name}`,
    'readme.txt', '20260106', '20260107/other.parquet', `20260108/${name}.tmp`, `20260109/${name.toUpperCase()}`, `.hidden/${name}`,
  ]
  for (const path of others) {
    await mkdir(dirname(join(kit.folder, path)), { recursive: true })
    await writeFile(join(kit.folder, path), 'x')
  }
  await mkdir(join(kit.folder, '20260110', name), { recursive: true })
  await mkdir(join(kit.folder, '20260111'))
  const store = await kit.open()
  t.strictSame(await store.list(), [])
  const { stored } = await store.publish('20260107', await prepare(kit, 'a'))
  t.strictSame(await store.list(), [stored])
  t.strictSame(await listFiles(kit.folder), [...others, `20260107/${name}`].sort())
})

t.test('a folder that goes away while it is listed fails the listing and is not taken for an empty one', async t => {
  const kit = await makeLocalKit(t)
  const store = await kit.open()
  await store.publish('20260101', await prepare(kit, 'a'))
  for (let count = 0; count < 200; count++) {
    const listing = store.list().then(days => days.length, () => 'failed')
    await rename(kit.folder, `${kit.folder}-away`)
    t.not(await listing, 0)
    await rename(`${kit.folder}-away`, kit.folder)
  }
})

t.test('the days of a leap year are days', async t => {
  const kit = await makeLocalKit(t)
  for (const day of ['20240229', '20230229', '19000229', '20000229']) {
    await mkdir(join(kit.folder, day))
    await writeFile(join(kit.folder, day, name), 'x')
  }
  t.strictSame((await (await kit.open()).list()).map(({ day }) => day), ['20240229', '20000229'])
})

t.test('a day may be a link to a folder elsewhere', async t => {
  const kit = await makeLocalKit(t)
  const elsewhere = await kit.open()
  const { stored } = await elsewhere.publish('20260101', await prepare(kit, 'a'))
  await symlink(join(kit.folder, '20260101'), join(kit.folder, '20260102'))
  t.strictSame((await elsewhere.list()).map(({ day, revision }) => [day, revision]), [['20260102', stored.revision], ['20260101', stored.revision]])
})

t.test('a start removes what dead writers left, and nothing of those alive', async t => {
  const kit = await makeLocalKit(t)
  const day = join(kit.folder, '20260101')
  await mkdir(day)
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  const named = (pid: number | undefined, host = hostname()) => `.${name}~${encodeURIComponent(host)}~${pid}~11111111-1111-1111-1111-111111111111~22222222-2222-2222-2222-222222222222.tmp`
  const dead = [named(child.pid), named(process.pid)]
  const alive = [temporaryName(name), named(process.ppid), named(child.pid, 'another-machine'), `${name}.tmp`, `.${name}.tmp`, 'notes.tmp']
  for (const file of [...dead, ...alive]) await writeFile(join(day, file), 'x')
  await kit.open()
  t.strictSame(await listFiles(day), alive.sort())
})

t.test('a lock that a dead writer left is taken over', async t => {
  const kit = await makeLocalKit(t)
  const store = await kit.open()
  const lock = join(kit.folder, '.lock')
  await mkdir(lock)
  const longAgo = new Date(Date.now() - 3_600_000)
  await utimes(lock, longAgo, longAgo)
  t.equal((await store.publish('20260101', await prepare(kit, 'a'))).outcome, 'published')
})

t.test('publishing leaves neither a temporary file nor the lock', async t => {
  const kit = await makeLocalKit(t)
  const store = await kit.open()
  for (const content of ['a', 'a', 'b']) await store.publish('20260101', await prepare(kit, content, `2026-01-01T00:00:0${content === 'a' ? 0 : 1}.000Z`))
  t.strictSame(await listFiles(kit.folder), [`20260101/${name}`])
})

t.test('of writers in several processes the newest fetch wins', async t => {
  const kit = await makeLocalKit(t)
  const started = performance.now()
  const children = [0, 1].map(writer => spawn(process.execPath, [...nodeArguments('test/snapshots/writer.ts'), kit.folder, join(kit.scratch, String(writer)), String(writer)], { stdio: ['ignore', 'pipe', 'inherit'] }))
  const outputs = await Promise.all(children.map(async child => {
    let output = ''
    child.stdout.on('data', chunk => { output += String(chunk) })
    const [code] = await once(child, 'close')
    t.equal(code, 0)
    return output.trim().split('\n').map(line => line.split(' '))
  }))
  t.comment(`${Math.round(performance.now() - started)} ms`)
  const all = outputs.flat()
  const newest = all.toSorted(([a = ''], [b = '']) => a.localeCompare(b)).at(-1)
  t.equal(all.length, 30)
  t.equal(newest?.[1], 'published')
  t.equal(await hashFile(join(kit.folder, '20260101', name)), newest?.[2])
  t.strictSame(await listFiles(kit.folder), [`20260101/${name}`])
  t.ok((await readFile(join(kit.folder, '20260101', name))).byteLength > 0)
})
