import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { formatTop, readCpuProfiles } from '../../bench/cpu-profile.js'
import { makeFolder } from '../helpers/service.js'

const node = (id: number, functionName: string, url = '') => ({ id, callFrame: { functionName, url, lineNumber: 9 } })

t.test('the profiles of all threads are summed up by package and by function, without idle time', async t => {
  const folder = await makeFolder(t)
  const nodes = [
    node(1, '(idle)'),
    node(2, 'send', 'file:///srv/node_modules/@scope/name/lib/reply.js'),
    node(3, 'answer', 'file:///srv/dist/src/app.js'),
    node(4, '(garbage collector)'),
    node(5, 'writev'),
  ]
  await writeFile(join(folder, 'a.cpuprofile'), JSON.stringify({ nodes, samples: [1, 2, 3, 2], timeDeltas: [9000, 1000, 2000, 3000] }))
  await writeFile(join(folder, 'b.cpuprofile'), JSON.stringify({ nodes, samples: [4, 5], timeDeltas: [500, 1500] }))
  const { byGroup, byFunction } = await readCpuProfiles(folder)
  t.same([...byGroup], [['@scope/name', 4], ['src/app.js', 2], ['(garbage collector)', 0.5], ['(native)', 1.5]])
  t.equal(byFunction.get('send  @scope/name reply.js:10'), 4)
  t.equal(formatTop(byGroup, 1), '  50.0 %       4 ms  @scope/name')
})
