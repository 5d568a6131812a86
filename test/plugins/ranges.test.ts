import fc from 'fast-check'
import t from 'tap'
import { parseRanges } from '../../src/plugins/ranges.js'

const sizeBytes = 1000
const parse = (header: string) => parseRanges(header, sizeBytes)?.map(({ start, end }) => `${start}-${end}`).join()

t.test('a range has a beginning and an end, one of which may be missing', async t => {
  t.equal(parse('bytes=0-0'), '0-0')
  t.equal(parse('bytes=10-19'), '10-19')
  t.equal(parse('bytes=990-'), '990-999')
  t.equal(parse('bytes=-10'), '990-999')
  t.equal(parse('BYTES = 5-5 , 7-7'), '5-5,7-7')
})

t.test('what reaches beyond the file ends with it', async t => {
  t.equal(parse('bytes=990-5000'), '990-999')
  t.equal(parse('bytes=-5000'), '0-999')
  t.equal(parse('bytes=990-99999999999999999999999'), '990-999')
})

t.test('what lies beyond the file is left out, which may leave nothing', async t => {
  t.equal(parse('bytes=1000-'), '')
  t.equal(parse('bytes=-0'), '')
  t.equal(parse('bytes=1000-1001, 5-6'), '5-6')
  t.same(parseRanges('bytes=0-0', 0), [])
  t.same(parseRanges('bytes=-5', 0), [])
})

t.test('what cannot be understood is to be ignored', async t => {
  for (const header of ['', 'bytes', 'bytes=', 'bytes=,', 'bytes=x-y', 'bytes=5', 'bytes=-', 'bytes=9-5', 'bytes=1-2-3', 'bytes=1.5-2', 'bytes=0-1,junk', 'rows=0-5', 'items=5000-6000', 'xbytes=0-1']) t.equal(parse(header), undefined, header)
})

t.test('ranges that overlap or touch are one; the others keep their order', async t => {
  t.equal(parse('bytes=0-9,5-14'), '0-14')
  t.equal(parse('bytes=0-9,10-19'), '0-19')
  t.equal(parse('bytes=0-9,11-19'), '0-9,11-19')
  t.equal(parse('bytes=500-599,0-9,550-650'), '500-650,0-9')
  t.equal(parse('bytes=0-,-1,3-4'), '0-999')
})

t.test('joined or not, the same bytes are asked for, each once', async t => {
  const span = fc.tuple(fc.nat(40), fc.nat(40)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
  const bytesOf = (ranges: readonly (readonly [number, number])[]) => ranges.flatMap(([start, end]) => Array.from({ length: end - start + 1 }, (_, index) => start + index)).sort((a, b) => a - b)
  t.doesNotThrow(() => fc.assert(fc.property(fc.array(span, { minLength: 1, maxLength: 8 }), spans => {
    const found = parseRanges(`bytes=${spans.map(([start, end]) => `${start}-${end}`).join()}`, 30) ?? []
    return bytesOf(found.map(({ start, end }) => [start, end])).join() === [...new Set(bytesOf(spans))].filter(byte => byte < 30).join()
  })))
})
