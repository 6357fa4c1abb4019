import { LIMITS } from '@longwire/proto'
import { Type, type Static } from '@sinclair/typebox'
import {
  HEALTH,
  type ArrivalRule,
  type HealthRules,
  type ReleasePlan,
  type Rule,
  type Stage,
} from '../operations/release-plan.ts'
import { invalid } from './problems.ts'

const CLOSED = { additionalProperties: false } as const
const PERCENT = '^(100(\\.0+)?|\\d{1,2}(\\.\\d{1,2})?) ?%$'
const DURATION = '^[1-9]\\d{0,5} ?(s|m|h|d)$'
const STAGES_MAX = 20
const GATES_MAX = 100

export const percent = (description: string) =>
  Type.String({ pattern: PERCENT, description, examples: ['10%'] })
const duration = (description: string) =>
  Type.String({ pattern: DURATION, description, examples: ['10m'] })
const names = (description: string) =>
  Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
      description,
      minItems: 1,
      maxItems: GATES_MAX,
    }),
  )

/** Ten-thousandths. */
export const shareOf = (text: string): number => Math.round(Number.parseFloat(text) * 100)

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const msOf = (text: string): number => Number.parseInt(text, 10) * (UNITS[text.at(-1) ?? 's'] ?? 0)

export const APPCODES = Type.Optional(
  Type.Array(Type.Integer({ minimum: 1, maximum: LIMITS.appcodeMax }), {
    minItems: 1,
    maxItems: GATES_MAX,
    description: 'Only ends of these appcodes',
  }),
)
export const AGENTS = names('Only clients whose name and version begin like one of these')

const rule = (what: string, { over, times }: Rule) =>
  Type.Optional(
    Type.Union(
      [
        Type.Literal(false),
        Type.Object(
          {
            over: Type.Optional(Type.Number({ minimum: 0, default: over })),
            times: Type.Optional(Type.Number({ minimum: 0, default: times })),
          },
          CLOSED,
        ),
      ],
      {
        description: `${what}: fails where the new gates are over "over" and over "times" what the old ones have; false: is not looked at`,
      },
    ),
  )

const RULES = HEALTH as Required<HealthRules>
const arrival = RULES.arrivalRate ?? { under: 0, below: 0 }
const NO_RULE: Rule = { over: 0, times: 0 }

const HEALTH_SCHEMA = Type.Object(
  {
    window: Type.Optional(duration('How far is looked back')),
    minimumSample: Type.Optional(
      Type.Integer({
        minimum: 1,
        default: HEALTH.minimumSample,
        description: 'What has fewer samples on the new gates says nothing, and no stage is passed',
      }),
    ),
    errorRate: rule('Requests of clients that failed', RULES.errorRate ?? NO_RULE),
    reconnectRate: rule('Sessions lost in a minute, of all', RULES.reconnectRate ?? NO_RULE),
    latencyMs: rule('Milliseconds until 99 % are acknowledged', RULES.latencyMs ?? NO_RULE),
    arrivalRate: Type.Optional(
      Type.Union(
        [
          Type.Literal(false),
          Type.Object(
            {
              under: Type.Optional(Type.Number({ minimum: 0, maximum: 1, default: arrival.under })),
              below: Type.Optional(Type.Number({ minimum: 0, maximum: 1, default: arrival.below })),
            },
            CLOSED,
          ),
        ],
        {
          description:
            'Messages acknowledged, of those delivered: fails "under" this and by "below" less than the old gates; false: is not looked at',
        },
      ),
    ),
    lagMs: rule('Milliseconds that the event loop is late', RULES.lagMs ?? NO_RULE),
    rssMb: rule('Megabytes of memory', RULES.rssMb ?? NO_RULE),
  },
  { ...CLOSED, description: 'What stops a stage, and sends everybody back' },
)

export const RELEASE_PLAN = Type.Object(
  {
    name: Type.String({ pattern: '^[\\w.:@+-]{1,64}$', description: 'What it is called in logs' }),
    new: Type.Object(
      {
        version: Type.Optional(
          Type.String({
            minLength: 1,
            maxLength: 64,
            description:
              'Gates that run this version (GET /v1/gates shows it; gate.version sets it)',
          }),
        ),
        gates: names('Gates with names like these; * stands for anything'),
      },
      { ...CLOSED, description: 'Which gates are the new ones; all others are the old ones' },
    ),
    stages: Type.Array(
      Type.Object(
        {
          share: percent('Of users, by a hash of the uid: who is in a stage is in all later ones'),
          hold: duration('Without anything wrong for so long: the next stage begins'),
          appcodes: APPCODES,
          agents: AGENTS,
        },
        CLOSED,
      ),
      { minItems: 1, maxItems: STAGES_MAX },
    ),
    health: Type.Optional(HEALTH_SCHEMA),
  },
  {
    ...CLOSED,
    examples: [
      {
        name: 'gate-1.4.0',
        new: { version: '1.4.0' },
        stages: [
          { share: '1%', hold: '30m' },
          { share: '10%', hold: '4h' },
          { share: '50%', hold: '1d' },
          { share: '100%', hold: '1h' },
        ],
      },
    ],
  },
)
export type ReleasePlanBody = Static<typeof RELEASE_PLAN>

/** Throws a Problem that names what makes no sense. */
export const planOf = (body: ReleasePlanBody): ReleasePlan => {
  const { version = '', gates = [] } = body.new
  if (version === '' && gates.length === 0)
    throw invalid('new', 'names no gates', 'say new.version, new.gates, or both')
  const stages = body.stages.map(stageOf)
  stages.forEach((stage, index) => {
    const before = stages[index - 1]
    if (stage.share === 0)
      throw invalid(
        `stages/${index}/share`,
        'is 0 %',
        'use more: before the first stage nobody is new',
      )
    if (before !== undefined && stage.share < before.share)
      throw invalid(
        `stages/${index}/share`,
        `is ${stage.share / 100} %, less than the stage before`,
        'let shares grow: a stage that has passed is not taken back',
      )
    if (before !== undefined && !isWithin(before, stage))
      throw invalid(
        `stages/${index}`,
        'leaves out appcodes or agents of the stage before',
        'name these as well, or none at all',
      )
  })
  return { name: body.name, version, gates, stages, health: rulesOf(body.health ?? {}) }
}

const stageOf = ({
  share,
  hold,
  appcodes = [],
  agents = [],
}: ReleasePlanBody['stages'][number]): Stage => ({
  share: shareOf(share),
  holdMs: msOf(hold),
  appcodes,
  agents,
})

const isWithin = (small: Stage, large: Stage): boolean =>
  covers(small.appcodes, large.appcodes) && covers(small.agents, large.agents)

const covers = <T>(small: readonly T[], large: readonly T[]): boolean =>
  large.length === 0 || (small.length > 0 && small.every(each => large.includes(each)))

type HealthBody = Static<typeof HEALTH_SCHEMA>

const rulesOf = (body: HealthBody): HealthRules => {
  const of = (
    wanted: false | Partial<Rule> | undefined,
    usual: Rule | undefined,
  ): Rule | undefined =>
    wanted === false || usual === undefined ? undefined : { ...usual, ...wanted }
  const { arrivalRate } = body
  const arrives: ArrivalRule | undefined =
    arrivalRate === false ? undefined : { ...arrival, ...arrivalRate }
  return {
    windowSeconds: body.window === undefined ? HEALTH.windowSeconds : msOf(body.window) / 1_000,
    minimumSample: body.minimumSample ?? HEALTH.minimumSample,
    errorRate: of(body.errorRate, HEALTH.errorRate),
    reconnectRate: of(body.reconnectRate, HEALTH.reconnectRate),
    latencyMs: of(body.latencyMs, HEALTH.latencyMs),
    arrivalRate: arrives,
    lagMs: of(body.lagMs, HEALTH.lagMs),
    rssMb: of(body.rssMb, HEALTH.rssMb),
  }
}
