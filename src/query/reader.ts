import { LRUCache } from 'lru-cache'
import type { AskOptions, Database, Engine } from '../duckdb/database.js'
import type { Relation } from '../duckdb/relation.js'
import { sql, type Sql } from '../duckdb/sql.js'
import { toPage, type Page, type PlotsResult, type Range, type Result, type RowText, type TableResult } from './result.js'

// Of row numbers that were found lately.
const keptBytes = 2 ** 24
const overheadBytes = 1024
// Fewer make more queries, more make larger texts.
const plotsInPiece = 2500
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
  async * readPieces (relation: Relation, result: Result, text: RowText, range = everything): AsyncGenerator<string> {
    let separator = ''
    const pieces = result.plots === undefined ? this.#readTablePieces(relation, result, text, range) : this.#readPlotPieces(relation, result, text, range)
    for await (const piece of pieces) {
      yield `${separator}${piece}`
      separator = text.separator
    }
  }

  async * #readPlotPieces (relation: Relation, { plots }: PlotsResult, text: RowText, range: Range): AsyncGenerator<string> {
    const rows = cut(await this.#database.ask(engine => this.#findRows(engine, relation, plots)), range)
    const read = (begin: number) => this.#database.ask(engine => fetchItems(engine, relation, plots, text, rows.subarray(begin, begin + plotsInPiece)), { isContinued: true })
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

  async * #readTablePieces (relation: Relation, result: TableResult, text: RowText, { limit, offset }: Range): AsyncGenerator<string> {
    for (let begin = offset, end = offset + limit; begin < end; begin += rowsInPiece) {
      const range = { offset: begin, limit: Math.min(rowsInPiece, end - begin) }
      const { items, total } = await this.#readTable(relation, result, text, range, { isContinued: begin > offset })
      end = Math.min(end, total)
      yield items
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
async function fetchItems (engine: Engine, { table }: Relation, { sort }: PlotsResult['plots'], { item, separator }: RowText, rows: Int32Array): Promise<string> {
  if (rows.length === 0) return ''
  const isListed = sql`row IN (SELECT unnest(CAST(${`[${rows.join()}]`} AS INTEGER[])))`
  if (sort === undefined) {
    const [first = 0, last = 0] = [rows[0], rows.at(-1)]
    const where = last - first < rows.length ? sql`true` : isListed
    const [found] = await engine.read(sql`SELECT string_agg(${item}, ${sql.lit(separator)} ORDER BY row) AS items FROM ${sql.id(table)} WHERE row BETWEEN ${first} AND ${last} AND ${where}`)
    return String(found?.['items'])
  }
  const found = await engine.read(sql`SELECT row, ${item} AS item FROM ${sql.id(table)} WHERE ${isListed}`)
  // In another order than the table's the engine would put all their texts into order.
  const items = new Map(found.map(({ row, item }) => [row, item]))
  return Array.from(rows, row => items.get(row)).join(separator)
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
