import { gzipSync } from 'node:zlib'
import type { ServiceProcess } from './service.js'

/** What one kind of answer takes. */
export interface AnswerCost {
  path: string
  bytes: number
  gzipBytes: number
  /** Processor time of the service; undefined where the system does not tell. */
  cpuMs: number | undefined
}

const concurrency = 8
const paths: [path: string, requests: number][] = [
  ['/smallholders?state=1', 1000],
  ['/smallholders?state=1&pageSize=1000', 200],
  ['/smallholders/474748', 1000],
  ['/smallholders?q=benu', 200],
  ['/aggregates/states', 300],
  ['/api/osh/all-smallholder', 8],
]

/**
 * Bytes and processor time of the usual answers, and of one that a client has already.
 * Unlike the time on the clock, processor time hardly depends on what else the machine does.
 */
export async function measureAnswers (service: ServiceProcess): Promise<AnswerCost[]> {
  const costs: AnswerCost[] = []
  for (const [path, requests] of paths) costs.push(await measure(service, path, requests))
  const etag = (await fetch(`${service.origin}/smallholders?state=1`)).headers.get('etag') ?? ''
  costs.push({ ...await measure(service, '/smallholders?state=1', 2000, { 'if-none-match': etag }), path: '304 Not Modified' })
  return costs
}

async function measure (service: ServiceProcess, path: string, requests: number, headers: Record<string, string> = {}): Promise<AnswerCost> {
  const ask = async () => Buffer.from(await (await fetch(`${service.origin}${path}`, { headers })).arrayBuffer())
  const body = await ask()
  const before = await service.cpuMs()
  let left = requests
  await Promise.all(Array.from({ length: concurrency }, async () => {
    while (left-- > 0) await ask()
  }))
  const after = await service.cpuMs()
  return { path, bytes: body.byteLength, gzipBytes: gzipSync(body).byteLength, cpuMs: before === undefined || after === undefined ? undefined : (after - before) / requests }
}
