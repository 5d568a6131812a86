import { DuckDBInstance } from '@duckdb/node-api'
import { loadRelation, type Relation } from '../../src/duckdb/relation.js'

/** An engine without the service, and a snapshot in it. */
export interface Loaded {
  instance: DuckDBInstance
  relation: Relation
}

/** Opens an engine and loads a snapshot as the service does. */
export async function openLoaded (file: string): Promise<Loaded> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run('SET GLOBAL TimeZone = \'UTC\'')
  return { instance, relation: await loadRelation(connection, file) }
}
