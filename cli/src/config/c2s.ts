import { blockList, choice, section, type ConfigProblem } from '@longwire/kit'
import {
  CONVERSATIONS,
  UPSTREAM,
  type ConversationsOptions,
  type UpstreamOptions,
} from '@longwire/logic'
import { Type, type Static } from '@sinclair/typebox'
import { text, whole } from './keys.ts'

const routes = Type.Array(
  Type.Object(
    {
      appcode: Type.Integer({ description: 'End platform of the sender', minimum: 1 }),
      msgtype: Type.Integer({ description: 'What kind of message', minimum: 0, maximum: 65_535 }),
      topic: Type.Optional(
        Type.String({
          description: 'Where it goes; only for calls when left out',
          pattern: '^[\\w.-]{1,200}$',
        }),
      ),
      class: choice(['reliable', 'stream'], {
        description:
          'reliable: stored before it is answered. stream: gathered, dropped where there is no room',
        default: 'reliable',
      }),
      webhook: Type.Optional(text('Row of c2s.hooks that answers calls')),
      business: Type.Optional(text('In whose statistics it is')),
    },
    { additionalProperties: false },
  ),
  {
    description: 'Where messages of clients go; the table of /v1/c2s-routes goes before it',
    default: [],
    examples: [[{ appcode: 1, msgtype: 7, topic: 'orders' }]],
  },
)

const hooks = Type.Array(
  Type.Object(
    {
      name: Type.String({ description: 'Named by routes', pattern: '^[\\w.-]{1,32}$' }),
      url: Type.String({ description: 'Where calls are POSTed', pattern: '^https?://' }),
      secret: Type.String({
        description: 'What calls are signed with, at least 16 characters',
        minLength: 16,
        secret: true,
      }),
      allow: Type.Array(Type.String(), {
        description: 'CIDR blocks it may be in although they are not on the internet',
        default: [],
        examples: [['10.0.0.0/8']],
      }),
      timeoutMs: Type.Integer({
        description: 'Time to answer',
        minimum: 1,
        maximum: 30_000,
        default: 10_000,
      }),
    },
    { additionalProperties: false },
  ),
  {
    description: 'Backends that answer calls of clients',
    default: [],
    examples: [[{ name: 'shop', url: 'https://shop.example.com/longwire', secret: '…' }]],
  },
)

/** What clients may send. */
export const C2S = section(
  {
    routes,
    hooks,
    userRate: section(
      {
        perSecond: Type.Number({
          description:
            'Messages of one user per second on average, all nodes together; 0: no limit',
          minimum: 0,
          default: UPSTREAM.userRate.perSecond,
        }),
        burst: whole('Messages of one user at once after a quiet time', UPSTREAM.userRate.burst),
      },
      'Messages and calls of one user',
    ),
    partitions: whole('Partitions of topics that are made for a route', UPSTREAM.partitions),
    retentionHours: whole(
      'Such topics keep their records for so long',
      UPSTREAM.retentionMs / 3_600_000,
    ),
    streamQueue: whole(
      'Messages of streams that wait for the bus; beyond, the oldest are dropped',
      UPSTREAM.streamsMax,
    ),
  },
  'What clients send',
)

export const upstreamOptions = (c2s: Static<typeof C2S>): Partial<UpstreamOptions> => ({
  routes: c2s.routes.map(route => ({
    appcode: route.appcode,
    msgtype: route.msgtype,
    topic: route.topic ?? '',
    class: route.class,
    webhook: route.webhook ?? '',
    by: route.business ?? '',
  })),
  hooks: c2s.hooks,
  userRate: c2s.userRate,
  partitions: c2s.partitions,
  retentionMs: c2s.retentionHours * 3_600_000,
  streamsMax: c2s.streamQueue,
})

export const c2sProblems = (
  c2s: Static<typeof C2S>,
  appcodes: readonly number[],
): ConfigProblem[] => {
  const problems: ConfigProblem[] = []
  const names = c2s.hooks.map(({ name }) => name)
  c2s.routes.forEach(({ appcode, topic, webhook }, index) => {
    const complain = (field: string, problem: string, remedy: string): void =>
      void problems.push({ path: `c2s.routes[${index}].${field}`, problem, remedy })
    if (!appcodes.includes(appcode))
      complain('appcode', `is ${appcode}, which is not under apps`, 'add it there')
    if (topic === undefined && webhook === undefined)
      complain('topic', 'is missing', 'name a topic, a webhook, or both')
    if (webhook !== undefined && !names.includes(webhook))
      complain('webhook', `is ${webhook}, which is not under c2s.hooks`, 'add it there')
  })
  c2s.hooks.forEach(({ name, url, allow }, index) => {
    const complain = (field: string, problem: string, remedy: string): void =>
      void problems.push({ path: `c2s.hooks[${index}].${field}`, problem, remedy })
    if (names.indexOf(name) !== index)
      complain('name', `is ${name}, which an earlier row has`, 'give each row its own name')
    if (!URL.canParse(url))
      complain('url', `is ${url}, which is no URL`, 'write it like https://host/path')
    try {
      blockList(allow)
    } catch (error) {
      complain('allow', error instanceof Error ? error.message : String(error), 'correct it')
    }
  })
  return problems
}

const contentHook = Type.Object(
  {
    url: Type.String({ description: 'Where messages are POSTed', pattern: '^https?://' }),
    secret: Type.String({
      description: 'What it is signed with, at least 16 characters',
      minLength: 16,
      secret: true,
    }),
    allow: Type.Array(Type.String(), {
      description: 'CIDR blocks it may be in although they are not on the internet',
      default: [],
      examples: [['10.0.0.0/8']],
    }),
    timeoutMs: Type.Integer({
      description: 'Time to answer',
      minimum: 1,
      maximum: 4_000,
      default: 1_000,
    }),
    onFailure: choice(['allow', 'deny'], {
      description: 'What becomes of a message where it does not answer',
      default: 'deny',
    }),
    s2c: Type.Boolean({ description: 'Messages of backends are shown to it too', default: false }),
  },
  { additionalProperties: false, description: 'Nobody looks at messages when left out' },
)

/** Messages between users. */
export const CONVERSATIONS_SECTION = section(
  {
    enabled: Type.Boolean({
      description: 'Users of a system may write to each other',
      default: CONVERSATIONS.enabled,
    }),
    hook: Type.Optional(contentHook),
    recallSeconds: whole(
      'A message can be recalled for so long',
      CONVERSATIONS.recallMs / 1_000,
      0,
    ),
    historyDays: whole(
      'Messages stay in the history for so long',
      CONVERSATIONS.historyMs / 86_400_000,
    ),
    business: Type.Optional(text('In whose statistics they are')),
  },
  'Messages between users',
)

export const conversationsOptions = (
  conversations: Static<typeof CONVERSATIONS_SECTION>,
): Partial<ConversationsOptions> => ({
  enabled: conversations.enabled,
  hook: conversations.hook,
  recallMs: conversations.recallSeconds * 1_000,
  historyMs: conversations.historyDays * 86_400_000,
  business: conversations.business ?? '',
})

export const conversationProblems = ({
  hook,
}: Static<typeof CONVERSATIONS_SECTION>): ConfigProblem[] => {
  if (hook === undefined) return []
  const problems: ConfigProblem[] = []
  if (!URL.canParse(hook.url))
    problems.push({
      path: 'conversations.hook.url',
      problem: `is ${hook.url}, which is no URL`,
      remedy: 'write it like https://host/path',
    })
  try {
    blockList(hook.allow)
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    problems.push({ path: 'conversations.hook.allow', problem, remedy: 'correct it' })
  }
  return problems
}
