import type { Static } from 'typebox'
import { Type } from '../../schemas/typebox/type.js'
import { Value } from '../../schemas/typebox/value.js'
import { ApiFault } from './objects.js'

const GivenSchema = Type.Object({
  name: Type.Optional(Type.String()),
  contentType: Type.Optional(Type.String()),
  crc32c: Type.Optional(Type.String()),
  metadata: Type.Optional(Type.Record(Type.String(), Type.String())),
})

/** The metadata and the bytes of a `multipart/related` upload. */
export function parseUpload (body: Buffer, contentType = ''): { given: Static<typeof GivenSchema>, bytes: Buffer } {
  const boundary = /^multipart\/related;.*boundary="?([^";]+)/.exec(contentType)?.[1]
  const [json, bytes] = boundary === undefined ? [] : splitParts(body, `--${boundary}`)
  if (json === undefined || bytes === undefined) throw new ApiFault(400, 'badRequest', 'no whole multipart/related body')
  return { given: Value.Parse(GivenSchema, JSON.parse(json.toString())), bytes }
}

/** The contents of the parts; none where the body does not end as it has to. */
function splitParts (body: Buffer, delimiter: string): Buffer[] {
  const parts: Buffer[] = []
  let start = body.indexOf(delimiter)
  while (start !== -1) {
    const next = body.indexOf(delimiter, start + delimiter.length)
    if (next === -1) return body.subarray(start + delimiter.length).toString().startsWith('--') ? parts : []
    const part = body.subarray(start + delimiter.length, next)
    const headEnd = part.indexOf('\r\n\r\n')
    parts.push(part.subarray(headEnd + 4, part.byteLength - 2))
    start = next
  }
  return []
}
