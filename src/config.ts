import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Ajv, ErrorObject } from 'ajv'
import { Cron } from 'croner'
import { envSchema } from 'env-schema'
import type { Static } from 'typebox'
import { Type } from '../schemas/typebox/type.js'

const units = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const

// No character of a prefix may mean something in the pattern that the days are listed by.
const bucketUrl = /^gs:\/\/[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](\/[A-Za-z0-9._=-]+)*\/?$/

/** Each variable's `description` is what the message for a wrong value says that it takes. */
export const ConfigSchema = Type.Object({
  HOST: Type.String({ default: '127.0.0.1', minLength: 1, description: 'an address or host name to listen on' }),
  PORT: Type.Integer({ default: 8080, minimum: 0, maximum: 65535, description: 'a port from 0 (any free one) to 65535' }),
  SNAPSHOT_STORE: Type.String({ default: 'file:./data/snapshots', format: 'store', description: 'file: and a folder, for example file:./data/snapshots, or gs:// with a bucket and a prefix, for example gs://my-bucket/snapshots' }),
  SNAPSHOT_CACHE_DIR: Type.String({ default: join(tmpdir(), 'osh-api'), minLength: 1, description: 'a folder that the service may write to, for files under way' }),
  GCS_ENDPOINT: Type.Optional(Type.String({ format: 'http-url', description: 'an http: or https: URL' })),
  SNAPSHOT_TIMEZONE: Type.String({ default: 'Asia/Kuala_Lumpur', format: 'timezone', description: 'an IANA time zone, for example Asia/Kuala_Lumpur' }),
  SNAPSHOT_REFRESH_SECONDS: Type.Number({ default: 60, minimum: 0.05, maximum: 86400, description: 'seconds from 0.05 to 86400' }),
  SHUTDOWN_SECONDS: Type.Number({ default: 10, minimum: 0, maximum: 3600, description: 'seconds from 0 to 3600' }),
  UPSTREAM_URL: Type.String({ default: 'https://api.mspots.org.my/api/osh/all-smallholder', format: 'http-url', description: 'an http: or https: URL' }),
  UPSTREAM_TIMEOUT_SECONDS: Type.Number({ default: 300, exclusiveMinimum: 0, maximum: 86400, description: 'seconds, more than 0 and at most 86400' }),
  UPSTREAM_MAX_BYTES: Type.String({ default: '1 GiB', format: 'size', description: 'a size such as 500MB or 1 GiB' }),
  UPSTREAM_CA_FILE: Type.Optional(Type.String({ format: 'certificates', description: 'a readable PEM file with the missing certificates' })),
  UPSTREAM_TLS_PIN: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$', description: 'the base64 SHA-256 of the server\'s public key, 44 characters' })),
  INGEST_TOKEN: Type.Optional(Type.String({ format: 'tokens', description: 'tokens of at least 16 characters without spaces, several separated by commas' })),
  INGEST_OIDC_AUDIENCE: Type.Optional(Type.String({ minLength: 1, description: 'what identity tokens are made for, usually the URL of the service; needs INGEST_OIDC_EMAILS' })),
  INGEST_OIDC_EMAILS: Type.Optional(Type.String({ format: 'emails', description: 'e-mail addresses of accounts, separated by commas; needs INGEST_OIDC_AUDIENCE' })),
  INGEST_ON_START: Type.Union([Type.Literal('never'), Type.Literal('if-empty'), Type.Literal('if-stale')], { default: 'if-empty', description: 'never, if-empty or if-stale' }),
  INGEST_SCHEDULE: Type.Optional(Type.String({ format: 'cron', description: 'a cron expression, for example 30 6 * * *' })),
  INGEST_MAX_SHRINK: Type.Number({ default: 0.2, minimum: 0, maximum: 1, description: 'a share from 0 to 1' }),
  DUCKDB_MEMORY_LIMIT: Type.String({ default: '1GB', format: 'memory', description: 'a size of at least 64MB, such as 500MB or 1GB' }),
  DUCKDB_THREADS: Type.Integer({ default: availableParallelism(), minimum: 1, maximum: 256, description: 'a whole number from 1 to 256' }),
  ANSWER_CACHE_SIZE: Type.String({ default: '64MB', format: 'size', description: 'a size such as 64MB' }),
  QUERY_TIMEOUT_MS: Type.Integer({ default: 5000, minimum: 1, maximum: 600000, description: 'milliseconds from 1 to 600000' }),
  QUERY_CONCURRENCY: Type.Integer({ default: 4, minimum: 1, maximum: 256, description: 'a whole number from 1 to 256' }),
  QUERY_QUEUE: Type.Integer({ default: 256, minimum: 0, maximum: 100000, description: 'a whole number from 0 to 100000' }),
  RATE_LIMIT_PER_MINUTE: Type.Integer({ default: 600, minimum: 0, maximum: 1e9, description: 'a whole number of requests, or 0 for no limit' }),
  CORS_ORIGINS: Type.String({ default: '*', format: 'origins', description: '* or origins such as https://example.org, separated by commas' }),
  TRUST_PROXY: Type.String({ default: 'false', format: 'proxies', description: 'true, false, a number of proxies, or their addresses and networks, separated by commas' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(Type.String({ format: 'http-url', description: 'an http: or https: URL' })),
  LOG_LEVEL: Type.Union(
    [Type.Literal('trace'), Type.Literal('debug'), Type.Literal('info'), Type.Literal('warn'), Type.Literal('error'), Type.Literal('fatal'), Type.Literal('silent')],
    { default: 'info', description: 'trace, debug, info, warn, error, fatal or silent' }),
})

export type Config = Static<typeof ConfigSchema>

const plainNumber = /^\d+(\.\d+)?$/
const leastMemoryBytes = 64e6

const secrets: ReadonlySet<string> = new Set(['INGEST_TOKEN'])

const succeeds = (attempt: () => unknown): boolean => {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}

const isFolderUrl = (text: string): boolean =>
  /^file:(?!\/\/$)./.test(text) && (!text.startsWith('file://') || succeeds(() => fileURLToPath(text)))

const isNetwork = (text: string): boolean => {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true
  const [address = '', length, ...rest] = text.split('/')
  const bits = isIP(address) === 4 ? 32 : 128
  return rest.length === 0 && isIP(address) !== 0 && (length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= bits))
}

const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text

const formats: Record<string, (text: string) => boolean> = {
  timezone: text => succeeds(() => new Intl.DateTimeFormat('en', { timeZone: text })),
  cron: text => succeeds(() => new Cron(text, { paused: true })) && new Cron(text, { paused: true }).nextRun() !== null,
  size: text => succeeds(() => parseSize(text)),
  memory: text => succeeds(() => parseSize(text)) && parseSize(text) >= leastMemoryBytes,
  tokens: text => splitList(text).every(token => token.length >= 16 && !/\s/.test(token)),
  emails: text => splitList(text).every(email => /^[^\s@,]+@[^\s@,]+$/.test(email)),
  proxies: text => /^(true|false|[1-9]\d?)$/.test(text) || splitList(text).every(isNetwork),
  origins: text => text === '*' || splitList(text).every(isOrigin),
  'http-url': text => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
  certificates: text => succeeds(() => new X509Certificate(readFileSync(text))),
  store: text => bucketUrl.test(text) || isFolderUrl(text),
}

/** Bytes of a size such as `500MB` or `1 GiB`. Throws a `RangeError` on anything else. */
export function parseSize (text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([KMGT]i?B|B)$/.exec(text)
  const unit = Object.entries(units).find(([name]) => name === match?.[2])
  if (match === null || unit === undefined || Number(match[1]) === 0) throw new RangeError(`${text} is no size`)
  return Math.floor(Number(match[1]) * unit[1])
}

/** The items of a comma-separated variable, without the spaces around them. */
export function splitList (text: string): string[] {
  return text.split(',').map(item => item.trim())
}

/** A setting that the service cannot start with; the message is one line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** What `TRUST_PROXY` says, as Fastify takes it. */
export function readTrustProxy (text: string): boolean | string[] | ((address: string, hop: number) => boolean) {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^\d+$/.test(text) ? (_address, hop) => hop < Number(text) : splitList(text)
}

/**
 * The configuration in `environment`, with defaults filled in.
 * Throws a {@link ConfigError} that names each wrong variable, what it got and what it takes.
 */
export function readConfig (environment: NodeJS.ProcessEnv): Config {
  try {
    const config = envSchema<Config>({ schema: structuredClone(ConfigSchema), data: { ...environment }, env: false, ajv: { customOptions: addFormats } })
    // Ajv would also read hexadecimal digits and infinity as numbers.
    const odd = Object.entries(config).flatMap(([name, value]) => typeof value === 'number' && !plainNumber.test(environment[name] ?? '0') ? [name] : [])
    if (odd.length > 0) throw new ConfigError(odd.map(name => explain(name, environment[name] ?? '')).join('; '))
    const { INGEST_OIDC_AUDIENCE: audience, INGEST_OIDC_EMAILS: emails } = config
    if ((audience === undefined) !== (emails === undefined)) throw new ConfigError(`INGEST_OIDC_AUDIENCE and INGEST_OIDC_EMAILS belong together, but only ${audience === undefined ? 'the latter' : 'the former'} is set`)
    return config
  } catch (error) {
    const faults = error instanceof Error && 'errors' in error && Array.isArray(error.errors) ? error.errors : undefined
    if (faults === undefined) throw error
    const names = new Set(faults.map((fault: ErrorObject) => fault.instancePath.slice(1)))
    throw new ConfigError([...names].map(name => explain(name, environment[name] ?? '')).join('; '), { cause: error })
  }
}

function addFormats (ajv: Ajv): Ajv {
  for (const [name, validate] of Object.entries(formats)) ajv.addFormat(name, validate)
  return ajv
}

function explain (name: string, value: string): string {
  const property = Object.entries(ConfigSchema.properties).find(([key]) => key === name)?.[1]
  const takes = property !== undefined && 'description' in property ? property.description : 'something else'
  const mayHoldSecret = secrets.has(name) || (name === 'UPSTREAM_URL' && /[@?]/.test(value))
  const got = value === '' ? 'empty' : mayHoldSecret ? 'set to a value (not shown)' : JSON.stringify(value)
  return `${name} is ${got}, but takes ${takes}${value === '' ? ', or leave it unset' : ''}`
}
