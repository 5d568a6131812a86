import { writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { ConfigError, ConfigSchema, parseSize, readConfig, splitList, type Config } from '../src/config.js'
import { createSelfSigned } from './certificates.js'
import { startCommand } from './helpers/command.js'
import { makeFolder } from './helpers/service.js'

const folder = new URL('.', import.meta.url).pathname
const pin = `${'A'.repeat(43)}=`

interface Variable {
  /** What it is where it is unset. */
  unset: unknown
  /** Values that it takes, and what becomes of them where that is not the same text. */
  takes: readonly (string | readonly [text: string, value: unknown])[]
  refuses: readonly string[]
  /** What the message says that it takes. */
  says: RegExp
}

const seconds = /seconds/
const wholeNumber = { takes: [['1', 1], ['256', 256]], refuses: ['0', '-1', '1.5', '257', 'many', '1,000'], says: /whole number/ } as const
const size = { takes: ['500MB', '1 GiB', '0.5GB', '1000B'], refuses: ['0', '0MB', '-1MB', '5', '5 XB', '1gb', 'much', '1  GB', '1e3MB'], says: /size such as/ } as const

const variables: Record<keyof Config, Variable> = {
  HOST: { unset: '127.0.0.1', takes: ['0.0.0.0', '::', 'localhost'], refuses: [], says: /address or host name/ },
  PORT: { unset: 8080, takes: [['0', 0], ['65535', 65535]], refuses: ['-1', '65536', '80.5', 'http', 'NaN', '0x50', '1e3'], says: /port from 0/ },
  SNAPSHOT_STORE: { unset: 'file:./data/snapshots', takes: ['gs://my-bucket/raw/all-smallholder', 'gs://my-bucket', 'file:./x', 'file:/srv/x', 'file:///srv/x'], refuses: ['gs://', 'gs://b', 'gs://my-bucket/a*b', 'file:', './data', 's3://bucket', '/srv'], says: /file: and a folder/ },
  SNAPSHOT_CACHE_DIR: { unset: join(tmpdir(), 'osh-api'), takes: ['./cache'], refuses: [], says: /folder/ },
  GCS_ENDPOINT: { unset: undefined, takes: ['http://127.0.0.1:4443'], refuses: ['127.0.0.1:4443', 'ftp://host'], says: /http: or https: URL/ },
  SNAPSHOT_TIMEZONE: { unset: 'Asia/Kuala_Lumpur', takes: ['UTC', 'Europe/Berlin'], refuses: ['Mars/Base', 'Kuala Lumpur', 'KL'], says: /IANA time zone/ },
  SNAPSHOT_REFRESH_SECONDS: { unset: 60, takes: [['0.05', 0.05], ['86400', 86400]], refuses: ['0', '0.01', '-1', '86401', '1m', 'NaN'], says: seconds },
  SHUTDOWN_SECONDS: { unset: 10, takes: [['0', 0], ['0.5', 0.5], ['3600', 3600]], refuses: ['-1', '3601', 'soon'], says: seconds },
  UPSTREAM_URL: { unset: 'https://api.mspots.org.my/api/osh/all-smallholder', takes: ['http://127.0.0.1:1/x?y', 'https://user:password@host/'], refuses: ['ftp://host/', 'host/path', 'https://', 'file:///etc/passwd'], says: /http: or https: URL/ },
  UPSTREAM_TIMEOUT_SECONDS: { unset: 300, takes: [['0.1', 0.1], ['86400', 86400]], refuses: ['0', '-1', '86401', '5 min'], says: seconds },
  UPSTREAM_MAX_BYTES: { unset: '1 GiB', ...size },
  UPSTREAM_CA_FILE: { unset: undefined, takes: [], refuses: ['/nowhere/ca.pem', folder], says: /PEM file/ },
  UPSTREAM_TLS_PIN: { unset: undefined, takes: [pin], refuses: ['A', pin.slice(1), `${pin}=`, `sha256/${pin}`], says: /base64 SHA-256/ },
  INGEST_TOKEN: { unset: undefined, takes: ['exactly-16-chars', 'the-first-token-of-two, the-second-token-of-two'], refuses: ['fifteen-letters', 'with spaces inside it', 'long-enough-by-itself,', 'long-enough-by-itself,short'], says: /at least 16 characters/ },
  INGEST_OIDC_AUDIENCE: { unset: undefined, takes: [], refuses: [], says: /what identity tokens are made for/ },
  INGEST_OIDC_EMAILS: { unset: undefined, takes: [], refuses: ['nobody', 'a@b c@d', 'a@b,', '@'], says: /e-mail addresses/ },
  INGEST_ON_START: { unset: 'if-empty', takes: ['never', 'if-empty', 'if-stale'], refuses: ['always', 'true', 'Never'], says: /never, if-empty or if-stale/ },
  INGEST_SCHEDULE: { unset: undefined, takes: ['30 6 * * *', '* * * * * *', '@daily'], refuses: ['2020-01-01T00:00:00', '* * *', '61 * * * *', 'daily', 'x x x x x'], says: /cron expression/ },
  INGEST_MAX_SHRINK: { unset: 0.2, takes: [['0', 0], ['1', 1], ['0.05', 0.05]], refuses: ['-0.1', '1.1', '20%', '20'], says: /share from 0 to 1/ },
  DUCKDB_MEMORY_LIMIT: { unset: '1GB', takes: ['500MB', '1 GiB', '64MB'], refuses: ['63MB', ...size.refuses], says: /size of at least/ },
  DUCKDB_THREADS: { unset: availableParallelism(), ...wholeNumber },
  ANSWER_CACHE_SIZE: { unset: '64MB', ...size },
  QUERY_TIMEOUT_MS: { unset: 5000, takes: [['1', 1], ['600000', 600000]], refuses: ['0', '-1', '1.5', '600001', '5s'], says: /milliseconds/ },
  QUERY_CONCURRENCY: { unset: 4, ...wholeNumber },
  QUERY_QUEUE: { unset: 256, takes: [['0', 0], ['100000', 100000]], refuses: ['-1', '0.5', '100001', 'long'], says: /whole number/ },
  RATE_LIMIT_PER_MINUTE: { unset: 600, takes: [['0', 0], ['6000', 6000]], refuses: ['-1', '0.5', 'many', 'Infinity'], says: /whole number of requests/ },
  CORS_ORIGINS: { unset: '*', takes: ['https://example.org', 'https://a.example, http://b.example:8080'], refuses: ['example.org', 'https://example.org/', 'https://a.example,', 'https://a.example,*'], says: /origins/ },
  TRUST_PROXY: { unset: 'false', takes: ['true', '1', '10.0.0.0/8, 2001:db8::/32', '127.0.0.1', 'loopback, uniquelocal'], refuses: ['yes', '0', '-1', '10.0.0.0/33', '2001:db8::/129', '10.0.0/8', 'example.org', '10.0.0.1,'], says: /number of proxies/ },
  OTEL_EXPORTER_OTLP_ENDPOINT: { unset: undefined, takes: ['http://127.0.0.1:4318', 'https://collector.example/otlp'], refuses: ['127.0.0.1:4318', 'grpc://host'], says: /http: or https: URL/ },
  LOG_LEVEL: { unset: 'info', takes: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], refuses: ['INFO', 'verbose', '30'], says: /trace, debug/ },
}

const get = (config: Config, name: string): unknown => Object.entries(config).find(([key]) => key === name)?.[1]

function messageOf (environment: Record<string, string>): string {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return 'no error'
}

t.test('this test knows every variable', async t => {
  t.strictSame(Object.keys(variables), Object.keys(ConfigSchema.properties).filter(name => name in variables))
})

for (const [name, { unset, takes, refuses, says }] of Object.entries(variables)) {
  t.test(`${name} has its default, takes what it says, and refuses anything else with a message that helps`, async t => {
    t.strictSame(get(readConfig({}), name), unset)
    for (const item of takes) {
      const [text, value] = typeof item === 'string' ? [item, item] : item
      t.strictSame(get(readConfig({ [name]: text }), name), value, text)
    }
    for (const text of refuses) {
      const message = messageOf({ [name]: text })
      t.match(message, new RegExp(`^${name} is `), text)
      t.match(message, says)
      t.notMatch(message, '\n')
      if (name === 'INGEST_TOKEN') t.notMatch(message, text)
      else t.match(message, JSON.stringify(text))
    }
    t.match(messageOf({ [name]: '' }), new RegExp(`^${name} is empty, but takes .*, or leave it unset$`))
  })
}

t.test('UPSTREAM_CA_FILE takes a file with a certificate', async t => {
  const file = join(await makeFolder(t), 'ca.pem')
  await writeFile(file, (await createSelfSigned()).cert)
  t.equal(readConfig({ UPSTREAM_CA_FILE: file }).UPSTREAM_CA_FILE, file)
})

t.test('an audience without accounts, or accounts without an audience, stop the start', async t => {
  t.match(messageOf({ INGEST_OIDC_AUDIENCE: 'https://osh.example.org' }), /^INGEST_OIDC_AUDIENCE and INGEST_OIDC_EMAILS belong together, but only the former is set$/)
  t.match(messageOf({ INGEST_OIDC_EMAILS: 'a@example.org' }), /only the latter is set$/)
  t.match(readConfig({ INGEST_OIDC_AUDIENCE: 'https://osh.example.org', INGEST_OIDC_EMAILS: 'a@example.org' }), { INGEST_OIDC_EMAILS: 'a@example.org' })
})

t.test('several wrong variables are all named, in one line', async t => {
  const message = messageOf({ PORT: 'x', LOG_LEVEL: 'y\nz', INGEST_TOKEN: 'short' })
  for (const name of ['PORT', 'LOG_LEVEL', 'INGEST_TOKEN']) t.match(message, `${name} is`)
  t.notMatch(message, '\n')
  t.notMatch(message, 'short')
})

t.test('variables of others are none of our business', async t => {
  t.strictSame(readConfig({ PATH: '/bin', HOME: '/root', npm_config_x: '1' }), readConfig({}))
})

t.test('sizes are read in units of 1000 and of 1024', async t => {
  for (const [text, bytes] of [['1B', 1], ['1KB', 1000], ['1.5MB', 1_500_000], ['1GB', 1e9], ['1TB', 1e12], ['1KiB', 1024], ['2 MiB', 2_097_152], ['1 GiB', 1_073_741_824], ['1TiB', 1_099_511_627_776]] as const) t.equal(parseSize(text), bytes, text)
  t.throws(() => parseSize('1'), RangeError)
  t.strictSame(splitList(' a, b ,c'), ['a', 'b', 'c'])
})

t.test('the server does not start with a wrong value: exit code 1 and one line that says what is wrong', async t => {
  const ended = await startCommand('src/server.ts', [], { PORT: 'eighty', INGEST_TOKEN: 'short-secret' }).ended
  t.match(ended, { code: 1, stdout: '', stderr: /^[^\n]*PORT is "eighty", but takes a port from 0[^\n]*\n$/ })
  t.match(ended, { stderr: /INGEST_TOKEN is set to a value \(not shown\)/ })
  t.notMatch(ended, { stderr: /short-secret/ })
})
