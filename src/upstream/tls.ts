import { createHash, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import tls from 'node:tls'
import { Agent, buildConnector } from 'undici'
import { OshError } from '../errors.js'

export interface TrustOptions {
  /** PEM file of certificates to trust besides Node's own roots. */
  caFile?: string | undefined
  /** Base64 SHA-256 of the one public key to trust instead of any chain. */
  tlsPin?: string | undefined
  /** How long a connection, with its handshake, may take. */
  connectTimeoutMs: number
  /** Ends connections at once, also those that undici is still making and would wait for. */
  signal: AbortSignal
}

/** As undici's connector takes them; `timeout` in milliseconds. */
interface ConnectionLimits { timeout: number, signal: AbortSignal }

/**
 * Makes the HTTP agent of one client; its trust is nobody else's.
 *
 * With neither option a server is verified against Node's own roots, whatever
 * `NODE_TLS_REJECT_UNAUTHORIZED` says. Rejects with `OSH_UPSTREAM_UNTRUSTED`
 * where the file or the pin is unusable. The caller destroys the agent.
 */
export async function createAgent ({ caFile, tlsPin, connectTimeoutMs, signal }: TrustOptions): Promise<Agent> {
  const limits = { timeout: connectTimeoutMs, signal }
  if (tlsPin !== undefined) return new Agent({ connect: createPinnedConnector(parsePin(tlsPin), limits) })
  const secureContext = caFile === undefined ? undefined : await readTrust(caFile)
  return new Agent({ connect: createVerifyingConnector(secureContext, limits) })
}

/** The base64 SHA-256 of a certificate's public key (SPKI), as `UPSTREAM_TLS_PIN` takes it. */
export function spkiPin (certificate: X509Certificate | Buffer): string {
  const { publicKey } = certificate instanceof X509Certificate ? certificate : new X509Certificate(certificate)
  return createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64')
}

function parsePin (pin: string): string {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(pin)) {
    throw new OshError('OSH_UPSTREAM_UNTRUSTED',
      'UPSTREAM_TLS_PIN must be the base64 SHA-256 of a public key: 44 characters, the last of them "=".')
  }
  return pin
}

/**
 * Each certificate of the file is an anchor of trust by itself, even one that
 * another authority signed: OpenSSL's partial chain. So a file with only the
 * intermediate that the server forgets is enough, whether or not Node knows
 * the root above it. (`NODE_EXTRA_CA_CERTS` counts only where there is no such
 * file: Node 20 does not tell what it read from there.)
 */
async function readTrust (caFile: string): Promise<tls.SecureContext> {
  try {
    const pem = await readFile(caFile, 'utf8')
    const certificates = pem.match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs)
    if (certificates === null) throw new Error('there is no PEM certificate in it')
    // Parsed first, since OpenSSL silently skips what it cannot read.
    const missing = certificates.map(certificate => new X509Certificate(certificate).toString())
    return tls.createSecureContext({ ca: [...tls.rootCertificates, ...missing], allowPartialTrustChain: true })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new OshError('OSH_UPSTREAM_UNTRUSTED', `UPSTREAM_CA_FILE (${caFile}) cannot be used: ${reason}`, { cause: error })
  }
}

/** Codes that Node gives to a certificate that fails verification. */
const verificationCodes = new Set([
  'CERT_CHAIN_TOO_LONG', 'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_REJECTED', 'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE', 'CERT_UNTRUSTED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD', 'ERR_TLS_CERT_ALTNAME_FORMAT', 'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH', 'INVALID_CA', 'INVALID_PURPOSE', 'PATH_LENGTH_EXCEEDED', 'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY', 'UNABLE_TO_DECRYPT_CERT_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNSPECIFIED',
])

function createVerifyingConnector (secureContext: tls.SecureContext | undefined, limits: ConnectionLimits): buildConnector.connector {
  const connect = buildConnector({ ...limits, rejectUnauthorized: true, ...(secureContext && { secureContext }) })
  return (target, done) => connect(target, (...result) => {
    const [error] = result
    if (error === null || !('code' in error) || !verificationCodes.has(String(error.code))) return done(...result)
    inspectCertificate(target, limits).then(found => done(explainUntrusted(target, error, found), null))
  })
}

/** A handshake of its own, since a refused one no longer tells its certificate. It sends no request. */
async function inspectCertificate (target: buildConnector.Options, limits: ConnectionLimits): Promise<Found | undefined> {
  try {
    const { socket, ...found } = await connectUnjudged(target, limits)
    socket.destroy()
    return found
  } catch {
    return undefined
  }
}

function createPinnedConnector (pin: string, limits: ConnectionLimits): buildConnector.connector {
  return (target, done) => {
    connectPinned(target, pin, limits).then(socket => done(null, socket), (error: Error) => done(error, null))
  }
}

async function connectPinned (target: buildConnector.Options, pin: string, limits: ConnectionLimits): Promise<tls.TLSSocket> {
  if (target.protocol !== 'https:') {
    throw new OshError('OSH_UPSTREAM_UNTRUSTED', 'UPSTREAM_TLS_PIN is set, but UPSTREAM_URL is not https:.')
  }
  const { socket, ...found } = await connectUnjudged(target, limits)
  if (found.pin === pin) return socket
  socket.destroy()
  throw explainWrongPin(target, found)
}

interface Found { certificate: X509Certificate, pin: string }

/**
 * Connects without judging the certificate: the caller does, before a byte is
 * sent. The handshake still proves that the server holds the certificate's
 * private key. No session is resumed, so that there always is a certificate.
 */
async function connectUnjudged (target: buildConnector.Options, limits: ConnectionLimits): Promise<Found & { socket: tls.TLSSocket }> {
  const connect = buildConnector({ ...limits, rejectUnauthorized: false, maxCachedSessions: 0 })
  const socket = await new Promise<Socket>((resolve, reject) => {
    connect(target, (error, socket) => error === null ? resolve(socket) : reject(error))
  })
  try {
    const certificate = socket instanceof tls.TLSSocket ? socket.getPeerX509Certificate() : undefined
    if (socket instanceof tls.TLSSocket && certificate !== undefined) {
      return { socket, certificate, pin: spkiPin(certificate) }
    }
    throw new OshError('OSH_UPSTREAM_UNTRUSTED', `${nameServer(target)} shows no TLS certificate, so nothing vouches for it.`)
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function explainUntrusted (target: buildConnector.Options, error: Error, found: Found | undefined): OshError {
  return new OshError('OSH_UPSTREAM_UNTRUSTED', [
    `The TLS certificate of ${nameServer(target)} cannot be verified: ${error.message}.`,
    found === undefined ? 'It could not be read.' : describeCertificate(found.certificate),
    'If the server leaves out a certificate of its chain, or has an authority of its own,',
    'set UPSTREAM_CA_FILE to a PEM file with that certificate.',
    'Or, once somebody has confirmed that this key is the server\'s,',
    `set UPSTREAM_TLS_PIN${found === undefined ? '' : `=${found.pin}`} to trust it instead of a chain.`,
  ].join(' '), { cause: error })
}

function explainWrongPin (target: buildConnector.Options, { certificate, pin }: Found): OshError {
  return new OshError('OSH_UPSTREAM_UNTRUSTED', [
    `The public key of ${nameServer(target)} is not the one that UPSTREAM_TLS_PIN names, so no request was sent.`,
    describeCertificate(certificate),
    `If the server has a new key, and somebody has confirmed it, set UPSTREAM_TLS_PIN=${pin}.`,
  ].join(' '))
}

function nameServer ({ hostname, port }: buildConnector.Options): string {
  return port === '' ? hostname : `${hostname}:${port}`
}

function describeCertificate ({ subject, issuer, validTo }: X509Certificate): string {
  const onOneLine = (name: string) => name.split('\n').join(', ')
  return `Its certificate's subject is ${onOneLine(subject)}, the issuer ${onOneLine(issuer)}; it is valid to ${validTo}.`
}
