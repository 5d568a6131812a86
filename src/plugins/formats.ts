import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { mediaTypes, type Format } from '../../schemas/formats.js'
import { maxPageSize } from '../../schemas/query.js'
import type { Answer } from '../answers.js'
import { disposition } from '../formats/file-name.js'
import { chooseFormat } from '../formats/negotiate.js'
import { writeParquet } from '../formats/parquet.js'
import { csv, geojson, ndjson, type TextFormat } from '../formats/text.js'
import { linkHeader, linkPages, linkTo } from '../query/links.js'
import { rangeOf, type Range, type Result } from '../query/result.js'
import { badParameter } from '../query/values.js'
import { temporaryName } from '../snapshots/temporary.js'
import type { View } from './answers.js'
import { shortHeader } from './caching.js'
import type { Origin, Settled } from './questions.js'
import { makePage, makeWhole } from './pages.js'
import type { Body } from './streamed.js'
import { openText } from './streams.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Answers with a result in the format that the request asks for: JSON page by page, others whole unless a page is asked for. */
    sendResult (request: FastifyRequest, reply: FastifyReply, asked: Asked): Promise<FastifyReply>
  }
}

/** A result that is asked for, and how. */
export interface Asked {
  result: Result
  /** Without a page size, JSON is whole too. */
  query: { format?: Format, bom?: 'true' | 'false', page?: number, pageSize?: number, snapshot?: string }
  offered: readonly Format[]
  /** Added to the `meta` of a page in JSON. */
  meta?: object
  /** Where it comes from, if not from the snapshot that the query names. */
  origin?: Origin
  settled?: Settled
}

const textFormats = { ndjson, csv, geojson } satisfies Partial<Record<Format, TextFormat>>
type TextName = keyof typeof textFormats

const byteOrderMark = '\ufeff'
const contentTypes = { ndjson: mediaTypes.ndjson[0], csv: `${mediaTypes.csv[0]}; charset=utf-8; header=present`, geojson: mediaTypes.geojson[0], parquet: mediaTypes.parquet[0] }

/** Gives the same result in every format. */
export default fp(async function formatsPlugin (app: FastifyInstance) {
  app.decorate('sendResult', async (request: FastifyRequest, reply: FastifyReply, { result, query: { page = 1, pageSize, ...query }, offered, meta, origin, settled: known }: Asked) => {
    const format = chooseFormat(query.format, request.headers.accept, offered)
    if (query.bom === 'true' && format !== 'csv') throw badParameter('bom', 'goes with format=csv')
    const selector = origin ?? query.snapshot
    const isPaged = asksForPage(request)
    const paging = { page, pageSize: pageSize ?? maxPageSize }
    if (format === 'json') {
      return await app.answerFrom(request, reply, selector, view => pageSize === undefined && !isPaged
        ? makeWhole(app.reader, view, result, meta)
        : makePage(app.reader, view, result, paging, meta), known)
    }
    const settled = { ...known, format, ...(isPaged && paging) }
    const headers = (view: View) => ({ ...describe(view, format), ...shortHeader('link', `<${linkTo(view.path, view.parameters, view.pins)}>; rel="self"`) })
    if (format === 'parquet') {
      const range = isPaged ? rangeOf(paging) : undefined
      return await app.streamFrom(request, reply, { selector, settled, isText: false, headers, open: view => openParquet(app, view, result, range) })
    }
    const whole = { format, result, mark: query.bom === 'true' ? byteOrderMark : '' }
    if (isPaged) return await app.answerFrom(request, reply, selector, view => makeTextPage(app, view, whole, paging), settled)
    return await app.streamFrom(request, reply, { selector, settled, isText: true, headers, open: view => openWhole(app, view, whole) })
  })
}, { name: 'formats', dependencies: ['answers', 'streamed'] })

interface Whole {
  format: TextName
  result: Result
  /** What comes before everything else. */
  mark: string
}

/** Who says nothing of pages gets all of it, so the schema's defaults do not count. */
function asksForPage ({ url }: FastifyRequest): boolean {
  const given = new URLSearchParams(url.split('?')[1])
  return given.has('page') || given.has('pageSize')
}

function describe ({ path, date, parameters }: View, format: Exclude<Format, 'json'>): Record<string, string> {
  return { 'content-type': contentTypes[format], ...(format !== 'ndjson' && { 'content-disposition': disposition(path, date, parameters, format) }) }
}

async function makeTextPage ({ reader }: FastifyInstance, view: View, { format, result, mark }: Whole, { page, pageSize }: { page: number, pageSize: number }): Promise<Answer> {
  const { head, row, tail } = textFormats[format]
  const range = rangeOf({ page, pageSize })
  const { items, total } = await reader.readPage(view.relation, result, row(result), range)
  const links = linkPages(view.path, view.parameters, view.pins, { page, pageSize, total })
  return {
    body: `${mark}${head(result)}${items}${tail}`,
    headers: { ...describe(view, format), ...shortHeader('link', linkHeader(links)) },
    rows: Math.max(0, Math.min(range.limit, total - range.offset)),
  }
}

async function openWhole ({ reader }: FastifyInstance, { relation }: View, { format, result, mark }: Whole): Promise<Body> {
  const { head, row, tail } = textFormats[format]
  return { stream: await openText(`${mark}${head(result)}`, reader.readPieces(relation, result, row(result)), tail) }
}

async function openParquet ({ database, scratch }: FastifyInstance, { relation }: View, result: Result, range: Range | undefined): Promise<Body> {
  const path = join(scratch, temporaryName('result.parquet'))
  try {
    await writeParquet(database, relation, result, range, path)
    const file = await open(path)
    const { size } = await file.stat()
    return { stream: file.createReadStream(), sizeBytes: size }
  } finally {
    // What is open can be read to its end, and nothing has to be removed later.
    await rm(path, { force: true })
  }
}
