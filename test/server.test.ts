import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { startServer, type Server } from './helpers/server.js'

const answers = 300

async function ask ({ url }: Server): Promise<void> {
  await Promise.all(Array.from({ length: answers }, async () => await (await fetch(`${url}/states`)).text()))
}

const answered = ({ lines }: Server) => lines().filter(({ msg }) => msg === 'answered').length

t.test('SIGTERM loses no line of the log', async t => {
  const server = await startServer(t)
  await ask(server)
  server.kill('SIGTERM')
  t.equal((await server.ended).code, 0)
  t.equal(answered(server), answers)
})

t.test('a crash loses no line of the log, and its reason is the last error', async t => {
  const server = await startServer(t, { NODE_OPTIONS: '--import "data:text/javascript,process.on(\'SIGUSR2\',()=>{throw new Error(\'on%20purpose\')})"' })
  await ask(server)
  server.kill('SIGUSR2')
  t.not((await server.ended).code, 0)
  t.equal(answered(server), answers)
  t.match(server.lines().findLast(({ level }) => level === 50), { err: { message: 'on purpose' } })
})

t.test('a process that was frozen answers the first request after it', async t => {
  const server = await startServer(t)
  for (let freeze = 1; freeze <= 3; freeze++) {
    server.kill('SIGSTOP')
    await delay(2500)
    server.kill('SIGCONT')
    t.equal((await fetch(`${server.url}/states`)).status, 200)
  }
})
