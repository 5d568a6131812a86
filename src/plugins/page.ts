import { access } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { negotiate } from '@fastify/accept-negotiator'
import helmet from '@fastify/helmet'
import serveStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { OshError } from '../errors.js'
import { packageFolder } from '../version.js'
import { securityHeaders } from './answer-headers.js'

export interface PageOptions {
  /** Where `npm run build` puts the page. */
  folder?: string
}

/** What a browser may do with the page: load and call this service, nothing else. */
const pagePolicy = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ['\'none\''],
      scriptSrc: ['\'self\''],
      styleSrc: ['\'self\''],
      connectSrc: ['\'self\''],
      // MapLibre works out the map's tiles in a worker, which is a file of the page's own and evaluates nothing.
      workerSrc: ['\'self\''],
      // MapLibre has the icons of its buttons in its style sheet.
      imgSrc: ['\'self\'', 'data:'],
      baseUri: ['\'none\''],
      formAction: ['\'none\''],
      frameAncestors: ['\'none\''],
    },
  },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  // Whoever terminates TLS decides for the whole host.
  strictTransportSecurity: false,
} as const

/** Serves the page at the root: a browser gets the explorer, a program that asks for JSON the OpenAPI document. */
export default fp(async function pagePlugin (app: FastifyInstance, { folder = fileURLToPath(new URL('dist/web/', packageFolder)) }: PageOptions) {
  const isBuilt = await access(`${folder}/index.html`).then(() => true, () => false)
  // In a context of its own, since only what shows HTML needs this policy.
  await app.register(async page => {
    page.addHook('onRequest', async (_request, reply) => {
      Object.keys(securityHeaders).forEach(name => reply.removeHeader(name))
      reply.header('vary', 'Accept, Accept-Encoding')
    })
    await page.register(helmet, pagePolicy)
    // Their names change with their content.
    if (isBuilt) await page.register(serveStatic, { root: `${folder}/assets`, prefix: '/assets/', preCompressed: true, immutable: true, maxAge: '1y' })
    page.get('/', { schema: { hide: true } }, async (request, reply) => {
      if (negotiate(request.headers.accept ?? '*/*', ['text/html', 'application/json']) === 'application/json') return await reply.redirect('/openapi.json')
      if (!isBuilt) throw new OshError('OSH_ROUTE_NOT_FOUND', 'The page is not built; npm run build makes it. Every route is at /docs.')
      return await reply.header('cache-control', 'no-cache').sendFile('index.html', folder, { cacheControl: false })
    })
  })
}, { name: 'page', dependencies: ['answer-headers', 'problems'] })
