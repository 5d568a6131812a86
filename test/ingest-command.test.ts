import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { makeRegister } from '../demo/register.js'
import { formatEnvelope, startUpstream } from '../demo/upstream.js'
import { startCommand } from './helpers/command.js'
import { makeFolder } from './helpers/service.js'

const register = makeRegister({ size: 300, dirt: false })

t.test('npm run ingest publishes today\'s snapshot once and tells its phases line by line', async t => {
  const folder = await makeFolder(t)
  const upstream = await startUpstream({ records: register })
  t.after(() => upstream.close())
  const environment = { SNAPSHOT_STORE: `file:${join(folder, 'snapshots')}`, SNAPSHOT_CACHE_DIR: join(folder, 'cache'), UPSTREAM_URL: upstream.url }
  const run = (...args: string[]) => startCommand('src/ingest-command.ts', args, environment).ended

  const first = await run()
  t.equal(first.code, 0, first.stderr)
  t.match(first.stdout, /^published \d{8}\.\S+: 300 rows\n/)
  t.match(first.stderr, /^fetch .*\ndecode .*\nwrite .*\nverify .*\npublish .*\n/)
  const second = await run()
  t.match(second, { code: 0, stdout: /^unchanged / })

  upstream.misbehave({ kind: 'empty' })
  const refused = await run()
  t.match(refused, { code: 1, stdout: /^refused: .*empty list/ })
  t.equal((await readdir(join(folder, 'snapshots'))).filter(name => /^\d{8}$/.test(name)).length, 1)
  t.strictSame(await readdir(join(folder, 'cache')), [], 'nothing is left of the runs')
})

t.test('npm run ingest -- --file publishes a saved response for a day that was missed', async t => {
  const folder = await makeFolder(t)
  const file = join(folder, 'saved.json')
  await writeFile(file, formatEnvelope(register))
  const environment = { SNAPSHOT_STORE: `file:${join(folder, 'snapshots')}`, SNAPSHOT_CACHE_DIR: join(folder, 'cache') }
  const { code, stdout } = await startCommand('src/ingest-command.ts', ['--file', file, '--date', '2026-11-20'], environment).ended
  t.equal(code, 0)
  t.match(stdout, /^published 20261120\./)
  t.strictSame(await readdir(join(folder, 'snapshots')), ['20261120'])
})

t.test('npm run ingest says what is wrong with its arguments', async t => {
  const folder = await makeFolder(t)
  const environment = { SNAPSHOT_STORE: `file:${join(folder, 'snapshots')}`, SNAPSHOT_CACHE_DIR: join(folder, 'cache') }
  const run = async (...args: string[]) => (await startCommand('src/ingest-command.ts', args, environment).ended)
  t.match(await run('--file', 'x.json'), { code: 1, stderr: /^--file and --date go together; see npm run ingest -- --help\n$/ })
  t.match(await run('--date', '2026-02-30', '--file', 'x.json'), { code: 1, stderr: /--date takes a day such as 2026-11-20, not 2026-02-30/ })
  t.match(await run('--frobnicate'), { code: 1, stderr: /--frobnicate/ })
  t.match(await run('--help'), { code: 0, stdout: /--force/ })
})
