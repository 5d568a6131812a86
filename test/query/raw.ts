import { request, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Service } from '../helpers/service.js'

export interface RawAnswer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

/** One request byte for byte: nothing in the path is escaped or normalised, and long headers are read. */
export async function send (service: Service, path: string, { method = 'GET', headers = {} }: { method?: string, headers?: Record<string, string> } = {}): Promise<RawAnswer> {
  return await new Promise((resolve, reject) => {
    request(service.url, { path, method, headers, maxHeaderSize: 1_000_000 }, response => {
      text(response).then(text => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }), reject)
    }).on('error', reject).end()
  })
}
