import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Apps } from '../login/apps.ts'
import type { GateHints, HintResult } from '../trunk/gate-hints.ts'
import { SECURED } from './messages.ts'
import { Problem, invalid } from './problems.ts'
import { operatorOf } from './revocations.ts'
import { answer, problems } from './schemas.ts'

export interface HintParts {
  readonly apps: Apps
  /** Whether a gate of this id lives. */
  readonly isLive: (gate: string) => boolean
  /** Has a gate tell its clients; undefined: it cannot be reached from here, or does not answer. */
  readonly hint: (gate: string, hints: GateHints, quiet: boolean) => Promise<HintResult | undefined>
}

const CLOSED = { additionalProperties: false } as const
const HOUR_MS = 3_600_000
const ms = (description: string, minimum = 0) =>
  Type.Optional(Type.Integer({ minimum, maximum: HOUR_MS, description }))

const WHAT = {
  pingStartMs: ms('Interval that clients begin with', 10_000),
  pingMaxMs: ms('Longest interval that clients may choose', 10_000),
  pingFloorMs: ms('Shortest interval that clients settle on', 10_000),
  ackTimeoutMs: ms('How long clients wait for the answer to a ping', 1_000),
  reconnectWindowMs: ms('Clients that lost their gate dial again within this time', 1),
}
const REQUEST = Type.Object(
  {
    ...WHAT,
    wake: Type.Optional(
      Type.Boolean({
        description:
          'false: each session is told when it pings, which wakes no device. Otherwise all are told soon, at the rate that the gate is configured with',
      }),
    ),
  },
  { ...CLOSED, examples: [{ pingMaxMs: 300_000 }, { reconnectWindowMs: 60_000, wake: false }] },
)
const ANSWER = Type.Object(
  {
    gate: Type.String({ description: 'name@incarnation' }),
    sessions: Type.Integer({ description: 'Sessions that it has' }),
    pingStartMs: Type.Integer(),
    pingMaxMs: Type.Integer({ description: 'At most 0.9 of the idle timeout of the ingress' }),
    pingFloorMs: Type.Integer(),
    ackTimeoutMs: Type.Integer({ description: '0: by the round trip' }),
    reconnectWindowMs: Type.Integer(),
  },
  CLOSED,
)
const PARAMS = Type.Object({ id: Type.String({ minLength: 1, description: 'name@incarnation' }) })

/** Changes what clients of a gate are told about heartbeats, while they are connected. */
export const addHintRoutes = (app: FastifyInstance, parts: HintParts): void => {
  const schema = {
    operationId: 'hintGate',
    summary: 'Change what clients of a gate are told about heartbeats and reconnecting',
    description:
      'New logins are told so at once, sessions by a HINT. What is left out stays. It holds until the gate starts again or gets SIGHUP: put it into the configuration to make it last. Sending it again is harmless.',
    security: SECURED,
    params: PARAMS,
    body: REQUEST,
    response: {
      ...answer(ANSWER, 'What holds now on this gate'),
      ...problems(
        'UNAUTHORIZED',
        'FORBIDDEN',
        'INVALID',
        'NOT_FOUND',
        'BAD_JSON',
        'BODY_TOO_LARGE',
        'UNSUPPORTED_MEDIA_TYPE',
        'INTERNAL',
        'UNAVAILABLE',
      ),
    },
  }
  app.post<{ Params: Static<typeof PARAMS>; Body: Static<typeof REQUEST> }>(
    '/v1/gates/:id/hints',
    { schema },
    async (request): Promise<Static<typeof ANSWER>> => {
      const { name, appcodes } = operatorOf(request)
      const all = parts.apps.systems().flatMap(system => [...parts.apps.ofSystem(system)])
      if (!all.every(appcode => appcodes.includes(appcode)))
        throw new Problem('FORBIDDEN', `the key of "${name}" is not for every appcode of the gates`)
      const { wake = true, ...wanted } = request.body
      if (Object.keys(wanted).length === 0)
        throw invalid(
          'body',
          'says nothing to be told',
          `send one of ${Object.keys(WHAT).join(', ')}`,
        )
      return hinted(parts, request.params.id, { wanted, wake })
    },
  )
}

const hinted = async (
  { isLive, hint }: HintParts,
  gate: string,
  { wanted, wake }: { wanted: Omit<Static<typeof REQUEST>, 'wake'>; wake: boolean },
): Promise<Static<typeof ANSWER>> => {
  const hints = {
    pingStart: wanted.pingStartMs ?? 0,
    pingMax: wanted.pingMaxMs ?? 0,
    pingFloor: wanted.pingFloorMs ?? 0,
    ackTimeout: wanted.ackTimeoutMs ?? 0,
    reconnectWindow: wanted.reconnectWindowMs ?? 0,
  }
  const result = await hint(gate, hints, !wake)
  if (result === undefined && !isLive(gate))
    throw new Problem('NOT_FOUND', `no gate "${gate}" lives; GET /v1/gates lists them`)
  if (result === undefined)
    throw new Problem('UNAVAILABLE', `gate "${gate}" does not answer; send the same again`)
  return {
    gate,
    sessions: result.sessions,
    pingStartMs: result.pingStart,
    pingMaxMs: result.pingMax,
    pingFloorMs: result.pingFloor,
    ackTimeoutMs: result.ackTimeout,
    reconnectWindowMs: result.reconnectWindow,
  }
}
