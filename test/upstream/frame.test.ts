import fc from 'fast-check'
import t from 'tap'
import { ElementFramer, FrameError } from '../../src/upstream/frame.js'

const limits = { maxBytes: 1000, maxDepth: 10 }

/** Frames what follows an array's opening bracket, cut into chunks of the given sizes in turn. */
function frame (text: string, sizes: readonly number[] = [], given = limits): { elements: string[], rest: string | undefined } {
  const elements: string[] = []
  const framer = new ElementFramer(element => elements.push(element.toString()), given)
  const bytes = Buffer.from(text)
  for (let start = 0, turn = 0; start < bytes.length; turn++) {
    const end = start + (sizes[turn % sizes.length] ?? bytes.length)
    const chunk = bytes.subarray(start, end)
    const index = framer.write(chunk, 0)
    if (framer.ended) return { elements, rest: bytes.subarray(start + index).toString() }
    start = end
  }
  return { elements, rest: undefined }
}

t.test('any array comes apart into its elements, wherever the bytes are cut', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 10 })
  fc.assert(fc.property(fc.array(fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' }), { minLength: 1, maxLength: 8 }), sizes, fc.constantFrom('', ' ', '\n\t '), (values, sizes, space) => {
    const text = `${space}${values.map(value => JSON.stringify(value, null, space === '' ? 0 : 1)).join(`${space},${space}`)}${space}]}} `
    const { elements, rest } = frame(text, sizes, { maxBytes: 1e6, maxDepth: 100 })
    return rest === ']}} ' && JSON.stringify(elements.map(element => JSON.parse(element))) === JSON.stringify(values)
  }))
})

t.test('brackets, commas and escaped quotes in strings cut nothing', async t => {
  const texts = ['"a,b"', '"]"', '{"a":"}"}', String.raw`"\""`, String.raw`"\\"`, String.raw`"\\\","`, '["[",{"]":"{,"}]', '"\u20ac,\u{1F334}"']
  for (let size = 1; size <= 9; size++) t.strictSame(frame(`${texts.join(',')}]`, [size]), { elements: texts, rest: ']' })
})

t.test('an empty array has one empty element, and so has each comma too many', async t => {
  t.strictSame(frame(']'), { elements: [''], rest: ']' })
  t.strictSame(frame(' \n]x'), { elements: [' \n'], rest: ']x' })
  t.strictSame(frame('1,,2,]'), { elements: ['1', '', '2', ''], rest: ']' })
})

t.test('an array that does not end has no last element', async t => {
  for (const text of ['1,2', '1,"', '1,{"a":[', '1,"\\']) t.strictSame(frame(text, [2]), { elements: ['1'], rest: undefined })
})

t.test('an element that is too deep or too large ends the reading, however small the chunks', async t => {
  for (const sizes of [[1], [100], []]) {
    t.throws(() => frame(`${'['.repeat(11)}`, sizes), FrameError)
    t.throws(() => frame(`"${'x'.repeat(1000)}"]`, sizes), FrameError)
    t.strictSame(frame(`${'['.repeat(10)}${']'.repeat(10)},"${'x'.repeat(900)}"]`, sizes).elements.length, 2)
  }
})
