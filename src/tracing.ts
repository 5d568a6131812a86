import { setTimeout as delay } from 'node:timers/promises'
import { FastifyOtelInstrumentation } from '@fastify/otel'
import { SpanKind } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-node'
import type { FastifyPluginCallback } from 'fastify'
import { version } from './version.js'

export interface Tracing {
  /** Makes a span of each request; to be registered before all that it is to see. */
  plugin: FastifyPluginCallback
  /** Sends what is not sent yet, where the collector takes it soon. */
  stop (): Promise<void>
}

// A collector out of reach must not hold up the end of the process.
const stopMs = 1000

/** Sends requests alone, without what was asked: an error's message quotes parameters, which may hold names of people. */
class DiscreetProcessor extends BatchSpanProcessor {
  override onEnd (span: ReadableSpan): void {
    if (span.kind !== SpanKind.SERVER) return
    delete span.status.message
    super.onEnd(span)
  }
}

/** Traces requests to the collector at that address (OTLP over HTTP); further variables of OpenTelemetry are heeded. */
export function startTracing (endpoint: string): Tracing {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` })
  const resource = resourceFromAttributes({ 'service.name': 'osh-api', 'service.version': version }).merge(detectResources({ detectors: [envDetector] }))
  const provider = new NodeTracerProvider({ resource, spanProcessors: [new DiscreetProcessor(exporter)] })
  provider.register()
  const instrumentation = new FastifyOtelInstrumentation({
    // One span a request, since those of its hooks say nothing that the log does not.
    instrumentHooks: false,
    instrumentHandler: false,
    recordExceptions: false,
    requestHook: (span, { method, routeOptions }) => {
      const route = routeOptions.url ?? 'none'
      span.updateName(`${method} ${route}`)
      span.setAttribute('url.path', route)
    },
  })
  instrumentation.setTracerProvider(provider)
  return { plugin: instrumentation.plugin(), stop: () => Promise.race([provider.shutdown(), delay(stopMs, undefined, { ref: false })]) }
}
