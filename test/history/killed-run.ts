import { pino } from 'pino'
import { readConfig } from '../../src/config.js'
import { openServices } from '../../src/services.js'

// A process that folds the days of a store and tells how far it is.
const { catalog, history } = await openServices(readConfig(process.env), pino({ level: 'silent' }))
history.start()
await catalog.start()
setInterval(() => process.stdout.write(`${history.progress.days}\n`), 1)
