import { webcrypto } from 'node:crypto'
import './reflect-metadata.js'
import {
  BasicConstraintsExtension, PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator,
  type JsonGeneralNames, type X509Certificate,
} from '@peculiar/x509'

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }

/** Addresses that a leaf vouches for unless a test says otherwise. */
const loopbackNames: JsonGeneralNames = [{ type: 'dns', value: 'localhost' }, { type: 'ip', value: '127.0.0.1' }]

export interface LeafSettings {
  names?: JsonGeneralNames
  notBefore?: Date
  notAfter?: Date
}

/** All of it PEM. */
export interface KeyAndCertificate { key: string, cert: string }

export interface Chain {
  /** The leaf's private key. */
  key: string
  leaf: string
  intermediate: string
  root: string
  /** Leaf and intermediate: what a server should present. */
  fullChain: string
}

interface Authority { certificate: X509Certificate, keys: webcrypto.CryptoKeyPair }

/** Makes a certificate that nobody but itself vouches for: `CN=self-signed.test`. */
export async function createSelfSigned ({ names = loopbackNames, ...validity }: LeafSettings = {}): Promise<KeyAndCertificate> {
  const keys = await generateKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=self-signed.test, O=Test',
    keys,
    signingAlgorithm,
    extensions: [new SubjectAlternativeNameExtension(names)],
    ...validity,
  })
  return { key: await exportKey(keys), cert: formatPem(certificate) }
}

/** Makes a chain: `CN=Test root` → `CN=Test intermediate` → `CN=leaf.test`. */
export async function createChain ({ names = loopbackNames, ...validity }: LeafSettings = {}): Promise<Chain> {
  const root = await createAuthority('CN=Test root')
  const intermediate = await createAuthority('CN=Test intermediate', root)
  const keys = await generateKeys()
  const certificate = await X509CertificateGenerator.create({
    subject: 'CN=leaf.test, O=Test',
    issuer: intermediate.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: intermediate.keys.privateKey,
    signingAlgorithm,
    extensions: [new SubjectAlternativeNameExtension(names)],
    ...validity,
  })
  const leaf = formatPem(certificate)
  const middle = formatPem(intermediate.certificate)
  return { key: await exportKey(keys), leaf, intermediate: middle, root: formatPem(root.certificate), fullChain: leaf + middle }
}

function formatPem (certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`
}

/** Signed by `issuer` or, without one, by itself. */
async function createAuthority (subject: string, issuer?: Authority): Promise<Authority> {
  const keys = await generateKeys()
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: issuer?.certificate.subject ?? subject,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  })
  return { certificate, keys }
}

function generateKeys (): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify'])
}

async function exportKey ({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY')
}
