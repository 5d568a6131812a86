import t from 'tap'
import { plotFormats, tableFormats, type Format } from '../../schemas/formats.js'
import { chooseFormat } from '../../src/formats/negotiate.js'

const choose = (accept: string | undefined, named?: Format) => chooseFormat(named, accept, plotFormats)

t.test('who does not care gets JSON', async t => {
  const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'
  const java = 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2'
  for (const accept of [undefined, '', '*/*', 'application/*', browser, java, '*/*;q=0.1', 'application/json, text/plain, */*']) t.equal(choose(accept), 'json', accept ?? 'nothing')
})

t.test('each format has its media types', async t => {
  const types: [string, Format][] = [['application/json', 'json'], ['application/x-ndjson', 'ndjson'], ['application/jsonl', 'ndjson'], ['text/csv', 'csv'], ['text/*', 'csv'],
    ['application/geo+json', 'geojson'], ['application/vnd.apache.parquet', 'parquet'], ['TEXT/CSV', 'csv']]
  for (const [accept, format] of types) t.equal(choose(accept), format, accept)
})

t.test('quality values decide, and what is named beats what is not', async t => {
  t.equal(choose('application/json;q=0.5, text/csv;q=0.6'), 'csv')
  t.equal(choose('text/csv;q=0.4, application/geo+json;q=0.9, */*;q=0.1'), 'geojson')
  t.equal(choose('*/*, text/csv'), 'csv')
  t.equal(choose('application/json;q=0, */*'), 'ndjson')
  t.equal(choose('text/csv;q=0.001, application/json;q=0'), 'csv')
})

t.test('parameters of a media type change nothing, but for its quality', async t => {
  t.equal(choose('application/json; charset=utf-8'), 'json')
  t.equal(choose('application/json;odata=verbose'), 'json')
  t.equal(choose('text/csv; header=present; q=0.9, application/json; charset="utf-8"; q=0.1'), 'csv')
  t.equal(choose('text/csv;q=0.2;x="a,b", application/json;q=0.1'), 'csv')
})

t.test('a format that is named wins over Accept', async t => {
  t.equal(choose('text/csv', 'parquet'), 'parquet')
  t.equal(choose('image/png', 'json'), 'json')
})

t.test('what is not offered is refused, with what is', async t => {
  for (const accept of ['image/png', 'text/html', 'application/json;q=0', 'nonsense', '*/*;q=0']) t.throws(() => choose(accept), { code: 'OSH_NOT_ACCEPTABLE', extensions: { offered: ['application/json', 'application/x-ndjson', 'text/csv', 'application/geo+json', 'application/vnd.apache.parquet'] } }, accept)
  t.throws(() => chooseFormat(undefined, 'application/geo+json', tableFormats), { code: 'OSH_NOT_ACCEPTABLE' })
})
