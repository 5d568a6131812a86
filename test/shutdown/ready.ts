import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Test } from 'tap'
import { environmentOf, openConnection, startProcess, type ServiceProcess } from '../helpers/process.js'
import { makeFolder, startService } from '../helpers/service.js'
import { makeRecords, until } from '../ingest/helpers.js'

export const count = 4000
export const healthRequest = 'GET /health HTTP/1.1\r\nhost: test\r\n\r\n'

const recordsRequest = 'GET /api/osh/all-smallholder HTTP/1.1\r\nhost: test\r\n\r\n'

/** Publishes a register so large that sockets do not hold it: an answer which nobody reads stays under way. Returns where it is. */
export async function publishLarge (t: Test): Promise<{ SNAPSHOT_STORE: string }> {
  const published = await startService(t, { records: makeRecords(count).map(record => ({ ...record, name: 'A'.repeat(8000) })) })
  await published.ingest()
  await published.close()
  return { SNAPSHOT_STORE: String(environmentOf(published.folder)['SNAPSHOT_STORE']) }
}

/** A service that is ready, over a folder of its own unless the environment says otherwise. */
export async function startReady (t: Test, environment: Record<string, string>): Promise<ServiceProcess & { folder: string }> {
  const folder = await makeFolder(t)
  const started = await startProcess(t, { ...environmentOf(folder), ...environment })
  await until(async () => (await fetch(`${started.url}/ready`)).ok)
  return { ...started, folder }
}

/** A connection that has asked for all records, has got the first of them, and reads no further. */
export async function openStream (t: Test, { port }: ServiceProcess): Promise<Socket> {
  const socket = await openConnection(t, port, recordsRequest)
  await once(socket, 'readable')
  return socket
}
