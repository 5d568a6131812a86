import type { Service } from './service.js'

/** What `/metrics` tells, by name with labels, for instance `osh_answers_total{cache="hit"}`. */
export async function readMetrics ({ get }: Pick<Service, 'get'>): Promise<Map<string, number>> {
  const { text } = await get('/metrics')
  const samples = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(samples.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]))
}
