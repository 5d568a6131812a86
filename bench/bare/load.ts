import { openLoaded } from './open.js'

// A process that loads the snapshot which it is given into DuckDB, and ends.
await openLoaded(String(process.argv[2]))
process.exit()
