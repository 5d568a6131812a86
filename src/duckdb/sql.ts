import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql, type CompiledQuery, type RawBuilder } from 'kysely'

/**
 * Kysely as a compiler only: its PostgreSQL dialect's `$1` and quoting are DuckDB's too.
 * Every value becomes a bound parameter, every identifier is quoted.
 */
const compiler = new Kysely<Record<never, never>>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: db => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

/** SQL text with the values that it binds. */
export type Statement = Pick<CompiledQuery, 'sql' | 'parameters'>

/** A piece of SQL, to be put into a larger one. */
export type Sql = RawBuilder<unknown>

/** The statement that a piece of SQL stands for. */
export function compile (query: Sql): Statement {
  return query.compile(compiler)
}

/** SQL pieces with a comma (or another separator) between them. */
export function list (pieces: readonly Sql[], separator: Sql = sql`, `): Sql {
  return sql.join(pieces, separator)
}

/** A bound number of any size; the driver would bind a large whole number as an integer that overflows. */
export function double (value: number): Sql {
  return sql`CAST(${String(value)} AS DOUBLE)`
}

export { sql }
