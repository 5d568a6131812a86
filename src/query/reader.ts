import { DuckDBBlobValue } from '@duckdb/node-api'
import { LRUCache } from 'lru-cache'
import type { AskOptions, Database, Engine } from '../duckdb/database.js'
import type { Relation } from '../duckdb/relation.js'
import { sql, type Sql } from '../duckdb/sql.js'
import { toPage, type Page, type PlotsResult, type Range, type Result, type RowText, type TableResult } from './result.js'

// Of row numbers that were found lately.
const keptBytes = 2 ** 24
const overheadBytes = 1024
// Fewer make more queries, more make larger texts; the engine reads 2048 at a time, whether it needs all of them or not.
const plotsInPiece = 2 * 2048
// For each piece of these all rows are made anew.
const rowsInPiece = 20_000

const everything: Range = { limit: Infinity, offset: 0 }

/**
 * Reads the text of results, one page or all in pieces. Of plots it finds the numbers of the rows that match, in their
 * order, which is cheap and serves all pages of a walk; then it fetches no more than the rows that it needs.
 */
export class Reader {
  readonly #database: Database
  readonly #found = new LRUCache<string, Int32Array>({ maxSize: keptBytes, sizeCalculation: ({ byteLength }) => byteLength + overheadBytes })

  constructor (database: Database) {
    this.#database = database
  }

  /** The text of some of the rows, and how many rows there are. Throws as a query does. */
  async readPage (relation: Relation, result: Result, text: RowText, range: Range): Promise<Page> {
    if (result.plots === undefined) return await this.#readTable(relation, result, text, range)
    const { plots } = result
    return await this.#database.ask(async engine => {
      const rows = await this.#findRows(engine, relation, plots)
      return { items: await fetchItems(engine, relation, plots, text, cut(rows, range)), total: rows.length, meta: {} }
    })
  }

  /** The text of the rows in pieces. Each is a short query of its own, so a slow reader holds no connection. */
  async * readPieces (relation: Relation, result: Result, text: RowText, range = everything): AsyncGenerator<Buffer> {
    let isFirst = true
    const pieces = result.plots === undefined ? this.#readTablePieces(relation, result, text, range) : this.#readPlotPieces(relation, result, text, range)
    for await (const piece of pieces) {
      if (!isFirst) yield Buffer.from(text.separator)
      yield piece
      isFirst = false
    }
  }

  async * #readPlotPieces (relation: Relation, { plots }: PlotsResult, text: RowText, range: Range): AsyncGenerator<Buffer> {
    const rows = cut(await this.#database.ask(engine => this.#findRows(engine, relation, plots)), range)
    const read = (begin: number) => this.#database.ask(engine => fetchBytes(engine, relation, plots, text, rows.subarray(begin, begin + plotsInPiece)), { isContinued: true })
    let next = read(0)
    for (let begin = plotsInPiece; begin < rows.length; begin += plotsInPiece) {
      const piece = await next
      // One ahead, while the reader takes the one before; its failure is seen when its turn comes.
      next = read(begin)
      next.catch(() => undefined)
      yield piece
    }
    yield await next
  }

  async * #readTablePieces (relation: Relation, result: TableResult, text: RowText, { limit, offset }: Range): AsyncGenerator<Buffer> {
    for (let begin = offset, end = offset + limit; begin < end; begin += rowsInPiece) {
      const range = { offset: begin, limit: Math.min(rowsInPiece, end - begin) }
      const { items, total } = await this.#readTable(relation, result, text, range, { isContinued: begin > offset })
      end = Math.min(end, total)
      yield Buffer.from(items)
    }
  }

  async #readTable (relation: Relation, result: TableResult, text: RowText, range: Range, options?: AskOptions): Promise<Page> {
    return toPage(await this.#database.ask(engine => engine.read(result.page(text, range)(relation)), options))
  }

  /** The numbers of the rows that match, in their order. */
  async #findRows (engine: Engine, { table }: Relation, { where, sort }: PlotsResult['plots']): Promise<Int32Array> {
    const select = (rest: Sql) => sql`SELECT row FROM ${sql.id(table)} ${rest}`
    const matching = select(sql`WHERE ${where}`)
    // As a rule the engine gives them in the order of the table; to ask it to costs as much as to find them.
    const findMatching = () => this.#keep([matching], async () => sortIfNeeded(await engine.readIntegers(matching)))
    if (sort === undefined) return await findMatching()
    const ordered = select(sql`ORDER BY ${sort.order}`)
    return await this.#keep([matching, ordered], async () => {
      // All plots are put in order once, whatever is asked of them.
      const order = await this.#keep([ordered], () => engine.readIntegers(ordered))
      return choose(order, await findMatching())
    })
  }

  async #keep (statements: readonly Sql[], find: () => Promise<Int32Array>): Promise<Int32Array> {
    const key = JSON.stringify(statements.map(({ text, values }) => [text, values]))
    const kept = this.#found.get(key)
    if (kept !== undefined) return kept
    const rows = await find()
    this.#found.set(key, rows)
    return rows
  }
}

/** The text of rows in the order in which their numbers are listed. */
async function fetchItems (engine: Engine, { table }: Relation, { sort }: PlotsResult['plots'], text: RowText, rows: Int32Array): Promise<string> {
  if (rows.length === 0) return ''
  if (sort === undefined) {
    const [found] = await engine.read(sql`SELECT ${joinItems(text)} AS items ${fromRows(table, rows)}`)
    return String(found?.['items'])
  }
  const found = await engine.read(sql`SELECT row, ${text.item} AS item FROM ${sql.id(table)} WHERE ${isListed(rows)}`)
  // In another order than the table's the engine would put all their texts into order.
  const items = new Map(found.map(({ row, item }) => [row, item]))
  return Array.from(rows, row => items.get(row)).join(text.separator)
}

/** The same as it is sent: the engine has it so, and much text takes long to be decoded and encoded again. */
async function fetchBytes (engine: Engine, relation: Relation, plots: PlotsResult['plots'], text: RowText, rows: Int32Array): Promise<Buffer> {
  if (rows.length === 0 || plots.sort !== undefined) return Buffer.from(await fetchItems(engine, relation, plots, text, rows))
  const [found] = await engine.read(sql`SELECT encode(${joinItems(text)}) AS items ${fromRows(relation.table, rows)}`)
  const items = found?.['items']
  if (!(items instanceof DuckDBBlobValue)) throw new TypeError('plots that were found are not in the table')
  return Buffer.from(items.bytes.buffer, items.bytes.byteOffset, items.bytes.byteLength)
}

function joinItems ({ item, separator }: RowText): Sql {
  return sql`string_agg(${item}, ${sql.lit(separator)} ORDER BY row)`
}

/** Rows in the order of the table. */
function fromRows (table: string, rows: Int32Array): Sql {
  const [first = 0, last = 0] = [rows[0], rows.at(-1)]
  return sql`FROM ${sql.id(table)} WHERE row BETWEEN ${first} AND ${last} AND ${last - first < rows.length ? sql`true` : isListed(rows)}`
}

function isListed (rows: Int32Array): Sql {
  return sql`row IN (SELECT unnest(CAST(${`[${rows.join()}]`} AS INTEGER[])))`
}

function sortIfNeeded (rows: Int32Array): Int32Array {
  for (let index = 1, before = rows[0] ?? 0; index < rows.length; index++) {
    const row = rows[index] ?? 0
    if (row < before) return rows.sort()
    before = row
  }
  return rows
}

/** Those rows of an order that are in a list. */
function choose (order: Int32Array, listed: Int32Array): Int32Array {
  const isListed = new Uint8Array(order.length)
  for (const row of listed) isListed[row] = 1
  const chosen = new Int32Array(listed.length)
  let end = 0
  for (const row of order) {
    if (isListed[row] === 1) chosen[end++] = row
  }
  return chosen
}

function cut (rows: Int32Array, { limit, offset }: Range): Int32Array {
  return rows.subarray(offset, offset + limit)
}
