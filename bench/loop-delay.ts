import { renameSync, writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

/** How much later than due the event loop came round. */
export interface LoopDelay {
  p99Ms: number
  p999Ms: number
  maxMs: number
}

const resolutionMs = 10
const target = process.env['LOOP_DELAY_FILE']

// Preloaded into the service (`node --import`), in its workers too. This signal does nothing to a process that does not listen.
if (isMainThread && target !== undefined) process.on('SIGWINCH', startMonitor(target))

/** Monitors from now on; the result writes what was seen since the last time, and begins anew. */
function startMonitor (file: string): () => void {
  const monitor = monitorEventLoopDelay({ resolution: resolutionMs })
  monitor.enable()
  // The histogram counts nanoseconds from one round to the next, its own pause included.
  const toMs = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolutionMs)
  return () => {
    const seen: LoopDelay = { p99Ms: toMs(monitor.percentile(99)), p999Ms: toMs(monitor.percentile(99.9)), maxMs: toMs(monitor.max) }
    monitor.reset()
    writeFileSync(`${file}.part`, JSON.stringify(seen))
    renameSync(`${file}.part`, file)
  }
}
