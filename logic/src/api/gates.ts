import { BUCKETS, LIMITS } from '@longwire/proto'
import type { Counter, Metrics } from '@longwire/kit'
import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Answer } from '../dispatcher/answers.ts'
import type { Dispatcher } from '../dispatcher/dispatcher.ts'
import { TRANSPORTS, type TransportName } from '../dispatcher/ranking.ts'
import type { Detector } from '../presence/detector.ts'
import { invalid, Problem } from './problems.ts'
import { problems } from './schemas.ts'

export interface GateParts {
  readonly dispatcher: Dispatcher
  readonly metrics: Metrics
  /** For those who ask with an API key; undefined: this process knows no keys. */
  readonly detector?: Detector | undefined
}

const CLOSED = { additionalProperties: false } as const

const QUERY = Type.Object(
  {
    appcode: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: LIMITS.appcodeMax,
        description: 'Gates for this end platform',
      }),
    ),
    transport: Type.Optional(
      Type.Unsafe<TransportName>({
        type: 'string',
        enum: [...TRANSPORTS],
        description: 'Only addresses of this kind',
      }),
    ),
    net: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: 'The network of the client, such as its ISP; left out: as its address says',
      }),
    ),
    bucket: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: BUCKETS - 1,
        description:
          'Of the uid (PROTOCOL.md, section 16): while a new version comes to some users first, it says to whom',
      }),
    ),
    agent: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: 'Name and version of the client, as in LOGIN, for the same',
      }),
    ),
    names: Type.Optional(
      Type.Unsafe<'true' | 'false'>({
        type: 'string',
        enum: ['true', 'false'],
        description: 'true: host names where gates have them, as browsers need for TLS',
      }),
    ),
  },
  CLOSED,
)
type Query = Static<typeof QUERY>

const ADDRESS = Type.Object(
  {
    url: Type.String({
      description: '`#name` behind an IP says for whom the certificate is',
      examples: ['tls://203.0.113.7:7001#push.example.com'],
    }),
    net: Type.Optional(Type.String({ description: 'The network it lies in' })),
    probe: Type.Optional(
      Type.Integer({ description: 'TCP port of the same host that answers probes without TLS' }),
    ),
  },
  CLOSED,
)

const LIST = Type.Object(
  {
    at: Type.Integer({ description: 'When the list was made, ms since 1970' }),
    ttlSeconds: Type.Integer({ description: 'How long it may be used without asking again' }),
    net: Type.Optional(Type.String({ description: 'The network the list is for' })),
    gates: Type.Array(
      Type.Object(
        {
          url: ADDRESS.properties.url,
          load: Type.Number({ description: 'Share of its capacity that is taken' }),
          probe: ADDRESS.properties.probe,
        },
        CLOSED,
      ),
      { description: 'Least loaded first; those of other networks last' },
    ),
  },
  CLOSED,
)

const LIVE = Type.Object(
  {
    gates: Type.Array(
      Type.Object(
        {
          id: Type.String({ description: 'name@incarnation, as routes and events say it' }),
          name: Type.String(),
          incarnation: Type.String({ description: 'Changes with every start' }),
          address: Type.String({ description: 'Where it listens' }),
          listed: Type.Boolean({
            description: 'false: only heard on its trunk link, the registry does not have it',
          }),
          version: Type.Optional(Type.String({ description: 'Of the program it runs' })),
          sessions: Type.Optional(Type.Integer({ description: 'Connections that are logged in' })),
          since: Type.Optional(Type.String({ format: 'date-time' })),
          connections: Type.Optional(Type.Integer({ description: 'Logged in or not' })),
          capacity: Type.Optional(Type.Integer({ description: 'Connections it is meant to hold' })),
          addresses: Type.Array(ADDRESS, { description: 'Where clients connect' }),
        },
        CLOSED,
      ),
    ),
  },
  CLOSED,
)

/** Who asks with a key is told more. */
const OPEN_OR_SECURED = [{}, { apiKey: [] }]
const SIGNED_TYPE = 'application/jose'

export const addGateRoutes = (app: FastifyInstance, parts: GateParts): void => {
  const { dispatcher, detector } = parts
  const answers = parts.metrics.counters(
    'longwire_dispatcher_answers_total',
    'Questions for the list of gates, by what became of them',
    { name: 'result', values: ['sent', 'unchanged', 'limited', 'refused'] },
  )
  const schema = {
    operationId: 'listGates',
    summary: 'Find a gate to connect to',
    description:
      'Without a key: the addresses of gates that take connections, as a list or, asked for by ' +
      `"Accept: ${SIGNED_TYPE}" where lists are signed, as a compact JWS of it. With a key: every gate that lives, and how it is.`,
    security: detector === undefined ? [] : OPEN_OR_SECURED,
    querystring: QUERY,
    response: {
      200: {
        description: 'Gates',
        content: {
          'application/json': { schema: detector === undefined ? LIST : Type.Union([LIST, LIVE]) },
          [SIGNED_TYPE]: { schema: Type.String() },
        },
      },
      304: { description: 'The list is still the one of If-None-Match', type: 'null' },
      ...problems(
        ...(detector === undefined ? [] : (['UNAUTHORIZED'] as const)),
        'UNKNOWN_APPCODE',
        'INVALID',
        'TOO_MANY_REQUESTS',
        'INTERNAL',
        'NOT_READY',
      ),
    },
  }
  app.get<{ Querystring: Query }>('/v1/gates', { schema }, async (request, reply) => {
    if (detector !== undefined && request.headers.authorization !== undefined)
      return reply.header('cache-control', 'no-store').send(liveGates(detector))
    const waitMs = await dispatcher.waitOf(request.ip)
    if (waitMs > 0) {
      answers('limited').add()
      throw new Problem('TOO_MANY_REQUESTS', undefined, [], waitMs)
    }
    return sendList(request, reply, { dispatcher, answers })
  })
}

const sendList = (
  request: FastifyRequest<{ Querystring: Query }>,
  reply: FastifyReply,
  parts: {
    readonly dispatcher: Dispatcher
    readonly answers: (result: 'sent' | 'unchanged' | 'refused') => Counter
  },
): FastifyReply => {
  const { dispatcher, answers } = parts
  // Any page may ask; there is nothing in it that is not for everybody.
  void reply.header('access-control-allow-origin', '*').header('vary', 'accept, authorization')
  let found: Answer
  try {
    found = answerTo(dispatcher, request)
  } catch (error) {
    answers('refused').add()
    throw error
  }
  const { maxAgeSeconds } = dispatcher.options
  // An answer that follows the address of who asks is not for the next one.
  const whose =
    dispatcher.nets.names.size > 0 && request.query.net === undefined ? 'private' : 'public'
  void reply.header('cache-control', `${whose}, max-age=${maxAgeSeconds}`)
  const signed = request.headers.accept?.includes(SIGNED_TYPE) === true ? found.signed : undefined
  const etag = signed === undefined ? found.etag : `${found.etag.slice(0, -1)}.jws"`
  void reply.header('etag', etag)
  if (request.headers['if-none-match']?.includes(etag) === true) {
    answers('unchanged').add()
    return reply.code(304).send()
  }
  answers('sent').add()
  return reply
    .type(signed === undefined ? 'application/json; charset=utf-8' : SIGNED_TYPE)
    .send(signed ?? found.body)
}

const answerTo = (
  dispatcher: Dispatcher,
  { query, ip }: FastifyRequest<{ Querystring: Query }>,
): Answer => {
  const { appcode, transport, net, names, bucket, agent } = query
  if (appcode !== undefined && !dispatcher.options.appcodes.includes(appcode))
    throw new Problem('UNKNOWN_APPCODE')
  if (net !== undefined && !dispatcher.nets.names.has(net)) {
    const known = [...dispatcher.nets.names].join(', ')
    const remedy = known === '' ? 'leave it out: dispatcher.nets is empty' : `use one of ${known}`
    throw invalid('querystring/net', 'names no network of the configuration', remedy)
  }
  const wish = {
    appcode,
    transport,
    net: net ?? dispatcher.nets.of(ip),
    names: names === 'true',
  }
  const found = dispatcher.answer(wish, { bucket, agent })
  if (found === undefined)
    throw new Problem('NOT_READY', 'no list has been made yet; the registry has not answered')
  return found
}

const liveGates = (detector: Detector): Static<typeof LIVE> => {
  const gates = detector.gates().map(({ id, node, listed }) => {
    const { name, incarnation, address, vitals, load, reach, version } = node
    const known =
      vitals === undefined
        ? {}
        : { sessions: vitals.sessions, since: new Date(vitals.since).toISOString() }
    const fill = load === undefined ? {} : { connections: load.conns, capacity: load.capacity }
    const addresses = (reach?.addresses ?? []).map(({ url, net, probe }) => ({
      url,
      ...(net === undefined ? {} : { net }),
      ...(probe === undefined ? {} : { probe }),
    }))
    const runs = version === undefined ? {} : { version }
    return { id, name, incarnation, address, listed, ...runs, ...known, ...fill, addresses }
  })
  return { gates: gates.sort((a, b) => (a.id < b.id ? -1 : 1)) }
}
