import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { decodeRecord, toJson } from '../../src/upstream/decode.js'
import { readElements } from '../../src/upstream/elements.js'
import { makeFolder } from '../helpers/service.js'

t.test('upstream\'s answer, element by element', async t => {
  const file = join(await makeFolder(t), 'upstream.json')

  const decode = async (text: string | Buffer): Promise<unknown[]> => {
    await writeFile(file, text)
    const values: unknown[] = []
    for await (const batch of readElements(file)) {
      for (const element of batch) values.push(decodeRecord(element, values.length).value)
    }
    return values
  }
  const inEnvelope = (elements: string) => `{"data":{"page_size":10,"data":[${elements}]}}`

  await t.test('every digit of a number is kept, in fields and in lists, and in no string', async t => {
    const elements = ['{"a":3.9520}', '{"a" : 12345678901234567890}', '{"a":1e400,"b":-0}', '{"a":[1.50,-1]}', '5.0', '{"a":"x, 12.50","b":7}', '{"a":"10:15:10.612"}', '123456789012345']
    const values = await decode(inEnvelope(elements.join(' , ')))
    t.strictSame(values.map(toJson), ['{"a":3.9520}', '{"a":12345678901234567890}', '{"a":1e400,"b":-0}', '{"a":[1.50,-1]}', '5.0', '{"a":"x, 12.50","b":7}', '{"a":"10:15:10.612"}', '123456789012345'])
  })

  await t.test('elements of every kind are records, to be judged later', async t => {
    t.strictSame(await decode(inEnvelope('null,"x",[],{},true,7')), [null, 'x', [], {}, true, 7])
    t.strictSame(await decode(inEnvelope(' ')), [])
  })

  await t.test('a key __proto__ and a byte order mark in text are data like any other', async t => {
    const [first, second] = await decode(inEnvelope('{"__proto__":{"x":1},"id":2},{"name":"\ufeffALI"}'))
    t.equal(toJson(first), '{"__proto__":{"x":1},"id":2}')
    t.strictSame(second, { name: '\ufeffALI' })
  })

  await t.test('lists elsewhere in the document are none of records', async t => {
    t.strictSame(await decode('{"meta":[1,[2]],"data":{"links":["a[b"],"data":[{"id":1}],"more":[3]},"end":[4]}'), [{ id: 1 }])
  })

  await t.test('a document of many chunks comes out whole', async t => {
    const records = Array.from({ length: 20_000 }, (_, id) => ({ id, name: `NAMA ${'\u20ac'.repeat(id % 17)} "${id}"` }))
    t.equal(JSON.stringify(await decode(JSON.stringify({ data: { data: records } }))), JSON.stringify(records))
  })

  const broken: Record<string, string> = {
    'a comma too many between records': inEnvelope('{"id":1},,{"id":2}'),
    'a comma after the last record': inEnvelope('{"id":1},'),
    'a comma before the first record': inEnvelope(',{"id":1}'),
    'a comma alone': inEnvelope(','),
    'no comma between records': inEnvelope('{"id":1} {"id":2}'),
    'brackets of the wrong kind': inEnvelope('{"id":[1}]'),
    'a list closed by a brace': '{"data":{"data":[{"id":1}}}}',
    'words that are no JSON': inEnvelope('{"name":NaN}'),
    'a number that is none': inEnvelope('{"a":1.2.3}'),
    'a raw line break in a string': inEnvelope('{"name":"A\nB"}'),
    'an end within the list': '{"data":{"data":[{"id":1},',
    'an end within a record': '{"data":{"data":[{"id":1},{"id"',
    'an end after the list': '{"data":{"data":[{"id":1}]',
    'more after the end': `${inEnvelope('{"id":1}')}{}`,
    'a record of 20 MB': inEnvelope(`"${'x'.repeat(2e7)}"`),
  }
  for (const [name, text] of Object.entries(broken)) {
    await t.test(`${name}: the answer is refused, and nothing of it is quoted`, async t => {
      const error: unknown = await decode(text.replace('"id"', '"AHMAD"')).catch((error: unknown) => error)
      t.match(error, { code: 'OSH_UPSTREAM_SUSPICIOUS', message: /no whole JSON document \(.+\); nothing was published/ })
      t.notMatch(error, { message: /AHMAD/ })
    })
  }
})
