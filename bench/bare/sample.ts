import { get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { Helper } from '../helper.js'
import type { ServerJob } from './server.js'

// What Node's server adds by itself.
const added = new Set(['date', 'connection', 'keep-alive'])

/** An answer of the service, down to the order and the case of its headers. */
export async function takeSample (url: string, headers: Record<string, string> = {}): Promise<ServerJob> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => get(url, { headers }, resolve).once('error', reject))
  const raw = answer.rawHeaders
  const kept = raw.filter((_, index) => !added.has(raw[index - index % 2]?.toLowerCase() ?? ''))
  return { status: answer.statusCode ?? 0, headers: kept, body: await text(answer) }
}

/** The value of a header of a sample. */
export function headerOf (sample: ServerJob, name: string): string {
  return sample.headers[sample.headers.findIndex((header, index) => index % 2 === 0 && header.toLowerCase() === name) + 1] ?? ''
}

/** A bare server in a process of its own, which {@link ServerJob} tells what to answer. */
export function startBareServer (): Helper<ServerJob, string> {
  return new Helper(new URL('server.js', import.meta.url))
}
