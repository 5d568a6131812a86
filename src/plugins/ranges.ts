/** Bytes of a file, both ends included. */
export interface Span {
  start: number
  end: number
}

/**
 * What a `Range` header (RFC 9110) asks of a file of that size, those that overlap or touch as one; none where the
 * file has nothing of it. Undefined for what is to be ignored: other units, and what cannot be understood.
 */
export function parseRanges (header: string, sizeBytes: number): Span[] | undefined {
  const [, list] = /^\s*bytes\s*=(.*)$/i.exec(header) ?? []
  const spans = list?.split(',').filter(text => text.trim() !== '').map(text => parseSpan(text.trim(), sizeBytes))
  if (spans === undefined || spans.length === 0 || !spans.every(span => span !== undefined)) return undefined
  return joinSpans(spans.filter(({ start, end }) => start <= end))
}

function parseSpan (text: string, sizeBytes: number): Span | undefined {
  const [, first, last] = /^(\d*)-(\d*)$/.exec(text) ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  if (first === '') return { start: Math.max(0, sizeBytes - Number(last)), end: sizeBytes - 1 }
  if (last !== '' && Number(last) < Number(first)) return undefined
  return { start: Number(first), end: last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) }
}

/** Each byte once, in the order in which the spans were asked for. */
function joinSpans (spans: readonly Span[]): Span[] {
  const joined: (Span & { place: number })[] = []
  const sorted = spans.map((span, place) => ({ ...span, place })).sort((a, b) => a.start - b.start)
  for (const span of sorted) {
    const before = joined.at(-1)
    if (before === undefined || span.start > before.end + 1) {
      joined.push(span)
      continue
    }
    before.end = Math.max(before.end, span.end)
    before.place = Math.min(before.place, span.place)
  }
  return joined.sort((a, b) => a.place - b.place).map(({ start, end }) => ({ start, end }))
}
