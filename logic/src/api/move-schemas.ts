import { BUCKETS } from '@longwire/proto'
import { Type, type Static } from '@sinclair/typebox'
import { COMMANDS } from '../operations/commands.ts'
import { MEASURES, type Measure, type Reading } from '../operations/health.ts'
import { OPERATION_STATES, type Operation, type OperationState } from '../operations/operation.ts'
import { nameOfStage } from '../operations/release.ts'
import type { Forecast } from '../operations/operations.ts'
import type { AuditEntry } from '../operations/store.ts'
import { tallyOf, type Wave } from '../operations/wave.ts'
import { AGENTS, APPCODES, RELEASE_PLAN, percent } from './plan-schema.ts'

const CLOSED = { additionalProperties: false } as const
const GATES_MAX = 500
const REASON = Type.Optional(
  Type.String({ maxLength: 200, description: 'For the audit log, and the logs of apps' }),
)
const DRY_RUN = Type.Optional(
  Type.Boolean({ default: false, description: 'true: only say what it would do' }),
)
const PER_SECOND = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    description:
      'Sessions told in a second, all gates together; left out: half of what the others can log in',
  }),
)
const gates = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
    minItems: 1,
    maxItems: GATES_MAX,
    description: `${description}: name, or name@incarnation`,
  })

export const DRAIN = Type.Object(
  {
    to: Type.Optional(gates('Only to these gates')),
    deadlineSeconds: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 86_400, default: 600, description: 'It gives up then' }),
    ),
    reason: REASON,
    dryRun: DRY_RUN,
  },
  { ...CLOSED, examples: [{ deadlineSeconds: 300, reason: 'kernel update' }] },
)

const BUCKET = (description: string) => Type.Integer({ minimum: 0, maximum: BUCKETS, description })
const SELECT = Type.Object(
  {
    buckets: Type.Optional(
      Type.Object(
        {
          from: BUCKET('First bucket'),
          to: BUCKET('The one behind the last'),
        },
        { ...CLOSED, description: `Users by a hash of their uid, of ${BUCKETS} buckets` },
      ),
    ),
    appcodes: APPCODES,
    platforms: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        description: 'Only ends of these platforms of the table of apps',
      }),
    ),
    agents: AGENTS,
    nets: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        description: 'Only clients of these networks: names of dispatcher.nets, or CIDR blocks',
      }),
    ),
  },
  { ...CLOSED, description: 'Which sessions; all of it has to be true' },
)
export type SelectBody = Static<typeof SELECT>

export const REBALANCE = Type.Object(
  {
    auto: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'true: from full gates to empty ones, in rounds, until they differ little',
      }),
    ),
    from: Type.Optional(gates('Where from; auto: the gates it is about (all when left out)')),
    to: Type.Optional(gates('Where to')),
    share: Type.Optional(percent('Of the sessions of each gate of "from" that are selected')),
    count: Type.Optional(
      Type.Integer({ minimum: 1, description: 'So many sessions of each gate at most' }),
    ),
    select: Type.Optional(SELECT),
    spread: Type.Optional(
      percent('auto: good where the fullest and the emptiest differ by no more of their capacity'),
    ),
    perSecond: PER_SECOND,
    reason: REASON,
    dryRun: DRY_RUN,
  },
  {
    ...CLOSED,
    examples: [
      { from: ['gate-1'], to: ['gate-2'], share: '20%' },
      { auto: true, spread: '5%', dryRun: true },
    ],
  },
)
export type RebalanceBody = Static<typeof REBALANCE>

export const RELEASE = Type.Object({ plan: RELEASE_PLAN, dryRun: DRY_RUN }, CLOSED)

export const COMMAND = Type.Object(
  {
    command: Type.Unsafe<(typeof COMMANDS)[number]>({
      type: 'string',
      enum: [...COMMANDS],
      description:
        'pause: moves nobody for now. abort: for good; a release moves everybody back. promote: a release goes on to its next stage at once, or, where it is complete, ends',
    }),
    all: Type.Optional(Type.Boolean({ description: 'promote: to everybody, over all stages' })),
    reason: REASON,
  },
  { ...CLOSED, examples: [{ command: 'pause', reason: 'the store is slow' }] },
)

const COUNT = Type.Integer({ minimum: 0 })
const TALLY = {
  matching: Type.Integer({ minimum: 0, description: 'That it is about, as far as counted' }),
  told: Type.Integer({ minimum: 0, description: 'That were told to go' }),
  moved: Type.Integer({ minimum: 0, description: 'That have a session elsewhere' }),
  left: Type.Integer({ minimum: 0, description: 'That ended otherwise' }),
  failed: Type.Integer({ minimum: 0, description: 'That are still there after their time' }),
  pending: Type.Integer({ minimum: 0, description: 'That still have time' }),
}
const READING = Type.Object(
  { value: Type.Optional(Type.Number()), sample: Type.Number() },
  { ...CLOSED, description: 'No value: the sample is too small' },
)

export const OPERATION = Type.Object(
  {
    id: Type.String(),
    kind: Type.Unsafe<Operation['kind']>({
      type: 'string',
      enum: ['drain', 'rebalance', 'release'],
    }),
    state: Type.Unsafe<OperationState>({ type: 'string', enum: [...OPERATION_STATES] }),
    phase: Type.String({ description: 'What it does now, or how it went, in words' }),
    problem: Type.String({ description: 'What went wrong; empty: nothing' }),
    by: Type.String({ description: 'The name of the key it was begun with' }),
    createdAt: Type.String({ format: 'date-time' }),
    endedAt: Type.Optional(Type.String({ format: 'date-time' })),
    sessions: Type.Object(TALLY, {
      ...CLOSED,
      description: 'Numbers of sessions, of the wave at hand',
    }),
    movedBefore: Type.Optional(Type.Integer({ description: 'In rounds or stages before' })),
    remainingSeconds: Type.Optional(
      Type.Integer({ description: 'drain: until the gate is empty, at the rate so far' }),
    ),
    perSecond: Type.Optional(
      Type.Number({ description: 'drain: sessions that leave in a second' }),
    ),
    spread: Type.Optional(
      Type.Number({ description: 'rebalance: the fullest against the emptiest, of capacity' }),
    ),
    stage: Type.Optional(Type.Integer({ description: 'release: from 1 on' })),
    nextStageAt: Type.Optional(
      Type.String({ format: 'date-time', description: 'release: at the earliest' }),
    ),
    health: Type.Optional(
      Type.Array(
        Type.Object(
          {
            measure: Type.Unsafe<Measure>({ type: 'string', enum: [...MEASURES] }),
            new: READING,
            old: READING,
            problem: Type.String(),
          },
          CLOSED,
        ),
        { description: 'release: new gates beside old ones' },
      ),
    ),
    gates: Type.Array(
      Type.Object(
        {
          gate: Type.String(),
          to: Type.Array(Type.String(), {
            description: 'Empty: all others, or those of the other side',
          }),
          ...TALLY,
          sessions: COUNT,
          done: Type.Boolean(),
          problem: Type.String(),
        },
        CLOSED,
      ),
      { description: 'Each gate that sessions leave' },
    ),
    plan: Type.Unknown({ description: 'What was asked for, as it was understood' }),
  },
  CLOSED,
)
export type OperationBody = Static<typeof OPERATION>

const FORECAST = Type.Object(
  {
    flows: Type.Array(
      Type.Object({ from: Type.String(), to: Type.String(), count: COUNT }, CLOSED),
      { description: 'About so many sessions' },
    ),
    matching: Type.Array(Type.Object({ gate: Type.String(), sessions: COUNT }, CLOSED), {
      description: 'Sessions that gates say are selected, as far as they were asked',
    }),
    perSecond: COUNT,
    seconds: Type.Integer({ description: 'About how long it takes' }),
    spread: Type.Number({ description: 'The fullest gate against the emptiest, of capacity, now' }),
    notes: Type.Array(Type.String()),
  },
  CLOSED,
)

export const BEGUN = Type.Object(
  {
    operation: Type.Optional(OPERATION),
    repeated: Type.Optional(
      Type.Boolean({ description: 'The idempotency key was used before: nothing new was begun' }),
    ),
    forecast: Type.Optional(FORECAST),
  },
  { ...CLOSED, description: 'The operation, or with dryRun what it would do' },
)
export type BegunBody = Static<typeof BEGUN>

export const OPERATIONS = Type.Object(
  { operations: Type.Array(OPERATION), next: Type.Optional(Type.String()) },
  { ...CLOSED, description: 'The latest first; "next" is the "before" of the next page' },
)

export const AUDIT = Type.Object(
  {
    entries: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          at: Type.String({ format: 'date-time' }),
          operation: Type.String(),
          kind: Type.String(),
          by: Type.String({ description: 'The name of a key; empty: the operation itself' }),
          text: Type.String(),
        },
        CLOSED,
      ),
    ),
    next: Type.Optional(Type.String()),
  },
  { ...CLOSED, description: 'The latest first; "next" is the "before" of the next page' },
)

const NO_WAVE: Wave = { id: '', beganAt: 0, parts: [] }
const isoOf = (ms: number): string => new Date(ms).toISOString()

export const operationBody = (operation: Operation): OperationBody => {
  const { id, kind, state, problem, by, createdAt, endedAt, plan } = operation
  const wave = operation.progress.wave ?? NO_WAVE
  const { sessions: _, ...sessions } = tallyOf(wave)
  return {
    id,
    kind,
    state,
    phase: endedAt === 0 ? phaseOf(operation) : operation.outcome,
    problem,
    by,
    createdAt: isoOf(createdAt),
    ...(endedAt === 0 ? {} : { endedAt: isoOf(endedAt) }),
    sessions,
    ...detailsOf(operation),
    gates: wave.parts.map(({ which: _, lost: __, to, ...part }) => ({ ...part, to: [...to] })),
    plan,
  }
}

const phaseOf = (operation: Operation): string => {
  switch (operation.kind) {
    case 'drain':
      return `${operation.progress.sessions} of ${operation.progress.sessionsBefore} sessions are left`
    case 'rebalance': {
      const { round, wave } = operation.progress
      if (!operation.plan.auto) return 'moves'
      return wave === undefined ? `round ${round} settles` : `round ${round} moves`
    }
    case 'release': {
      const { phase, stage } = operation.progress
      const at = phase === 'moving' || phase === 'holding' || phase === 'waiting'
      return at ? `${phase}, ${nameOfStage(operation.plan, stage)}` : phase
    }
  }
}

const detailsOf = (operation: Operation): Partial<OperationBody> => {
  switch (operation.kind) {
    case 'drain': {
      const { remainingMs, perSecond } = operation.progress
      return {
        perSecond,
        ...(remainingMs < 0 ? {} : { remainingSeconds: Math.ceil(remainingMs / 1_000) }),
      }
    }
    case 'rebalance': {
      const { moved, spread } = operation.progress
      return operation.plan.auto ? { movedBefore: moved, spread } : {}
    }
    case 'release': {
      const { stage, moved, findings, phase, holdSince } = operation.progress
      const holdMs = operation.plan.stages[stage]?.holdMs
      return {
        stage: stage + 1,
        movedBefore: moved,
        ...(phase === 'holding' && operation.state === 'running' && holdMs !== undefined
          ? { nextStageAt: isoOf(holdSince + holdMs) }
          : {}),
        health: findings.map(({ measure, fresh, old, problem }) => ({
          measure,
          new: readingBody(fresh),
          old: readingBody(old),
          problem,
        })),
      }
    }
  }
}

const readingBody = ({ value, sample }: Reading): Static<typeof READING> => ({
  ...(value === undefined ? {} : { value }),
  sample,
})

export const forecastBody = (forecast: Forecast): BegunBody => {
  const { flows, matching, perSecond, spread, notes } = forecast
  const sessions = flows.reduce((sum, { count }) => sum + count, 0)
  return {
    forecast: {
      flows: [...flows],
      matching: [...matching].map(([gate, count]) => ({ gate, sessions: count })),
      perSecond,
      seconds: perSecond === 0 ? 0 : Math.ceil(sessions / perSecond),
      spread,
      notes: [...notes],
    },
  }
}

export const auditBody = (entries: readonly AuditEntry[], limit: number): Static<typeof AUDIT> => ({
  entries: entries.map(({ at, ...entry }) => ({ ...entry, at: isoOf(at) })),
  ...nextOf(entries.at(-1)?.id, entries.length === limit),
})

export const nextOf = (last: string | undefined, isFull: boolean): { next?: string } =>
  isFull && last !== undefined ? { next: last } : {}
