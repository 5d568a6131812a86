import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

/** One way in which upstream can go wrong. */
export type Fault =
  /** This status, with upstream's usual kind of error body. */
  | { kind: 'status', status: number, retryAfter?: string }
  | { kind: 'redirect', location: string, status?: 301 | 302 | 303 | 307 | 308 }
  /** The whole body, at that pace. */
  | { kind: 'slow', bytesPerSecond: number }
  /** Falls silent after so many bytes of the body; without a number, before the headers. */
  | { kind: 'stalled', afterBytes?: number }
  /** Hangs up after so many bytes; `chunked` announces no length beforehand. */
  | { kind: 'truncated', afterBytes: number, chunked?: boolean }
  /** Hangs up without an answer. */
  | { kind: 'reset' }
  /** No fault at all: the same body, compressed. */
  | { kind: 'gzip' }
  /** A complete HTTP body, whose gzip stream lacks its second half. */
  | { kind: 'gzip-truncated' }
  /** Another content type for the same body. */
  | { kind: 'content-type', value: string }
  /** A page for people, such as a firewall's, with status 200. */
  | { kind: 'html' }
  /** The envelope of the sibling endpoints: `data.results`, and `page_size` as a string. */
  | { kind: 'results' }
  /** The envelope without a record. */
  | { kind: 'empty' }
  /** The first half of the records. */
  | { kind: 'half' }

/** What the server has to serve: the records, and the body that a good answer has. */
export interface Payload {
  records: () => readonly unknown[]
  body: () => Buffer
}

const jsonType = 'application/json; charset=utf-8'
const slowStepMs = 20

/** Upstream's own envelope, which says 10 whatever it holds. */
export function formatEnvelope (records: readonly unknown[]): string {
  return JSON.stringify({ data: { page_size: 10, data: records } })
}

/** Answers 200 with `body`. */
export function sendPlain (response: ServerResponse, body: Buffer | string, headers: OutgoingHttpHeaders = {}): void {
  response.writeHead(200, { 'content-type': jsonType, 'content-length': Buffer.byteLength(body), ...headers }).end(body)
}

/** Answers in the way that `fault` says. */
export function sendFaulty (response: ServerResponse, fault: Fault, payload: Payload): void {
  switch (fault.kind) {
    case 'status': return sendStatus(response, fault)
    case 'redirect': return sendRedirect(response, fault)
    case 'stalled': return sendStalled(response, payload.body(), fault.afterBytes)
    case 'truncated': return sendTruncated(response, payload.body(), fault)
    case 'reset': return hangUp(response)
    case 'gzip': return sendGzip(response, gzipSync(payload.body()))
    case 'gzip-truncated': return sendGzip(response, halve(gzipSync(payload.body())))
    case 'content-type': return sendPlain(response, payload.body(), { 'content-type': fault.value })
    case 'html': return sendPlain(response, '<!doctype html><title>Just a moment…</title>', { 'content-type': 'text/html' })
    case 'results': return sendPlain(response, JSON.stringify({ data: { page_size: '10', results: payload.records() } }))
    case 'empty': return sendRecords(response, [])
    case 'half': return sendRecords(response, halve(payload.records()))
    case 'slow': sendSlowly(response, payload.body(), fault.bytesPerSecond)
  }
}

function sendStatus (response: ServerResponse, { status, retryAfter }: Extract<Fault, { kind: 'status' }>): void {
  if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter)
  response.writeHead(status, { 'content-type': jsonType }).end(JSON.stringify({ statusCode: status }))
}

function sendRedirect (response: ServerResponse, { location, status = 302 }: Extract<Fault, { kind: 'redirect' }>): void {
  response.writeHead(status, { location }).end()
}

function hangUp (response: ServerResponse): void {
  response.socket?.destroy()
}

async function sendSlowly (response: ServerResponse, body: Buffer, bytesPerSecond: number): Promise<void> {
  const stepBytes = Math.max(1, Math.round(bytesPerSecond * slowStepMs / 1000))
  response.writeHead(200, { 'content-type': jsonType, 'content-length': body.byteLength })
  for (let offset = 0; offset < body.byteLength && !response.destroyed; offset += stepBytes) {
    response.write(body.subarray(offset, offset + stepBytes))
    await wait(slowStepMs)
  }
  response.end()
}

function sendStalled (response: ServerResponse, body: Buffer, afterBytes: number | undefined): void {
  if (afterBytes === undefined) return
  response.writeHead(200, { 'content-type': jsonType, 'content-length': body.byteLength }).flushHeaders()
  response.write(body.subarray(0, afterBytes))
}

function sendTruncated (response: ServerResponse, body: Buffer, { afterBytes, chunked = false }: Extract<Fault, { kind: 'truncated' }>): void {
  response.writeHead(200, { 'content-type': jsonType, ...(!chunked && { 'content-length': body.byteLength }) })
  response.write(body.subarray(0, afterBytes), () => response.socket?.end())
}

function sendGzip (response: ServerResponse, compressed: Buffer): void {
  sendPlain(response, compressed, { 'content-encoding': 'gzip' })
}

function sendRecords (response: ServerResponse, records: readonly unknown[]): void {
  sendPlain(response, formatEnvelope(records))
}

function halve<List extends { readonly length: number, slice: (start: number, end: number) => List }> (list: List): List {
  return list.slice(0, Math.floor(list.length / 2))
}
