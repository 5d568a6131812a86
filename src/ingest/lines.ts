import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lineMembers, longestLine } from '../duckdb/lines.js'
import { readElements } from '../upstream/elements.js'

/** Some of upstream's records, one after the other, and a file that has them as lines. */
export interface Part {
  /** The position of the first. */
  from: number
  /** The JSON text of each. */
  elements: Buffer[]
  path: string
}

// Few enough for a part to be little in memory, enough for a statement to be little beside it.
const partBytes = 2 ** 23
// Far more than a record of the register has.
const longestRecord = longestLine / 2
// In a line, around the text of a record.
const mostAround = 64
const newline = 0x0a

/**
 * Writes upstream's records into files of JSON lines, each with the position of its record and the bytes of its text.
 * Left out is what can stand in no line of its own: text with line breaks, or far longer than a record. Whoever
 * takes a part removes its file. Throws as {@link readElements} does.
 */
export async function * writeParts (file: string, folder: string, signal: AbortSignal): AsyncGenerator<Part> {
  let [from, bytes] = [0, 0]
  let elements: Buffer[] = []
  let lines: Buffer[] = []
  const finish = async (): Promise<Part> => {
    const part = { from, elements, path: join(folder, `from-${from}.ndjson`) }
    await writeFile(part.path, lines, { flag: 'wx', mode: 0o600 })
    from += elements.length
    bytes = 0
    elements = []
    lines = []
    return part
  }
  for await (const batch of readElements(file, signal)) {
    lines.push(toLines(batch, from + elements.length))
    elements.push(...batch)
    bytes = batch.reduce((sum, element) => sum + element.length, bytes)
    if (bytes >= partBytes) yield await finish()
  }
  if (elements.length > 0) yield await finish()
}

function toLines (elements: readonly Buffer[], from: number): Buffer {
  const lines = Buffer.allocUnsafe(elements.reduce((sum, element) => sum + element.length + mostAround, 0))
  let length = 0
  for (const [index, element] of elements.entries()) {
    if (element.length > longestRecord || element.includes(newline)) continue
    length += lines.write(`{"${lineMembers.position}":${from + index},"${lineMembers.bytes}":${element.length},"${lineMembers.record}":`, length)
    length += element.copy(lines, length)
    length += lines.write('}\n', length)
  }
  return lines.subarray(0, length)
}
