import { writeFile } from 'node:fs/promises'
import { STATUS_CODES } from 'node:http'
import { unescape } from 'node:querystring'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { request, type Dispatcher } from 'undici'
import { OshError } from '../errors.js'
import { AttemptError, explainNetworkError } from './failure.js'
import { parseRetryAfterMs } from './retry.js'

const maxRedirects = 3
const redirectStatuses = new Set([301, 302, 303, 307, 308])

/** What to fetch, and within which limits. */
export interface Source {
  url: URL
  agent: Dispatcher
  userAgent: string
  idleTimeoutMs: number
  /** Of the decoded body. */
  maxBytes: number
  now: () => Date
  signal: AbortSignal
}

export interface Downloaded {
  /** When upstream's answer began: the headers of the response that was kept. */
  startedAt: Date
  /** Decoded bytes in the file. */
  bytes: number
  contentType: string | undefined
}

/**
 * Asks once and writes the decoded body to `file`, replacing what was there.
 * Rejects with an `AttemptError` or, where the certificate is not trusted, an
 * `OshError`; an error of the file system comes through as it is.
 */
export async function download (
  file: string,
  source: Source,
  onBytes: (received: { bytes: number, totalBytes?: number }) => void
): Promise<Downloaded> {
  const { statusCode, headers, body } = await openResponse(source)
  const startedAt = source.now()
  try {
    if (statusCode !== 200) throw explainStatus(statusCode, readHeader(headers, 'retry-after'), startedAt)
    const encoding = readHeader(headers, 'content-encoding')?.toLowerCase() ?? 'identity'
    const length = readHeader(headers, 'content-length')
    if (length !== undefined && Number(length) > source.maxBytes) throw explainSize(source.maxBytes)
    const total = length === undefined || encoding !== 'identity' ? {} : { totalBytes: Number(length) }
    let bytes = 0
    const chunks = meter(decode(body, encoding, source.idleTimeoutMs), source.maxBytes, count => {
      bytes = count
      onBytes({ bytes, ...total })
    })
    await writeFile(file, chunks)
    return { startedAt, bytes, contentType: readHeader(headers, 'content-type') }
  } finally {
    body.destroy()
  }
}

/** Sends the request and follows redirects, within the origin or from https: to https: only. */
async function openResponse (source: Source): Promise<Dispatcher.ResponseData> {
  let { url } = source
  for (let redirects = 0; ; redirects++) {
    const response = await send(url, source)
    // Without a listener an error between here and the first read would end the process.
    response.body.on('error', () => {})
    const location = readHeader(response.headers, 'location')
    if (!redirectStatuses.has(response.statusCode) || location === undefined) return response
    response.body.destroy()
    url = resolveRedirect(url, location)
    if (redirects === maxRedirects) throw explainRedirect(`redirects more than ${maxRedirects} times`)
  }
}

async function send (url: URL, { url: start, agent, userAgent, idleTimeoutMs, signal }: Source): Promise<Dispatcher.ResponseData> {
  try {
    return await request(`${url.origin}${url.pathname}${url.search}`, {
      dispatcher: agent,
      signal,
      headersTimeout: idleTimeoutMs,
      bodyTimeout: idleTimeoutMs,
      headers: { accept: 'application/json', 'accept-encoding': 'gzip', 'user-agent': userAgent, ...authorize(url, start) },
    })
  } catch (error) {
    if (error instanceof OshError || !(error instanceof Error)) throw error
    throw explainNetworkError(error, 'no answer came', idleTimeoutMs)
  }
}

/** The URL's user and password, if it has any, go to its own origin and to no other. */
function authorize (url: URL, { origin, username, password }: URL): { authorization?: string } {
  if (url.origin !== origin || (username === '' && password === '')) return {}
  const credentials = `${unescape(username)}:${unescape(password)}`
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
}

function resolveRedirect (from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (to === undefined) throw explainRedirect('redirects to something that is no URL')
  const isAllowed = to.origin === from.origin || (from.protocol === 'https:' && to.protocol === 'https:')
  if (!isAllowed) throw explainRedirect(`redirects to ${to.origin}${to.pathname}, which is not followed`)
  return to
}

/** Its errors are `AttemptError`s, so that they cannot be taken for those of the file. */
async function * decode (body: Dispatcher.ResponseData['body'], encoding: string, idleTimeoutMs: number): AsyncGenerator<Buffer> {
  if (!['identity', 'gzip', 'x-gzip'].includes(encoding)) {
    throw new AttemptError('OSH_UPSTREAM_FAILED', `upstream sent the content encoding ${encoding}, though only gzip was offered`, {
      advice: 'Check what UPSTREAM_URL points to.',
    })
  }
  try {
    yield * encoding === 'identity' ? body : pipeline(body, createGunzip({ chunkSize: 65_536 }), () => {})
  } catch (error) {
    throw error instanceof Error ? explainNetworkError(error, 'the answer broke off', idleTimeoutMs) : error
  }
}

async function * meter (chunks: AsyncIterable<Buffer>, maxBytes: number, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw explainSize(maxBytes)
    yield chunk
    onBytes(bytes)
  }
}

function readHeader (headers: Dispatcher.ResponseData['headers'], name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

function explainStatus (status: number, retryAfter: string | undefined, now: Date): AttemptError {
  const retryable = status === 429 || status >= 500
  return new AttemptError('OSH_UPSTREAM_FAILED', `upstream answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd(), {
    advice: retryable ? 'Upstream is in trouble or too busy; try again later.' : 'Check UPSTREAM_URL.',
    retryable,
    retryAfterMs: retryable ? parseRetryAfterMs(retryAfter, now) : undefined,
  })
}

function explainRedirect (what: string): AttemptError {
  return new AttemptError('OSH_UPSTREAM_FAILED', `upstream ${what}`, { advice: 'Set UPSTREAM_URL to the address that it should be.' })
}

function explainSize (maxBytes: number): AttemptError {
  return new AttemptError('OSH_UPSTREAM_SUSPICIOUS', `upstream's answer is larger than ${maxBytes} bytes`, {
    advice: 'If that is right, raise UPSTREAM_MAX_BYTES.',
  })
}
