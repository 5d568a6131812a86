import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { plainClient } from './place.js'
import { bucketVariable, endpointVariable, folderVariable } from './variables.js'

// The bucket suite against a server of the storage API, in a folder of its own that is removed afterwards.

const suite = 'test/snapshots/bucket/'
const usage = 'npm run test:gcs -- --endpoint URL [--bucket NAME], or --bucket NAME alone for a bucket of Google\'s with application default credentials'

interface Target {
  endpoint: string | undefined
  bucket: string
}

const target = readTarget()
if (target === undefined) {
  console.error(`Say against which server: ${usage}.`)
  process.exitCode = 1
} else {
  process.exitCode = await run(target).catch((error: unknown) => {
    console.error(`The bucket suite could not run: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  })
}

function readTarget (): Target | undefined {
  try {
    const { values: { endpoint, bucket } } = parseArgs({ options: { endpoint: { type: 'string' }, bucket: { type: 'string' } } })
    if (endpoint !== undefined && !URL.canParse(endpoint)) return undefined
    return endpoint === undefined && bucket === undefined ? undefined : { endpoint, bucket: bucket ?? 'osh-test' }
  } catch {
    return undefined
  }
}

async function run ({ endpoint, bucket }: Target): Promise<number> {
  // The storage client would read it, and go astray.
  delete process.env['STORAGE_EMULATOR_HOST']
  if (endpoint !== undefined) await fetch(endpoint).catch(cause => { throw new Error(`${endpoint} does not answer`, { cause }) })
  const folder = `osh-test-${randomUUID()}/`
  const client = plainClient(endpoint).bucket(bucket)
  if (endpoint !== undefined && !(await client.exists())[0]) await client.create()
  // An interrupt ends the tests, not the cleaning up after them.
  process.on('SIGINT', () => {})
  try {
    return await runTap({ [bucketVariable]: bucket, [folderVariable]: folder, ...(endpoint !== undefined && { [endpointVariable]: endpoint }) })
  } finally {
    await client.deleteFiles({ prefix: folder, force: true })
  }
}

async function runTap (environment: Record<string, string>): Promise<number> {
  const tap = spawn('tsx', ['test/main.ts', '--timeout=600', suite], { stdio: 'inherit', env: { ...process.env, ...environment }, shell: process.platform === 'win32' })
  const [code] = await once(tap, 'exit')
  return code ?? 1
}
