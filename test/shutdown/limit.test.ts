import t from 'tap'
import { assertNothingLeft } from '../helpers/process.js'
import { openStream, publishLarge, startReady } from './ready.js'

const store = await publishLarge(t)

t.test('what a client does not read within SHUTDOWN_SECONDS is cut off: exit code 1', async t => {
  const service = await startReady(t, { ...store, SHUTDOWN_SECONDS: '2' })
  await openStream(t, service)
  service.child.kill('SIGTERM')
  t.equal((await service.ended).code, 1)
  t.match(service.log(), /after SHUTDOWN_SECONDS=2 has been cut off/)
  await assertNothingLeft(t, service.folder)
})

t.test('SHUTDOWN_SECONDS=0 waits for nothing', async t => {
  const service = await startReady(t, { ...store, SHUTDOWN_SECONDS: '0' })
  await openStream(t, service)
  service.child.kill('SIGTERM')
  t.equal((await service.ended).code, 1)
})

for (const second of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`a second signal, ${second}, ends the service at once with exit code 1`, async t => {
    const service = await startReady(t, { ...store, SHUTDOWN_SECONDS: '3600' })
    await openStream(t, service)
    await service.stopListening('SIGTERM')
    service.child.kill(second)
    t.equal((await service.ended).code, 1)
  })
}
