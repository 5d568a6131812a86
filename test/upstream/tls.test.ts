import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import tls from 'node:tls'
import t, { type Test } from 'tap'
import type { Upstream } from '../../demo/upstream.js'
import { spkiPin } from '../../src/upstream/tls.js'
import { createChain, createSelfSigned } from '../certificates.js'
import { listen, openUpstream, prepareFetch } from './helpers.js'

const chain = await createChain()
const selfSigned = await createSelfSigned()
const selfSignedPin = spkiPin(new X509Certificate(selfSigned.cert))
const fullChain = { key: chain.key, cert: chain.fullChain }
const leafOnly = { key: chain.key, cert: chain.leaf }

function writePem (t: Test, pem: string): string {
  return join(t.testdir({ 'ca.pem': pem }), 'ca.pem')
}

t.test('a pin is what openssl computes from the public key', async t => {
  const certificate = new X509Certificate(selfSigned.cert)
  const der = certificate.publicKey.export({ type: 'spki', format: 'der' })
  const digest = await crypto.subtle.digest('SHA-256', der)
  t.equal(spkiPin(certificate), Buffer.from(digest).toString('base64'))
  t.equal(spkiPin(certificate.raw), spkiPin(certificate))
})

t.test('a self-signed certificate is refused, with all that one needs to trust it', async t => {
  const upstream = await openUpstream(t, { tls: selfSigned })
  const { fail, delaysMs } = prepareFetch(t, upstream.url)
  const error = await fail()
  t.equal(error.code, 'OSH_UPSTREAM_UNTRUSTED')
  t.strictSame(delaysMs, [], 'nor tried again')
  for (const part of [
    'self-signed certificate', 'subject is CN=self-signed.test, O=Test', 'issuer CN=self-signed.test, O=Test',
    'UPSTREAM_CA_FILE', `UPSTREAM_TLS_PIN=${selfSignedPin}`,
  ]) t.match(error.message, part)
  t.equal(upstream.requests, 0, 'no request was sent')
})

t.test('NODE_TLS_REJECT_UNAUTHORIZED does not switch verification off', async t => {
  const upstream = await openUpstream(t, { tls: selfSigned })
  t.intercept(process, 'env', { value: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0' } })
  t.equal((await prepareFetch(t, upstream.url).fail()).code, 'OSH_UPSTREAM_UNTRUSTED')
  t.equal(upstream.requests, 0)
})

t.test('with its pin a self-signed server is trusted, whatever its name', async t => {
  const elsewhere = await createSelfSigned({ names: [{ type: 'dns', value: 'elsewhere.test' }] })
  for (const server of [selfSigned, elsewhere]) {
    const upstream = await openUpstream(t, { tls: server })
    const fetched = await prepareFetch(t, upstream.url).fetch({ tlsPin: spkiPin(new X509Certificate(server.cert)) })
    t.equal(fetched.attempts, 1)
  }
})

t.test('a pin is checked again on each new connection', async t => {
  const upstream = await openUpstream(t, { tls: selfSigned })
  upstream.misbehave({ kind: 'reset' }, { kind: 'truncated', afterBytes: 10 }, { kind: 'status', status: 500 })
  const { fetch, fail } = prepareFetch(t, upstream.url)
  t.equal((await fetch({ tlsPin: selfSignedPin })).attempts, 4)
  upstream.misbehave({ kind: 'status', status: 500 })
  let impostor: Upstream | undefined
  const sleep = async () => {
    await upstream.close()
    impostor = await openUpstream(t, { tls: await createSelfSigned(), port: Number(new URL(upstream.url).port) })
  }
  t.equal((await fail({ tlsPin: selfSignedPin, sleep })).code, 'OSH_UPSTREAM_UNTRUSTED')
  t.equal(impostor?.requests, 0)
})

t.test('a wrong pin is refused before a request is sent, and the right one is named', async t => {
  const upstream = await openUpstream(t, { tls: selfSigned })
  const { fail, delaysMs } = prepareFetch(t, upstream.url)
  const error = await fail({ tlsPin: spkiPin(new X509Certificate(chain.leaf)) })
  t.equal(error.code, 'OSH_UPSTREAM_UNTRUSTED')
  t.match(error.message, `UPSTREAM_TLS_PIN=${selfSignedPin}`)
  t.match(error.message, 'CN=self-signed.test')
  t.equal(upstream.requests, 0)
  t.strictSame(delaysMs, [])
})

t.test('a pin counts instead of the chain, not besides it', async t => {
  const upstream = await openUpstream(t, { tls: fullChain })
  const error = await prepareFetch(t, upstream.url).fail({ tlsPin: selfSignedPin, caFile: writePem(t, chain.root) })
  t.equal(error.code, 'OSH_UPSTREAM_UNTRUSTED')
  t.equal(upstream.requests, 0)
})

t.test('a pin is of no use over http:, so nothing is sent', async t => {
  const upstream = await openUpstream(t)
  const error = await prepareFetch(t, upstream.url).fail({ tlsPin: selfSignedPin })
  t.equal(error.code, 'OSH_UPSTREAM_UNTRUSTED')
  t.equal(upstream.requests, 0)
})

t.test('a malformed pin is refused', async t => {
  const upstream = await openUpstream(t, { tls: selfSigned })
  for (const tlsPin of ['', 'abc', `sha256//${selfSignedPin}`, selfSignedPin.slice(0, -1)]) {
    const error = await prepareFetch(t, upstream.url).fail({ tlsPin })
    t.equal(error.code, 'OSH_UPSTREAM_UNTRUSTED')
    t.match(error.message, 'UPSTREAM_TLS_PIN must be')
  }
})

t.test('an incomplete chain is refused, and names the issuer that is missing', async t => {
  const upstream = await openUpstream(t, { tls: leafOnly })
  const error = await prepareFetch(t, upstream.url).fail()
  t.equal(error.code, 'OSH_UPSTREAM_UNTRUSTED')
  t.match(error.message, 'subject is CN=leaf.test, O=Test, the issuer CN=Test intermediate')
})

for (const [name, server, pem] of [
  ['a self-signed certificate', selfSigned, selfSigned.cert],
  ['the root of a full chain', fullChain, chain.root],
  ['the intermediate that is missing, its root unknown', leafOnly, chain.intermediate],
  ['the intermediate that is missing, its root known', leafOnly, chain.root + chain.intermediate],
  ['the server\'s own certificate', leafOnly, chain.leaf],
] as const) {
  t.test(`UPSTREAM_CA_FILE makes the server trusted with ${name}`, async t => {
    const upstream = await openUpstream(t, { tls: server })
    t.equal((await prepareFetch(t, upstream.url).fetch({ caFile: writePem(t, pem) })).attempts, 1)
  })
}

t.test('UPSTREAM_CA_FILE without the missing certificate does not help', async t => {
  const upstream = await openUpstream(t, { tls: leafOnly })
  for (const pem of [chain.root, selfSigned.cert]) {
    const error = await prepareFetch(t, upstream.url).fail({ caFile: writePem(t, pem) })
    t.equal(error.code, 'OSH_UPSTREAM_UNTRUSTED')
  }
})

t.test('UPSTREAM_CA_FILE does not excuse another name or a validity that has passed', async t => {
  const elsewhere = await createChain({ names: [{ type: 'dns', value: 'elsewhere.test' }] })
  const expired = await createChain({ notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') })
  for (const [{ key, fullChain: cert, root }, reason] of [[elsewhere, /altnames/], [expired, /expired/]] as const) {
    const upstream = await openUpstream(t, { tls: { key, cert } })
    const error = await prepareFetch(t, upstream.url).fail({ caFile: writePem(t, root) })
    t.equal(error.code, 'OSH_UPSTREAM_UNTRUSTED')
    t.match(error.message, reason)
    t.equal(upstream.requests, 0)
  }
})

t.test('UPSTREAM_CA_FILE that is missing, empty or damaged is named', async t => {
  const upstream = await openUpstream(t, { tls: selfSigned })
  const { fail } = prepareFetch(t, upstream.url)
  const damaged = selfSigned.cert.replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAAAAAAAAAAAAAAAAAA')
  for (const [pem, reason] of [[undefined, 'ENOENT'], ['nothing', 'there is no PEM certificate in it'], [chain.root + damaged, 'asn1']] as const) {
    const caFile = pem === undefined ? join(t.testdirName, 'none.pem') : writePem(t, pem)
    const error = await fail({ caFile })
    t.equal(error.code, 'OSH_UPSTREAM_UNTRUSTED')
    t.match(error.message, `UPSTREAM_CA_FILE (${caFile}) cannot be used: `)
    t.match(error.message, reason)
  }
})

t.test('what one client trusts, no other client does', async t => {
  const upstream = await openUpstream(t, { tls: selfSigned })
  const client = prepareFetch(t, upstream.url)
  await client.fetch({ tlsPin: selfSignedPin })
  await client.fetch({ caFile: writePem(t, selfSigned.cert) })
  t.equal((await client.fail()).code, 'OSH_UPSTREAM_UNTRUSTED')
  await t.rejects(fetch(upstream.url), 'nor does the process\'s own fetch')
  t.equal(upstream.requests, 2)
})

t.test('redirects are followed from https: to https: only, and each server is verified', async t => {
  const plain = await openUpstream(t)
  const start = await openUpstream(t, { tls: fullChain })
  const goal = await openUpstream(t, { tls: fullChain })
  const stranger = await openUpstream(t, { tls: selfSigned })
  const { fetch, fail } = prepareFetch(t, start.url)
  const caFile = writePem(t, chain.root)
  start.misbehave(...[goal, stranger, plain].map(({ url }) => ({ kind: 'redirect', location: url } as const)))
  t.equal((await fetch({ caFile })).attempts, 1)
  t.equal(goal.requests, 1)
  t.equal((await fail({ caFile })).code, 'OSH_UPSTREAM_UNTRUSTED')
  t.equal((await fail({ caFile })).code, 'OSH_UPSTREAM_FAILED')
  t.equal(stranger.requests + plain.requests, 0)
  plain.misbehave({ kind: 'redirect', location: goal.url })
  t.equal((await fail({ caFile, url: plain.url })).code, 'OSH_UPSTREAM_FAILED', 'a link that somebody could have forged')
  t.equal(goal.requests, 1)
})

t.test('a redirect to another origin does not take the credentials along', async t => {
  const seen: (string | undefined)[] = []
  const goal = await listen(t, ({ headers }, response) => {
    seen.push(headers.authorization)
    response.end('{}')
  }, fullChain)
  const start = await openUpstream(t, { tls: fullChain })
  start.misbehave({ kind: 'redirect', location: goal })
  await prepareFetch(t, start.url.replace('//', '//me:secret@')).fetch({ caFile: writePem(t, chain.root) })
  t.strictSame(seen, [undefined])
})

t.test('a server that speaks no TLS is not called untrusted', async t => {
  const plain = await openUpstream(t)
  const { fail } = prepareFetch(t, plain.url.replace('http:', 'https:'))
  t.equal((await fail({ attempts: 1 })).code, 'OSH_UPSTREAM_FAILED')
  t.equal((await fail({ attempts: 1, tlsPin: selfSignedPin })).code, 'OSH_UPSTREAM_FAILED')
})

t.test('a handshake that hangs ends with the time-out, or at once with an abort', async t => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => silent.close())
  const address = silent.address()
  const { fetch, fail } = prepareFetch(t, `https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`)
  t.equal((await fail({ attempts: 1, idleTimeoutMs: 50 })).code, 'OSH_UPSTREAM_TIMEOUT')
  for (const pin of [{}, { tlsPin: selfSignedPin }]) {
    t.equal((await fail({ timeoutMs: 50, ...pin })).code, 'OSH_UPSTREAM_TIMEOUT')
    const controller = new AbortController()
    const connected = once(silent, 'connection')
    const fetched = t.rejects(fetch(pin, { signal: controller.signal }), { message: 'shutting down' })
    const [socket]: Socket[] = await connected
    const closed = socket && once(socket.resume(), 'close')
    controller.abort(new Error('shutting down'))
    await fetched
    t.ok(await closed, 'the connection is gone, too')
  }
})

t.test('the roots that Node trusts stay trusted beside UPSTREAM_CA_FILE', async t => {
  const seen = t.capture(tls, 'createSecureContext', tls.createSecureContext)
  const upstream = await openUpstream(t, { tls: selfSigned })
  await prepareFetch(t, upstream.url).fetch({ caFile: writePem(t, selfSigned.cert) })
  const given = seen().flatMap(({ args }) => args).flatMap(settings => settings?.ca ?? [])
  t.ok(tls.rootCertificates.every(root => given.includes(root)))
})
