import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Test } from './helpers/service.js'

export interface Google {
  /** Where the certificates are served. */
  certificatesUrl: string
  /** How often they were fetched. */
  fetches: () => number
  /** A signed identity token; claims that are undefined are left out. */
  sign (claims?: Record<string, unknown>, options?: { key?: KeyObject, keyId?: string }): string
  /** Answers every further request with 500. */
  fail (): void
}

export const audience = 'https://osh.example.org'
export const account = 'scheduler@project.iam.gserviceaccount.com'

// One for all tests of a file, since it takes a third of a second to make.
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** Serves the certificates of a key made for the tests, as Google serves its own, and signs tokens with it. */
export async function startGoogle (t: Test): Promise<Google> {
  let fetches = 0
  let fails = false
  const server = createServer((_request, response) => {
    fetches++
    response.writeHead(fails ? 500 : 200, { 'content-type': 'application/json', ...(!fails && { 'cache-control': 'public, max-age=3600' }) })
    response.end(JSON.stringify(fails ? {} : { 'key-1': publicKey.export({ type: 'spki', format: 'pem' }) }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const sign: Google['sign'] = (claims = {}, { key = privateKey, keyId = 'key-1' } = {}) => {
    const now = Math.floor(Date.now() / 1000)
    const payload = { iss: 'https://accounts.google.com', aud: audience, email: account, email_verified: true, sub: '1', iat: now, exp: now + 3600, ...claims }
    const signed = [{ alg: 'RS256', kid: keyId, typ: 'JWT' }, payload].map(encode).join('.')
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`
  }
  return { certificatesUrl: `http://127.0.0.1:${address.port}/certs`, fetches: () => fetches, sign, fail: () => { fails = true } }
}

function encode (part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
