import t from 'tap'
import type { GetFilesOptions } from '@google-cloud/storage'
import type { Static } from 'typebox'
import { Type } from '../../../schemas/typebox/type.js'
import { Value } from '../../../schemas/typebox/value.js'
import { openPlace, plainClient, type Place } from '../../gcs/place.js'

// What Google documents of the API and the service can do without. A server at a given address may
// lack it: the assertion is skipped then, and its reason says what the service does about it.

interface Documented {
  what: string
  without: string
  holds: (place: Place) => Promise<boolean>
}

const documented: Documented[] = [
  {
    what: 'a listing has only the names that matchGlob matches',
    without: 'the service checks every name itself',
    holds: async place => {
      const { items } = await list(place, { matchGlob: `${place.root}*/x` })
      return sameNames(place, items, ['a/x'])
    },
  },
  {
    what: 'a listing has only the fields asked for',
    without: 'the service reads no others, and gets longer answers',
    holds: async place => {
      const { items = [] } = await list(place, { fields: 'items(name)' })
      return items.length === 3 && items.every(item => Object.keys(item).join() === 'name')
    },
  },
  {
    what: 'a page of a listing has no more folders and objects together than maxResults',
    without: 'the service takes any number',
    holds: async place => {
      const { items = [], prefixes = [] } = await list(place, { delimiter: '/', maxResults: 1 })
      return items.length + prefixes.length === 1
    },
  },
  {
    what: 'a delete on the condition of another generation is refused',
    without: 'the service deletes nothing',
    holds: async place => {
      const { generation } = await place.get('b')
      const conditional = plainClient(place.endpoint).bucket(place.bucket).file(`${place.root}b`)
      const status = await conditional.delete({ ifGenerationMatch: String(BigInt(generation) + 1n) }).then(() => 204, statusOf)
      return status === 412 && (await place.names()).includes('b')
    },
  },
]

const ListedSchema = Type.Object({
  items: Type.Optional(Type.Array(Type.Object({ name: Type.String() }))),
  prefixes: Type.Optional(Type.Array(Type.String())),
})

type Listed = Static<typeof ListedSchema>

/** One page of what lies in the place. */
async function list ({ bucket, endpoint, root }: Place, query: GetFilesOptions): Promise<Listed> {
  const [,, page] = await plainClient(endpoint).bucket(bucket).getFiles({ prefix: root, autoPaginate: false, ...query })
  return Value.Parse(ListedSchema, page)
}

function sameNames ({ root }: Place, items: Listed['items'] = [], names: readonly string[]): boolean {
  return items.map(({ name }) => name).join() === names.map(name => `${root}${name}`).join()
}

const statusOf = (error: unknown) => error instanceof Error && 'code' in error ? error.code : undefined

for (const { what, without, holds } of documented) {
  t.test(what, async t => {
    const place = await openPlace(t)
    for (const name of ['a/x', 'a/b/x', 'b']) await place.put(name, Buffer.from('x'))
    const isSo = await holds(place)
    const mayDiffer = place.endpoint !== undefined && place.double === undefined
    if (mayDiffer && !isSo) t.pass(what, { skip: `not on this server; ${without}` })
    else t.ok(isSo, what)
  })
}
