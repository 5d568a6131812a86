import type { FastifyRequest } from 'fastify'
import { linkTo, type Parameters } from '../query/links.js'
import { toDate } from '../snapshots/day.js'
import { parseSelector, type Selector } from '../snapshots/selector.js'
import { idOf, type StoredSnapshot } from '../snapshots/store.js'
import { exactCacheControl, latestCacheControl, shortHeader, tagOf } from './caching.js'

/** What determines an answer, besides what is asked. */
export interface Basis {
  /** The exact form of the snapshot's name. */
  snapshot: string
  date: string
  /** The strong `ETag` of the answer. */
  tag: string
  headers: Readonly<Record<string, string>>
}

/** Parameters that something else than the URL decides. */
export type Settled = Readonly<Record<string, string | number>>

/** A request in canonical form: neither the order of its parameters nor their defaults matter. */
export class Question {
  readonly path: string
  /** Sorted by name, without the snapshot and without defaults. */
  readonly parameters: Parameters
  readonly selector: Selector
  readonly #asked: string | undefined
  readonly #version: string
  #basis: Basis | undefined

  /**
   * `asked`: the parameter `snapshot`; undefined for a route that has none. `settled`: parameters that
   * are not as the URL has them, such as the format that was negotiated.
   */
  constructor (request: FastifyRequest, asked: string | undefined, settled: Settled = {}) {
    this.path = request.url.split('?')[0] ?? ''
    const defaults = defaultsOf(request.routeOptions.schema?.querystring)
    this.parameters = Object.entries(request.query ?? {})
      .filter(([name, value]) => name !== 'snapshot' && name !== 'format' && !Object.hasOwn(settled, name) && value !== defaults.get(name))
      .concat(Object.entries(settled))
      .map(([name, value]): [string, string] => [name, String(value)])
      .sort(([a], [b]) => a < b ? -1 : 1)
    this.selector = parseSelector(asked ?? 'latest') ?? 'latest'
    this.#asked = asked
    this.#version = request.server.serviceVersion
  }

  /** What the answer from that snapshot is tagged and cached by. */
  on (stored: StoredSnapshot): Basis {
    const snapshot = idOf(stored)
    if (this.#basis?.snapshot !== snapshot) this.#basis = this.#describe(snapshot, stored)
    return this.#basis
  }

  #describe (snapshot: string, stored: StoredSnapshot): Basis {
    const tag = tagOf([this.#version, snapshot, this.path, ...this.parameters.map(pair => pair.join('='))])
    const isExact = this.#asked === snapshot
    return {
      snapshot,
      date: toDate(stored.day),
      tag,
      headers: {
        'cache-control': isExact ? exactCacheControl : latestCacheControl,
        vary: 'Accept, Accept-Encoding',
        'last-modified': stored.publishedAt.toUTCString(),
        etag: tag,
        ...(this.#asked !== undefined && !isExact && shortHeader('content-location', linkTo(this.path, this.parameters, { snapshot }))),
      },
    }
  }
}

const knownDefaults = new WeakMap<object, ReadonlyMap<string, unknown>>()

/** What the parameters of a query's schema are where they are not given. */
function defaultsOf (schema: unknown): ReadonlyMap<string, unknown> {
  if (typeof schema !== 'object' || schema === null || !('properties' in schema)) return new Map()
  const known = knownDefaults.get(schema)
  if (known !== undefined) return known
  const entries = Object.entries(Object(schema.properties)).map(([name, property]): [string, unknown] => [name, Object(property).default])
  const defaults = new Map(entries.filter(([, value]) => value !== undefined))
  knownDefaults.set(schema, defaults)
  return defaults
}
