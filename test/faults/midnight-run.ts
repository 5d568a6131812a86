import { pino } from 'pino'
import { readConfig } from '../../src/config.js'
import { fetchFromUpstream } from '../../src/ingest/source.js'
import type { FetchAnswer } from '../../src/ingest/run.js'
import { openServices } from '../../src/services.js'

// A process that ingests once for each argument, `<moment>,<moment>`, and reports each on a line: its clock shows
// the first moment until a byte of upstream's answer has arrived, and then the second.
const config = readConfig(process.env)
for (const argument of process.argv.slice(2)) {
  const [before = '', after = ''] = argument.split(',')
  let moment = before
  const fromUpstream = fetchFromUpstream({ url: config.UPSTREAM_URL, timeoutMs: 60_000, maxBytes: 1e9, now: () => new Date(moment) })
  const fetch: FetchAnswer = (folder, onBytes, signal) => fromUpstream(folder, bytes => {
    if (bytes > 0) moment = after
    onBytes(bytes)
  }, signal)
  const parts = await openServices(config, pino({ level: 'silent' }), { fetch })
  const { report, ended } = parts.runs.start(true)
  await ended
  const { outcome, date, snapshot } = report
  process.stdout.write(`${JSON.stringify({ outcome, date, snapshot, machineHour: new Date('2026-11-23T12:00:00Z').getHours() })}\n`)
  await parts.close()
}
