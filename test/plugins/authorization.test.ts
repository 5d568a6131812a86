import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { account, audience, startGoogle, type Google } from '../google.js'
import { startService, token, type Service, type ServiceSettings, type Test } from '../helpers/service.js'
import { captureLog, makeRecords } from '../ingest/helpers.js'

const records = makeRecords(50)
const environment = { INGEST_OIDC_AUDIENCE: audience, INGEST_OIDC_EMAILS: `other@example.org, ${account}` }

async function startWithGoogle (t: Test, settings: ServiceSettings = {}): Promise<{ google: Google, service: Service }> {
  const google = await startGoogle(t)
  const service = await startService(t, { records, certificatesUrl: google.certificatesUrl, ...settings, environment: { ...environment, ...settings.environment } })
  return { google, service }
}

const bearer = (value: string) => ({ headers: { authorization: `Bearer ${value}` } })

t.test('an identity token of a listed account starts a run, and Google\'s certificates are fetched once', async t => {
  const { google, service } = await startWithGoogle(t)
  t.equal((await service.ingest('', bearer(google.sign()))).status, 201)
  t.equal((await service.ingest('', bearer(google.sign({ email: account.toUpperCase() })))).status, 200)
  t.equal((await service.ingest('', bearer(google.sign({ iss: 'accounts.google.com' })))).status, 200)
  t.equal(google.fetches(), 1)
})

t.test('identity tokens and INGEST_TOKEN are both taken', async t => {
  const { google, service } = await startWithGoogle(t)
  t.equal((await service.ingest('', bearer(token))).status, 201)
  t.equal(google.fetches(), 0, 'no certificate is needed for it')
})

t.test('identity tokens are taken where no INGEST_TOKEN is set', async t => {
  const google = await startGoogle(t)
  const service = await startService(t, { records, certificatesUrl: google.certificatesUrl, environment: { ...environment, INGEST_TOKEN: undefined } })
  t.equal((await service.ingest('', bearer(google.sign()))).status, 201)
  t.equal((await service.ingest('', bearer(token))).status, 401)
})

const wrong: Record<string, (google: Google) => string> = {
  'for another audience': google => google.sign({ aud: 'https://elsewhere.example.org' }),
  'for no audience': google => google.sign({ aud: undefined }),
  'of another account': google => google.sign({ email: 'stranger@example.org' }),
  'of no account': google => google.sign({ email: undefined }),
  'whose e-mail is not verified': google => google.sign({ email_verified: false }),
  'whose e-mail is verified only in words': google => google.sign({ email_verified: 'true' }),
  'of another issuer': google => google.sign({ iss: 'https://evil.example.org' }),
  'that has expired': google => google.sign({ iat: 1_600_000_000, exp: 1_600_003_600 }),
  'without an expiry': google => google.sign({ exp: undefined }),
  'signed with another key': google => google.sign({}, { key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey }),
  'that names an unknown key': google => google.sign({}, { keyId: 'key-2' }),
  'without a signature': google => `${google.sign().split('.').slice(0, 2).join('.')}.`,
  'changed after signing': google => changePayload(google.sign()),
}

function changePayload (signed: string): string {
  const [header = '', payload = '', signature = ''] = signed.split('.')
  const changed = Buffer.from(payload, 'base64url').toString().replace('3600', '3601').replace('"sub":"1"', '"sub":"2"')
  return [header, Buffer.from(changed).toString('base64url'), signature].join('.')
}

for (const [name, make] of Object.entries(wrong)) {
  t.test(`an identity token ${name} is 401, and no part of it is told or logged`, async t => {
    const { log, lines } = captureLog()
    const { google, service } = await startWithGoogle(t, { log })
    const value = make(google)
    const { status, json, text, headers } = await service.ingest('', bearer(value))
    t.equal(status, 401)
    t.equal(json.code, 'OSH_UNAUTHORIZED')
    t.equal(headers.get('www-authenticate'), 'Bearer')
    const [, payload = '-', signature = ''] = value.split('.')
    for (const part of [payload, signature].filter(part => part !== '')) t.notOk(text.includes(part) || lines.join('').includes(part))
    t.match(lines.join(''), /an ingest was refused/)
    t.equal(service.upstream.requests, 0)
  })
}

t.test('while Google\'s certificates are out of reach, an identity token is 503, and a bearer token still works', async t => {
  const { google, service } = await startWithGoogle(t)
  google.fail()
  const { status, json, headers } = await service.ingest('', bearer(google.sign()))
  t.equal(status, 503)
  t.equal(json.code, 'OSH_IDENTITY_UNAVAILABLE')
  t.ok(Number(headers.get('retry-after')) > 0)
  t.equal((await service.ingest('', bearer(token))).status, 201)
})

t.test('the eleventh wrong token within a minute is 429 with Retry-After, and a good one is still taken', async t => {
  const { log, lines } = captureLog()
  const service = await startService(t, { records, log })
  for (let attempt = 1; attempt <= 10; attempt++) t.equal((await service.ingest('', bearer(`wrong-token-number-${attempt}`))).status, 401)
  for (const given of [bearer('wrong-token-number-11'), { headers: { authorization: '' } }]) {
    const { status, json, headers } = await service.ingest('', given)
    t.equal(status, 429)
    t.equal(json.code, 'OSH_RATE_LIMITED')
    t.ok(Number(headers.get('retry-after')) > 0 && Number(headers.get('retry-after')) <= 60)
  }
  t.equal(lines.filter(line => line.includes('an ingest was refused')).length, 10, 'the log is not flooded')
  t.notMatch(lines.join(''), 'wrong-token-number')
  t.equal((await service.ingest()).status, 201)
})
