import { pino } from 'pino'
import { readConfig } from '../../src/config.js'
import { openServices } from '../../src/services.js'

// A process that ingests once and names each phase as it begins.
const log = pino({ level: 'silent' })
let phase: string | null = null
const { runs } = await openServices(readConfig(process.env), log, {
  onIngestChange: report => {
    if (report.phase !== phase && report.phase !== null) process.stdout.write(`${report.phase}\n`)
    phase = report.phase
  },
})
await runs.start(true).ended
process.stdout.write('ended\n')
// It is to be killed, not to clean up.
setInterval(() => {}, 1000)
