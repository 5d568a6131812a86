import { readFile } from 'node:fs/promises'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import t from 'tap'
import { upstreamColumns } from '../../schemas/upstream.js'
import { readFooter } from '../helpers/parquet.js'
import { startService } from '../helpers/service.js'
import { latestFile, makeRecords } from './helpers.js'

// A reader that shares no code with the engine that writes the files.

const awkward = [
  { name: '陳美玲', mpob_no: '', daerah: null, daerahId: null },
  { name: 'முத்து A/L கண்ணன்', planted_area: null, certified_area: '0.0000' },
  { name: '🌴 “É” \n\t\\', gps_coordinate_lat: null, gps_coordinate_long: null, stateId: null, state: null },
]

t.test('a file that the service writes has the same values for a reader that is not DuckDB', async t => {
  // More rows than a row group has, so that the file has several.
  const records = makeRecords(30_000).map((record, index) => ({ ...record, ...awkward[index] }))
  const service = await startService(t, { records: records.toReversed() })
  t.equal((await service.ingest()).status, 201)
  const path = await latestFile(service)
  const bytes = await readFile(path)
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  const metadata = parquetMetadata(file)
  t.ok(metadata.row_groups.length > 1)
  t.strictSame(metadata.schema.slice(1).map(({ name }) => name), upstreamColumns)
  const facts = metadata.key_value_metadata?.find(({ key }) => key === 'osh')?.value
  t.strictSame(JSON.parse(facts ?? ''), await readFooter(path))
  const rows = await parquetReadObjects({ file, metadata, compressors })
  const expected = records.toSorted((a, b) => a.entity_smallholder_id - b.entity_smallholder_id)
  t.strictSame(rows.map(row => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]))), expected)
})
