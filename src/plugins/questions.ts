import type { FastifyRequest } from 'fastify'
import { linkTo, type Parameters } from '../query/links.js'
import { toDate } from '../snapshots/day.js'
import type { Catalog } from '../snapshots/catalog.js'
import type { Lease } from '../snapshots/loaded.js'
import { parseSelector } from '../snapshots/selector.js'
import { idOf, type StoredSnapshot } from '../snapshots/store.js'
import { exactCacheControl, latestCacheControl, shortHeader, tagOf } from './caching.js'

/** Where an answer comes from: something of which there are revisions. */
export interface Origin {
  /** Its revision now, where that is known at once. */
  peek (): StoredSnapshot | undefined
  /** What to ask, held until it is released. */
  acquire (): Promise<Lease>
  /** Whether the request names this very revision, so that its answer stays for ever. */
  isExact (stored: StoredSnapshot): boolean
  /** The parameters that name the revision in links; undefined for a route that takes none. */
  pin?: (stored: StoredSnapshot) => Readonly<Record<string, string>>
}

/** The snapshot that the parameter `snapshot` selects; undefined is the latest, for a route that has no such parameter. */
export function snapshotOrigin (catalog: Catalog, asked: string | undefined): Origin {
  const selector = parseSelector(asked ?? 'latest') ?? 'latest'
  return {
    peek: () => catalog.peek(selector),
    acquire: () => catalog.acquire(selector),
    isExact: stored => asked === idOf(stored),
    ...(asked !== undefined && { pin: (stored: StoredSnapshot) => ({ snapshot: idOf(stored) }) }),
  }
}

/** What determines an answer, besides what is asked. */
export interface Basis {
  /** The exact form of the snapshot's name. */
  snapshot: string
  date: string
  /** The strong `ETag` of the answer. */
  tag: string
  headers: Readonly<Record<string, string>>
  /** The parameters that name the revision in links. */
  pins: Readonly<Record<string, string>>
}

/** Parameters that something else than the URL decides. */
export type Settled = Readonly<Record<string, string | number>>

/** A request in canonical form: neither the order of its parameters nor their defaults matter. */
export class Question {
  readonly path: string
  /** Sorted by name, without the snapshot and without defaults. */
  readonly parameters: Parameters
  readonly origin: Origin
  readonly #version: string
  #basis: Basis | undefined

  /** `settled`: parameters that are not as the URL has them, such as the format that was negotiated. */
  constructor (request: FastifyRequest, origin: Origin, settled: Settled = {}) {
    this.path = request.url.split('?')[0] ?? ''
    const defaults = defaultsOf(request.routeOptions.schema?.querystring)
    this.parameters = Object.entries(request.query ?? {})
      .filter(([name, value]) => name !== 'snapshot' && name !== 'format' && !Object.hasOwn(settled, name) && value !== defaults.get(name))
      .concat(Object.entries(settled))
      .map(([name, value]): [string, string] => [name, String(value)])
      .sort(([a], [b]) => a < b ? -1 : 1)
    this.origin = origin
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
    const isExact = this.origin.isExact(stored)
    const pins = this.origin.pin?.(stored)
    return {
      snapshot,
      date: toDate(stored.day),
      tag,
      pins: pins ?? {},
      headers: {
        'cache-control': isExact ? exactCacheControl : latestCacheControl,
        vary: 'Accept, Accept-Encoding',
        'last-modified': stored.publishedAt.toUTCString(),
        etag: tag,
        ...(pins !== undefined && !isExact && shortHeader('content-location', linkTo(this.path, this.parameters, pins))),
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
