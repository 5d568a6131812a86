import { once } from 'node:events'
import t from 'tap'
import { upstreamPath } from '../../demo/upstream.js'
import { startCommand } from '../helpers/command.js'

t.test('npm run demo:upstream serves a register of full size until it is stopped', async t => {
  const child = startCommand('demo/upstream-command.ts', [], { PORT: '0' })
  t.after(() => child.kill('SIGKILL'))
  const [line] = child.stdout === null ? [] : await once(child.stdout, 'data')
  const url = /http:\S+/.exec(String(line))?.[0] ?? ''
  t.equal(new URL(url).pathname, upstreamPath)
  const { data }: { data: { data: unknown[] } } = JSON.parse(await (await fetch(url)).text())
  t.equal(data.data.length, 47_500)
  child.kill('SIGTERM')
  t.match(await child.ended, { code: 0, stderr: '' })
})

t.test('npm run demo:upstream says what is wrong with its settings', async t => {
  t.match(await startCommand('demo/upstream-command.ts', [], { PORT: 'none' }).ended, { code: 1, stderr: /^PORT is "none"/ })
})
