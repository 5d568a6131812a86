import { createConfig, lintFromString } from '@redocly/openapi-core'
import t from 'tap'
import { startService } from '../helpers/service.js'

interface Parameter { name: string, in: string, required?: boolean, description?: string, example?: unknown, schema: Record<string, unknown> }
interface Operation { operationId?: string, summary?: string, tags?: string[], parameters?: Parameter[], responses: Record<string, unknown> }
interface Document { openapi: string, tags: { name: string }[], paths: Record<string, Record<string, Operation>> }

const fetchDocument = async (): Promise<string> => {
  let source = ''
  await t.test('the document is at /openapi.json, Swagger UI at /docs', async t => {
    const service = await startService(t)
    source = (await service.get('/openapi.json')).text
    t.match((await service.get('/docs/')).text, /osh-api/)
  })
  return source
}

const source = await fetchDocument()
const document: Document = JSON.parse(source)
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })))

t.test('the OpenAPI 3.1 document passes a public linter without errors or warnings', async t => {
  const config = await createConfig({ extends: ['recommended'] })
  const faults = await lintFromString({ source, config })
  t.strictSame(faults.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]), [])
  t.match(document.openapi, /^3\.1\./)
})

t.test('the document has every route of the service', async t => {
  const names = operations.map(({ name }) => name)
  for (const name of ['GET /smallholders', 'GET /smallholders/{id}', 'GET /aggregates', 'GET /aggregates/states', 'GET /aggregates/schemes', 'GET /states', 'GET /schemes',
    'GET /snapshots', 'GET /snapshots/{date}', 'GET /snapshots/{date}/all-smallholder.parquet', 'GET /api/osh/all-smallholder', 'POST /ingest', 'GET /ingest/runs', 'GET /ingest/runs/{runId}', 'GET /health', 'GET /ready']) {
    t.ok(names.includes(name), name)
  }
})

t.test('each route has a summary, a known group and documented errors', async t => {
  const groups = document.tags.map(({ name }) => name)
  for (const { name, operation } of operations) {
    t.ok(operation.summary, `${name} has a summary`)
    t.ok(operation.tags?.every(tag => groups.includes(tag)), `${name} is in a known group`)
    t.ok(Object.keys(operation.responses).some(status => status.startsWith('4')), `${name} documents its errors`)
  }
})

t.test('each parameter has a description, an example and limits', async t => {
  for (const { name, operation } of operations) {
    for (const parameter of operation.parameters ?? []) {
      const what = `${parameter.name} of ${name}`
      const { schema } = parameter
      t.ok(parameter.description, `${what} has a description`)
      t.ok(parameter.example !== undefined || Array.isArray(schema['examples']) || schema['default'] !== undefined, `${what} has an example or a default`)
      t.ok(['maxLength', 'maximum', 'enum', 'anyOf'].some(limit => limit in schema) || schema['type'] === 'boolean', `${what} has limits`)
    }
  }
})

t.test('every query parameter is optional, and none has an example that Swagger UI would fill in', async t => {
  for (const { name, operation } of operations) {
    for (const parameter of (operation.parameters ?? []).filter(candidate => candidate.in === 'query')) {
      t.not(parameter.required, true, `${parameter.name} of ${name}`)
      t.equal(parameter.example, undefined, `${parameter.name} of ${name}`)
    }
  }
})
