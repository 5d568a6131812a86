import { once } from 'node:events'
import t from 'tap'
import { assertNothingLeft, environmentOf, openConnection, patient, readToEnd, startProcess } from '../helpers/process.js'
import { makeFolder } from '../helpers/service.js'
import { count, healthRequest, openStream, publishLarge, startReady } from './ready.js'

const store = await publishLarge(t)

t.test('SIGTERM ends an idle service with exit code 0, and connections without a request are not waited for', async t => {
  const service = await startReady(t, { ...store, ...patient })
  const silent = await openConnection(t, service.port)
  const half = await openConnection(t, service.port, healthRequest.slice(0, 10))
  const keptAlive = await openConnection(t, service.port, healthRequest)
  await once(keptAlive, 'readable')
  service.child.kill('SIGTERM')
  t.match(await service.ended, { code: 0, stderr: '' })
  for (const socket of [silent, half, keptAlive]) await readToEnd(socket)
  await assertNothingLeft(t, service.folder)
})

t.test('an answer under way is finished, and new connections are refused', async t => {
  const service = await startReady(t, { ...store, ...patient })
  const stream = await openStream(t, service)
  const late = await openConnection(t, service.port, healthRequest.slice(0, 10))
  await service.stopListening('SIGINT')

  late.write(healthRequest.slice(10))
  t.match(await readToEnd(late), /^HTTP\/1\.1 200 [^]*connection: close[^]*"status":"ok"/i, 'a request on an open connection is answered, and the last there')
  const [head = '', body = ''] = (await readToEnd(stream)).split(/\r\n\r\n(.*)/s)
  t.match(head, /^HTTP\/1\.1 200 /)
  t.equal(JSON.parse(unchunk(body)).data.data.length, count)
  t.equal((await service.ended).code, 0)
  await assertNothingLeft(t, service.folder)
})

t.test('a signal while a snapshot is loaded ends the service with exit code 0', async t => {
  const folder = await makeFolder(t)
  const service = await startProcess(t, { ...environmentOf(folder), ...store, ...patient })
  service.child.kill('SIGTERM')
  t.equal((await service.ended).code, 0)
  await assertNothingLeft(t, folder)
})

function unchunk (body: string): string {
  return body.replaceAll(/\r\n[0-9a-f]+\r\n|^[0-9a-f]+\r\n/g, '').trimEnd()
}
