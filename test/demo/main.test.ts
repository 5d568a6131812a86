import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { startCommand } from '../helpers/command.js'
import { makeFolder, type Test } from '../helpers/service.js'

async function startDemo (t: Test): Promise<{ origin: string, output: () => string, stop: () => Promise<number | null> }> {
  const folder = await makeFolder(t)
  const child = startCommand('demo/main.ts', [], { PORT: '0', SNAPSHOT_STORE: `file:${join(folder, 'snapshots')}`, SNAPSHOT_CACHE_DIR: join(folder, 'cache') })
  t.after(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout?.on('data', chunk => { output += String(chunk) })
  while (!output.includes('Stop with Ctrl+C') && child.exitCode === null) await wait(50)
  const origin = /Documentation, to try every route: +(\S+)\/docs/.exec(output)?.[1] ?? 'none'
  const stop = async () => {
    child.kill('SIGTERM')
    return (await child.ended).code
  }
  return { origin, output: () => output, stop }
}

t.test('npm run demo ingests a register of full size, shows what it answers, and README prints the same', async t => {
  const { origin, output, stop } = await startDemo(t)
  t.match(output(), /published \d{8}\.\S+: 47500 rows/)
  t.equal(output().match(/^\{"data":\[\{/gm)?.length, 3, 'three examples with their answers')

  const readme = await readFile('README.md', 'utf8')
  const examples = [...readme.matchAll(/\$ curl 'http:\/\/127\.0\.0\.1:8080([^']+)'\n((?: {4}[ {].*\n)+)/g)]
  t.equal(examples.length, 3)
  for (const [, path = '', printed = ''] of examples) {
    const answer = await (await fetch(`${origin}${path}`)).text()
    const firstItem = /\{"data":\[\{[^}]*\}|"detail":"[^"]*"/.exec(printed.replaceAll(/\n */g, ''))?.[0].trim() ?? 'none'
    t.ok(answer.includes(firstItem), `${path} answers as README prints it`)
    const total = /"total":\d+/.exec(printed)?.[0] ?? ''
    t.ok(answer.includes(total), `${path} has the total that README prints`)
  }
  t.equal((await fetch(`${origin}/docs`)).status, 200)
  t.equal(await stop(), 0, 'SIGTERM ends it')
})
