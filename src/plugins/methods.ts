import { METHODS } from 'node:http'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { OshError } from '../errors.js'

// OPTIONS is answered for browsers, and CONNECT is no method of a resource.
const isRefusable = (method: string) => method !== 'OPTIONS' && method !== 'CONNECT'

/** Answers 405 with `Allow`, instead of 404, where a route exists but not with that method. */
export default fp(async function methodsPlugin (app: FastifyInstance) {
  for (const method of METHODS) if (isRefusable(method) && !app.supportedMethods.includes(method)) app.addHttpMethod(method)
  const methods = app.supportedMethods.filter(isRefusable)
  const urls = new Set<string>()
  // To ask the router for each of three dozen methods at each URL would take a good part of the start.
  const used = new Set<string>()
  app.addHook('onRoute', ({ url, method }) => {
    urls.add(url)
    for (const one of [method].flat()) used.add(one)
  })
  app.decorate('refuseOtherMethods', () => {
    for (const url of [...urls].filter(url => !url.includes('*'))) {
      const own = [...used].filter(method => app.hasRoute({ url, method }))
      const allow = methods.filter(method => own.includes(method)).join(', ')
      const other = methods.filter(method => !own.includes(method))
      if (other.length === 0) continue
      app.route({
        url,
        method: other,
        schema: { hide: true },
        onRequest: async (request, reply) => {
          reply.header('allow', allow)
          throw new OshError('OSH_METHOD_NOT_ALLOWED', `${url} takes ${allow}, not ${request.method}.`)
        },
        handler: async () => undefined,
      })
    }
  })
}, { name: 'methods' })

declare module 'fastify' {
  interface FastifyInstance {
    /** Call once all routes are registered. */
    refuseOtherMethods (): void
  }
}
