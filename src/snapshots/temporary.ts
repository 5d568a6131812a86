import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'

const processId = randomUUID()

/** A name that tells whose file or folder it is, so that the leftovers of a dead process can be told. */
export function temporaryName (stem: string): string {
  return `.${stem}~${encodeURIComponent(hostname())}~${process.pid}~${processId}~${randomUUID()}.tmp`
}

/** True where the name was made by {@link temporaryName} in a process of this machine that has ended. */
export function isAbandoned (name: string): boolean {
  const match = /^\.[^~]+~([^~]+)~(\d+)~([^~]+)~[^~]+\.tmp$/.exec(name)
  if (match === null || match[1] !== encodeURIComponent(hostname())) return false
  const pid = Number(match[2])
  return pid === process.pid ? match[3] !== processId : !isAlive(pid)
}

function isAlive (pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
