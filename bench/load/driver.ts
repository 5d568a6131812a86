import { Agent, get } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import autocannon from 'autocannon'
import { doJobs } from '../helper.js'
import { openQuestions, type Questions } from './questions.js'
import { Tally, type LoadResult } from './tally.js'

/** What to ask, and how. */
export interface LoadJob {
  origin: string
  seconds: number
  /** One path again and again, or a stream of new ones. */
  ask: string | Questions
  headers?: Record<string, string>
  /** Connections that each ask again as soon as they are answered; or … */
  connections?: number
  /** … so many requests a second, evenly, however long an answer takes. */
  perSecond?: number
}

await doJobs<LoadJob, LoadResult>(job => job.perSecond === undefined ? flood(job) : pace(job, job.perSecond))

async function flood ({ origin, seconds, ask, headers = {}, connections = 10 }: LoadJob): Promise<LoadResult> {
  const request = typeof ask === 'string' ? { path: ask } : { setupRequest: setPath(openQuestions(ask)) }
  const tally = new Tally()
  return await new Promise((resolve, reject) => {
    const run = autocannon({ url: origin, connections, duration: seconds, headers, requests: [request] }, (error, result) => {
      if (error === null || error === undefined) resolve(tally.close(result.errors))
      else reject(error)
    })
    run.on('start', () => tally.start())
    run.on('response', (_client, status, _bytes, ms) => tally.add(status, ms))
  })
}

function setPath (next: () => string): (request: autocannon.Request) => autocannon.Request {
  return request => ({ ...request, path: next() })
}

/** Unlike autocannon's own rates, which send a second's requests in one burst. */
async function pace ({ origin, seconds, ask, headers = {} }: LoadJob, perSecond: number): Promise<LoadResult> {
  const next = typeof ask === 'string' ? () => ask : openQuestions(ask)
  const agent = new Agent({ keepAlive: true })
  const tally = new Tally()
  const startedAt = performance.now()
  const answers: Promise<number>[] = []
  for (let sent = 0; sent < seconds * perSecond; sent++) {
    const dueInMs = startedAt + sent * 1000 / perSecond - performance.now()
    if (dueInMs > 0) await wait(dueInMs)
    answers.push(askOnce(new URL(next(), origin), { agent, headers }, tally))
  }
  const errors = (await Promise.all(answers)).reduce((sum, failed) => sum + failed, 0)
  agent.destroy()
  return tally.close(errors)
}

/** 1 where no answer comes. */
async function askOnce (url: URL, options: { agent: Agent, headers: Record<string, string> }, tally: Tally): Promise<number> {
  const startedAt = performance.now()
  return await new Promise(resolve => {
    get(url, options, answer => {
      answer.on('error', () => resolve(1)).resume().once('end', () => {
        tally.add(answer.statusCode, performance.now() - startedAt)
        resolve(0)
      })
    }).once('error', () => resolve(1))
  })
}
