import swagger, { type FastifyDynamicSwaggerOptions as DynamicOptions } from '@fastify/swagger'
import type { Counter, Logger, Metrics } from '@longwire/kit'
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { failureOf } from './failures.ts'
import { Problem, problemBody } from './problems.ts'
import { PROBLEM_SCHEMA } from './schemas.ts'

export interface AppParts {
  readonly metrics: Metrics
  readonly logger: Logger
  /** Largest request body. */
  readonly bodyBytes: number
  /** CIDR blocks of proxies whose X-Forwarded-For is believed. */
  readonly forwarders?: readonly string[] | undefined
  /** It is going down. */
  readonly draining: () => boolean
}

export interface Api {
  /** `host:port`, port 0 picks a free one; resolves to the URL it listens at. */
  listen(address: string): Promise<string>
  close(): Promise<void>
}

const REQUEST_MS = 30_000

/** What every HTTP server of ours is: JSON in, JSON or a problem out, and `/openapi.json`. */
export const createApp = async (parts: AppParts): Promise<FastifyInstance> => {
  const counter = parts.metrics.counter(
    'longwire_http_problems_total',
    'Requests answered with a problem',
    ['code'],
  )
  const { forwarders = [] } = parts
  const app = fastify({
    logger: false,
    bodyLimit: parts.bodyBytes,
    requestTimeout: REQUEST_MS,
    routerOptions: { maxParamLength: 256 },
    forceCloseConnections: 'idle',
    trustProxy: forwarders.length === 0 ? false : [...forwarders],
    frameworkErrors: (error, _request, reply) => void send(reply, failureOf(error), counter),
    // Numbers stay numbers and unknown names are refused: nothing is quietly made to fit.
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        useDefaults: false,
        allErrors: true,
      },
    },
  })
  app.addSchema(PROBLEM_SCHEMA)
  const allowed = collectMethods(app)
  await app.register(swagger, {
    openapi: DOCUMENT,
    refResolver: { buildLocalReference: () => 'Problem' },
  })
  // Who keeps its connection would send its next request into the closing one.
  app.addHook('onSend', async (_request, reply) => {
    if (parts.draining()) void reply.header('connection', 'close')
  })
  app.addHook('preValidation', async request => readNumbers(request))
  app.setErrorHandler((error, _request, reply) => {
    const problem = failureOf(error)
    if (problem.code === 'INTERNAL') parts.logger.error({ err: error }, 'a request failed')
    return send(reply, problem, counter)
  })
  app.setNotFoundHandler((request, reply) =>
    send(reply, notFound(request, reply, allowed), counter),
  )
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  return app
}

/** Opens it, once it has all its routes. */
export const openApp = async (app: FastifyInstance): Promise<Api> => {
  await app.ready()
  return {
    async listen(address) {
      const colon = address.lastIndexOf(':')
      const host = address.slice(0, colon).replace(/^\[|\]$/g, '')
      return app.listen({ host, port: Number(address.slice(colon + 1)) })
    },
    close: () => app.close(),
  }
}

const DOCUMENT: NonNullable<DynamicOptions['openapi']> = {
  openapi: '3.1.0',
  info: {
    title: 'Longwire',
    version: 'v1',
    description:
      'Hand messages to users. Every failure is an `application/problem+json` with a stable `code`.',
  },
  components: {
    securitySchemes: {
      apiKey: { type: 'http', scheme: 'bearer', description: 'The API key of a business' },
    },
  },
}

const send = (reply: FastifyReply, problem: Problem, counter: Counter): FastifyReply => {
  counter.add(1, { code: problem.code })
  if (problem.retryAfterMs > 0)
    void reply.header('retry-after', Math.ceil(problem.retryAfterMs / 1000))
  if (problem.code === 'UNAUTHORIZED') void reply.header('www-authenticate', 'Bearer')
  // Bytes, because this is the same for every route whatever its schemas say.
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .send(Buffer.from(JSON.stringify(problemBody(problem))))
}

const NUMBERS: ReadonlySet<string> = new Set([
  'appcode',
  'after',
  'before',
  'limit',
  'wait',
  'epoch',
  'msgtype',
  'bucket',
])

/** Paths and queries only know text: what the schemas call integers is made so here. */
const readNumbers = ({ params, query }: FastifyRequest): void => {
  for (const values of [params, query]) {
    if (typeof values !== 'object' || values === null) continue
    for (const [name, value] of Object.entries(values)) {
      if (NUMBERS.has(name) && typeof value === 'string' && /^\d{1,16}$/.test(value))
        Reflect.set(values, name, Number(value))
    }
  }
}

interface Resource {
  readonly pattern: RegExp
  readonly methods: Set<string>
}

/** What each path may be asked, to tell a wrong method from a wrong path. */
const collectMethods = (app: FastifyInstance): readonly Resource[] => {
  const resources = new Map<string, Resource>()
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = new RegExp(`^${url.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/]+')}$`)
    const resource = resources.get(url) ?? { pattern, methods: new Set() }
    for (const each of [method].flat()) resource.methods.add(each)
    resources.set(url, resource)
    list.splice(0, list.length, ...resources.values())
  })
  const list: Resource[] = []
  return list
}

const notFound = (
  request: FastifyRequest,
  reply: FastifyReply,
  resources: readonly Resource[],
): Problem => {
  const path = request.url.split('?', 1)[0]!
  const resource = resources.find(({ pattern }) => pattern.test(path))
  if (resource === undefined) return new Problem('NOT_FOUND')
  const methods = [...resource.methods].join(', ')
  void reply.header('allow', methods)
  return new Problem('METHOD_NOT_ALLOWED', `${request.method} is not known here; use ${methods}`)
}
