import t from 'tap'
import { disposition } from '../../src/formats/file-name.js'

const nameOf = (parameters: [string, string][], path = '/smallholders') => /^attachment; filename="([^"]*)"$/.exec(disposition(path, '2026-11-23', parameters, 'csv'))?.[1]

t.test('a file is named by what is in it: where from, which day, which filter', async t => {
  t.equal(nameOf([]), 'smallholders_2026-11-23.csv')
  t.equal(nameOf([['cert_status', 'EXPIRED'], ['state', '1,6']]), 'smallholders_2026-11-23_cert_status-EXPIRED_state-1-6.csv')
  t.equal(nameOf([['by', 'scheme']], '/aggregates'), 'aggregates_2026-11-23_by-scheme.csv')
  t.equal(nameOf([], '/aggregates/states'), 'aggregates-states_2026-11-23.csv')
  t.equal(nameOf([['page', '3'], ['pageSize', '100']]), 'smallholders_2026-11-23_page-3.csv')
})

t.test('how the rows are shown is no part of the name', async t => {
  t.equal(nameOf([['format', 'csv'], ['bom', 'true'], ['fields', 'name'], ['sort', '-name'], ['snapshot', '20261123.x']]), 'smallholders_2026-11-23.csv')
})

t.test('nothing that a client writes gets into the header but letters, digits, dots, dashes and underscores', async t => {
  for (const value of ['"; filename=evil.exe', '../../etc/passwd', 'a\r\nSet-Cookie: x=1', 'c:\\con', '陳美玲', '\u202egnp.exe', 'x'.repeat(5000), 'é"\'`$(rm)']) {
    t.match(nameOf([['q', value]]), /^smallholders_2026-11-23_q[A-Za-z0-9_.-]*\.csv$/, JSON.stringify(value.slice(0, 30)))
    t.ok((nameOf([['q', value]]) ?? '').length <= 160)
  }
  t.equal(nameOf([['name__icontains', 'José  Ñandú']]), 'smallholders_2026-11-23_name__icontains-Jose-Nandu.csv')
})
