import type { Metrics, Readiness } from '@longwire/kit'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Apps } from '../login/apps.ts'
import { Problem, problemBody } from './problems.ts'
import {
  DEV_TOKEN,
  DEV_TOKEN_RESULT,
  HEALTH,
  READY,
  answer,
  problems,
  type DevToken,
  type DevTokenBody,
} from './schemas.ts'

export interface OperationParts {
  readonly metrics: Metrics
  readonly apps: Apps
  /** Never rejects. */
  readonly readiness: () => Promise<Readiness>
  readonly page: { readonly html: string; readonly sdk: string } | undefined
  readonly devToken: ((uid: string, appcode: number) => Promise<DevToken>) | undefined
}

const LOOPBACK = /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/
const LOCAL_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i

export const addOperationRoutes = (app: FastifyInstance, parts: OperationParts): void => {
  addHealth(app, parts)
  addMetrics(app, parts)
  addPage(app, parts)
  addDevToken(app, parts)
}

/** `/healthz` and `/readyz`. */
export const addHealth = (
  app: FastifyInstance,
  { readiness }: Pick<OperationParts, 'readiness'>,
): void => {
  const health = {
    operationId: 'health',
    summary: 'Whether the process runs',
    response: answer(HEALTH, 'It does'),
  }
  app.get('/healthz', { schema: health }, async () => ({ status: 'ok' }))
  const notReady = Type.Object(
    { code: Type.String(), ...READY.properties },
    { additionalProperties: true },
  )
  const ready = {
    operationId: 'ready',
    summary: 'Whether the node can serve',
    response: {
      ...answer(READY, 'It can'),
      503: {
        description: 'NOT_READY: the causes say why',
        content: { 'application/problem+json': { schema: notReady } },
      },
    },
  }
  app.get('/readyz', { schema: ready }, async (_request, reply) => {
    const found = await readiness()
    if (found.ready) return found
    const detail = found.causes.map(({ part, problem }) => `${part}: ${problem}`).join('; ')
    const body = { ...problemBody(new Problem('NOT_READY', detail)), ...found }
    return reply
      .code(503)
      .type('application/problem+json')
      .header('retry-after', 1)
      .send(Buffer.from(JSON.stringify(body)))
  })
}

/** `/metrics`. */
export const addMetrics = (
  app: FastifyInstance,
  { metrics }: Pick<OperationParts, 'metrics'>,
): void => {
  const schema = {
    operationId: 'metrics',
    summary: 'Numbers of this process for Prometheus',
    response: {
      200: {
        description: 'Text format 0.0.4',
        content: { 'text/plain': { schema: Type.String() } },
      },
    },
  }
  app.get('/metrics', { schema }, async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics.text()),
  )
}

const addPage = (app: FastifyInstance, { page }: OperationParts): void => {
  if (page === undefined) return
  app.get('/', { schema: { hide: true } }, async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('x-content-type-options', 'nosniff')
      .send(page.html),
  )
  app.get('/sdk.js', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').header('cache-control', 'no-cache').send(page.sdk),
  )
}

const addDevToken = (app: FastifyInstance, { apps, devToken }: OperationParts): void => {
  if (devToken === undefined) return
  const schema = {
    operationId: 'devToken',
    summary: 'A token for trying things out; only from this machine, never in production',
    body: DEV_TOKEN,
    response: {
      ...answer(DEV_TOKEN_RESULT, 'A token for LOGIN'),
      ...problems(
        'BAD_JSON',
        'FORBIDDEN',
        'UNKNOWN_APPCODE',
        'BODY_TOO_LARGE',
        'UNSUPPORTED_MEDIA_TYPE',
        'INVALID',
        'INTERNAL',
      ),
    },
  }
  const onRequest = async (request: FastifyRequest): Promise<void> => refuseStrangers(request)
  app.post<{ Body: DevTokenBody }>('/dev/token', { schema, onRequest }, async ({ body }) => {
    if (apps.get(body.appcode) === undefined) throw new Problem('UNKNOWN_APPCODE')
    return devToken(body.uid, body.appcode)
  })
}

/** The Host is looked at too: a page that points its own name at 127.0.0.1 is a stranger. */
const refuseStrangers = ({ socket, headers }: FastifyRequest): void => {
  const local = LOOPBACK.test(socket.remoteAddress ?? '') && LOCAL_HOST.test(headers.host ?? '')
  if (!local || headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined) {
    throw new Problem(
      'FORBIDDEN',
      'development tokens are only for this machine; ask by http://localhost',
    )
  }
}
