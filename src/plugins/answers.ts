import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { negotiate } from '@fastify/accept-negotiator'
import type { FastifyInstance, FastifyReply, FastifyRequest, preParsingHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { LRUCache } from 'lru-cache'
import { AnswerCache, encodings, type Answer, type Encoding, type ReadyAnswer } from '../answers.js'
import { retryAfterSeconds } from '../duckdb/database.js'
import type { Relation } from '../duckdb/relation.js'
import { isIndifferent } from '../formats/negotiate.js'
import type { Lease } from '../snapshots/loaded.js'
import { tenths } from './access-log.js'
import { encodedTag, findKnownTag } from './caching.js'
import { Question, snapshotOrigin, type Basis, type Origin, type Settled } from './questions.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** How its answer came about, for the log and the metrics. */
    served: Served | null
  }
  interface FastifyInstance {
    answers: AnswerCache
    /** What the options of a route that uses {@link answerFrom} begin with: a hook that gives again at once what was asked before in the same words, and refuses anything else while the queue is full. */
    answered: { preParsing: preParsingHookHandler, compress: false }
    /**
     * Answers from the snapshot that the request asks for by its parameter, or from another origin. `work` makes the answer; it is not called
     * where the client or the cache has it already. `settled`: parameters that are not as the URL has them.
     */
    answerFrom (request: FastifyRequest, reply: FastifyReply, asked: Origin | string | undefined, work: (view: View) => Promise<Answer>, settled?: Settled): Promise<FastifyReply>
  }
}

export interface Served {
  cache: 'hit' | 'miss' | 'revalidated'
  rows: number
  /** Time that its making took, with waiting for the engine. */
  queryMs: number
}

/** What a route answers from: one snapshot, held until the answer is made. */
export interface View extends Basis {
  relation: Relation
  path: string
  parameters: Question['parameters']
}

export interface AnswersOptions {
  /** Memory for answers that were given lately. */
  limitBytes: number
}

// What was asked lately, in the words of its request; longer ones are read anew each time.
const requestsKept = 5000
const longestRequestKept = 1024
// What a refusal tells to wait; a client that does not, waits so long for its next one.
const retryMs = retryAfterSeconds * 1000

/** Gives answers that stay: a function of snapshot, route, parameters and encoding alone. */
export default fp(async function answersPlugin (app: FastifyInstance, { limitBytes }: AnswersOptions) {
  const answers = new AnswerCache(limitBytes)
  const questions = new LRUCache<string, Question>({ max: requestsKept })
  const refusedAt = new WeakMap<Socket, number>()

  /** Sends what needs no work; false where it does. */
  const answerKnown = (request: FastifyRequest, reply: FastifyReply, basis: Basis): boolean => {
    const known = findKnownTag(request, basis.tag)
    if (known !== undefined) {
      request.served = { cache: 'revalidated', rows: 0, queryMs: 0 }
      reply.code(304).headers(basis.headers).header('etag', known).send()
      return true
    }
    const answer = answers.find(basis.tag)
    if (answer === undefined) return false
    const encoding = choose(request, answer)
    const bytes = answer.encode(encoding)
    if (bytes instanceof Promise) return false
    request.served = { cache: 'hit', rows: answer.rows, queryMs: 0 }
    send(reply, basis, answer, encoding, bytes)
    return true
  }

  app.decorate('answers', answers)
  app.decorateRequest('served', null)

  const answerAgain: preParsingHookHandler = (request, reply, _payload, done) => {
    const question = questions.get(wordsOf(request))
    const stored = question?.origin.peek()
    if (question !== undefined && stored !== undefined && answerKnown(request, reply, question.on(stored))) return
    // A refusal costs least before the request is looked at any further.
    assertRoom(request).then(() => done(), done)
  }

  const assertRoom = async ({ raw: { socket } }: FastifyRequest) => {
    if (!app.database.isFull) return
    // Who is refused and asks again at once would, with others like that, keep the event loop from everything else.
    if (performance.now() - (refusedAt.get(socket) ?? -Infinity) < retryMs) await delay(retryMs)
    refusedAt.set(socket, performance.now())
    app.database.assertRoom()
  }

  // The limits of requests, which are `onRequest` hooks, come first.
  app.decorate('answered', { preParsing: answerAgain, compress: false })

  app.decorate('answerFrom', async (request: FastifyRequest, reply: FastifyReply, asked: Origin | string | undefined, work: (view: View) => Promise<Answer>, settled?: Settled) => {
    const question = new Question(request, toOrigin(app, asked), settled)
    const words = wordsOf(request)
    if (words.length <= longestRequestKept) questions.set(words, question)
    const stored = question.origin.peek()
    if (stored !== undefined && answerKnown(request, reply, question.on(stored))) return reply

    const lease = await question.origin.acquire()
    try {
      const basis = question.on(lease.stored)
      const startedAt = performance.now()
      const answer = await answers.obtain(basis.tag, () => work(toView(question, lease)))
      const encoding = choose(request, answer)
      request.served = { cache: 'miss', rows: answer.rows, queryMs: tenths(performance.now() - startedAt) }
      return send(reply, basis, answer, encoding, await answer.encode(encoding))
    } finally {
      lease.release()
    }
  })
}, { name: 'answers', dependencies: ['services'] })

/** What the request asks, where it names a snapshot. */
export function toOrigin ({ catalog }: FastifyInstance, asked: Origin | string | undefined): Origin {
  return typeof asked === 'object' ? asked : snapshotOrigin(catalog, asked)
}

/** What decides the question: the URL, and what is accepted where that may be another format than the usual. */
function wordsOf ({ url, headers: { accept } }: FastifyRequest): string {
  return isIndifferent(accept) ? url : `${accept} ${url}`
}

/** A question with the snapshot to answer it from. */
export function toView (question: Question, { stored, relation }: Lease): View {
  return { ...question.on(stored), relation, path: question.path, parameters: question.parameters }
}

function send (reply: FastifyReply, basis: Basis, answer: ReadyAnswer, encoding: Encoding, bytes: Buffer): FastifyReply {
  reply.headers(basis.headers).headers(answer.headers)
  if (encoding !== 'identity') reply.header('content-encoding', encoding).header('etag', encodedTag(basis.tag, encoding))
  return reply.send(bytes)
}

/** The encoding that the client prefers of those that the answer comes in. */
function choose (request: FastifyRequest, answer: ReadyAnswer): Encoding {
  return answer.choose(preferredEncoding(request))
}

/** The encoding that the client prefers. */
export function preferredEncoding ({ headers }: FastifyRequest): Encoding {
  const accepted = headers['accept-encoding']
  const preferred = accepted === undefined ? null : negotiate(accepted, [...encodings])
  return encodings.find(encoding => encoding === preferred) ?? 'identity'
}
