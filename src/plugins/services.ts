import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Services } from '../services.js'

declare module 'fastify' {
  interface FastifyInstance extends Pick<Services, 'catalog' | 'database' | 'history' | 'reader' | 'runs' | 'scratch'> {
    serviceVersion: string
  }
}

/** Gives routes what they answer from. */
export default fp(async function servicesPlugin (app: FastifyInstance, { catalog, database, history, reader, runs, scratch, version }: Services) {
  app.decorate('catalog', catalog)
  app.decorate('database', database)
  app.decorate('history', history)
  app.decorate('reader', reader)
  app.decorate('runs', runs)
  app.decorate('scratch', scratch)
  app.decorate('serviceVersion', version)
}, { name: 'services' })
