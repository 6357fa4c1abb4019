import { choice, section, type ConfigProblem } from '@longwire/kit'
import { GATE_LIMITS } from '@longwire/gate'
import { LOGIC_LIMITS } from '@longwire/logic'
import { Type, type Static } from '@sinclair/typebox'
import { BUS_SECTION, busProblems } from './config/bus.ts'
import { C2S, c2sProblems, conversationProblems, CONVERSATIONS_SECTION } from './config/c2s.ts'
import { DISPATCHER_SECTION, dispatcherProblems } from './config/dispatcher.ts'
import { blockProblems, GATE } from './config/gate.ts'
import { workerProblems } from './workers/ports.ts'
import { reachProblems } from './config/reach.ts'
import { topicProblems, TOPICS } from './config/topics.ts'
import { webhookProblems, webhooks } from './config/webhooks.ts'
import { address, advertised, listener, text, whole } from './config/keys.ts'

const node = section(
  {
    name: Type.Optional(
      text('Name of this process in logs and in the registry; the host name when left out'),
    ),
  },
  'This process',
)

const auth = section(
  {
    kind: choice(['dev', 'jwt', 'webhook'], {
      description: 'How clients prove who they are. dev: generated keys, for longwire all only',
      default: 'dev',
    }),
    secret: Type.Optional(
      Type.String({
        description: 'HS256 secret of the tokens, at least 32 bytes',
        minLength: 32,
        secret: true,
      }),
    ),
    jwksUrl: Type.Optional(
      Type.String({ description: 'Key set of the tokens', pattern: '^https?://' }),
    ),
    publicKeyFile: Type.Optional(text('Public key of the tokens, PEM')),
    issuer: Type.Optional(text('What "iss" of a token must be')),
    audience: Type.Optional(text('What "aud" of a token must be')),
    webhookUrl: Type.Optional(
      Type.String({
        description: 'Asked with {uid, appcode, device, token}; 2xx lets in',
        pattern: '^https?://',
      }),
    ),
    webhookTimeoutMs: whole('Time the webhook has to answer', 2_000),
    maxTokenSeconds: whole(
      'A JWT that is good for longer is refused; revocations last as long',
      LOGIC_LIMITS.tokenMs / 1_000,
      60,
    ),
    warnSeconds: whole(
      'A client is told this long before its session ends for its token',
      GATE_LIMITS.expiringMs / 1_000,
    ),
  },
  'Logins',
)

const apps = Type.Array(
  Type.Object(
    {
      appcode: Type.Integer({
        description: 'Number of an end platform',
        minimum: 1,
        maximum: 65_535,
      }),
      system: text('User system; its platforms share one mailbox per uid', 'main'),
      platform: text('What it is, for logs', 'any'),
      sessions: Type.Integer({
        description: 'Devices of a user online at once',
        minimum: 1,
        maximum: 16,
        default: 1,
      }),
      whenFull: choice(['oldest', 'refuse'], {
        description: 'One device more: it ends the oldest, or it is refused',
        default: 'oldest',
      }),
      exclusive: Type.Optional(
        Type.String({
          description:
            'A user is on one appcode of this group at a time; whenFull says who gives way',
          pattern: '^[\\w.-]{1,32}$',
          examples: ['phone'],
        }),
      ),
    },
    { additionalProperties: false },
  ),
  {
    description: 'End platforms',
    default: [{ appcode: 1 }],
    examples: [[{ appcode: 1, system: 'main', platform: 'ios' }]],
  },
)

const businesses = Type.Array(
  Type.Object(
    {
      name: text('Who it is, for logs'),
      key: Type.String({
        description: 'API key, at least 16 characters',
        minLength: 16,
        secret: true,
      }),
      appcodes: Type.Array(Type.Integer(), { description: 'Appcodes it may push to' }),
      reads: Type.Array(Type.String({ pattern: '^[\\w.-]{0,200}\\*?$' }), {
        description: 'Topics of the bus it may read; orders.* for all that begin so',
        default: [],
      }),
      role: choice(['sender', 'operator'], {
        description: 'operator: may also revoke tokens of users of these appcodes',
        default: 'sender',
      }),
      enabled: Type.Boolean({ description: 'false: its key is refused', default: true }),
      tellExpired: Type.Boolean({
        description:
          'All its messages are as if sent with tellExpired, where presence.expired is on',
        default: false,
      }),
      rate: Type.Optional(
        Type.Object(
          {
            perSecond: Type.Number({
              description: 'Messages per second on average, all nodes together',
              exclusiveMinimum: 0,
            }),
            burst: whole('Messages at once after a quiet time', 100),
          },
          { additionalProperties: false, description: 'No limit when left out' },
        ),
      ),
    },
    { additionalProperties: false },
  ),
  {
    description: 'Backends that may publish',
    default: [],
    examples: [[{ name: 'shop', key: '…', appcodes: [1] }]],
  },
)

/** Everything that can be set, with what it means and what it is otherwise. */
export const CONFIG = section(
  {
    node,
    data: text('Directory of what this process keeps', './data'),
    log: section(
      {
        level: choice(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
          description: 'Least severe lines that are written',
          default: 'info',
        }),
      },
      'Logs',
    ),
    gate: GATE,
    dispatcher: DISPATCHER_SECTION,
    trunk: section(
      {
        address: address('Where logic listens for gates of other processes', '127.0.0.1:7003'),
        advertise: advertised('What gates dial, where it is not trunk.address'),
      },
      'Between gates and logic',
    ),
    http: section({ address: address('The HTTP API', '127.0.0.1:7080') }, 'For backends'),
    backend: section(
      { address: listener('The pipelined connection of backends', '127.0.0.1:7090') },
      'For backends',
    ),
    cluster: section(
      {
        name: text('Prefix of all keys in Redis', 'longwire'),
        secret: Type.Optional(
          Type.String({
            description: 'Shared by all gates and logics, at least 16 characters',
            minLength: 16,
            secret: true,
          }),
        ),
      },
      'What the processes have in common',
    ),
    store: Type.String({
      description:
        'Where messages are kept: lmdb (within data), lmdb:/a/directory, or mongodb://host/database',
      pattern: '^lmdb$|^lmdb:.+|^mongodb(\\+srv)?://.+',
      default: 'lmdb',
      secret: 'url',
    }),
    routes: Type.String({
      description:
        'Where it is known who is connected: memory, or redis://host:port (several nodes by commas)',
      pattern: '^memory$|^rediss?://.+',
      default: 'memory',
      secret: 'url',
    }),
    registry: Type.String({
      description: 'Where live processes are listed: memory, or redis://host:port',
      pattern: '^memory$|^rediss?://.+',
      default: 'memory',
      secret: 'url',
    }),
    bus: BUS_SECTION,
    apps,
    businesses,
    auth,
    drain: section(
      {
        deadlineMs: whole(
          'A process that was told to stop finishes what it has begun within this time',
          25_000,
          0,
        ),
      },
      'Stopping',
    ),
    limits: section(
      {
        userSessions: whole(
          'Sessions of one user over all appcodes of a system; 0: no limit',
          64,
          0,
        ),
        userLogins: section(
          {
            perSecond: Type.Number({
              description: 'Logins of one user per second on average; 0: no limit',
              minimum: 0,
              default: 2,
            }),
            burst: whole('Logins of one user at once after a quiet time', 120),
          },
          'Logins of one user',
        ),
        appSessions: whole('Sessions of one appcode; 0: no limit', 0, 0),
        addressSessions: whole(
          'Connections of one address, on gates where it has 16 or more; 0: no limit',
          20_000,
          0,
        ),
      },
      'Limits over all gates together, counted where the registry is',
    ),
    overload: section(
      {
        publishAgeMs: whole(
          'Publishes are shed so that none is under way for longer',
          LOGIC_LIMITS.publishAgeMs,
        ),
        publishesAtLeast: whole(
          'So many publishes are under way at once before any is shed',
          LOGIC_LIMITS.publishesAtLeast,
        ),
        publishesAtMost: whole(
          'Never more publishes are under way at once',
          LOGIC_LIMITS.publishesInFlight,
        ),
        loginAgeMs: whole(
          'A gate sheds logins so that none waits longer for logic',
          GATE_LIMITS.loginAgeMs,
        ),
        loginsAtLeast: whole(
          'So many logins wait for logic before any is shed',
          GATE_LIMITS.loginsAtLeast,
        ),
        loginsAtMost: whole('Never more logins wait for logic', GATE_LIMITS.loginsInFlight),
        loopDelayMs: whole(
          'Beyond this delay of its event loop a process takes on less',
          LOGIC_LIMITS.loopDelayMs,
        ),
        trunkBytes: whole(
          'Beyond so many bytes that the trunk has not taken a process takes on less',
          LOGIC_LIMITS.trunkBytes,
          65_536,
        ),
        retryAfterMs: whole(
          'Who is shed is told to come back after this, later the more are shed',
          LOGIC_LIMITS.retryAfterMs,
        ),
      },
      'When there is more to do than can be done in time',
    ),
    mailbox: section(
      {
        maxMessages: whole(
          'Messages kept per mailbox; the oldest go first',
          LOGIC_LIMITS.mailbox.maxMessages,
        ),
        maxBytes: whole('Bytes kept per mailbox', LOGIC_LIMITS.mailbox.maxBytes, 65_536),
        graceSeconds: whole(
          'Messages that every end has read stay this long; the same for all logics of a store',
          LOGIC_LIMITS.graceMs / 1_000,
          30,
        ),
      },
      'Mailboxes',
    ),
    topics: TOPICS,
    webhooks,
    c2s: C2S,
    conversations: CONVERSATIONS_SECTION,
    presence: section(
      {
        appcodes: Type.Array(Type.Integer(), {
          description: 'End platforms of which it is told who comes online and goes offline',
          default: [],
          examples: [[1, 2]],
        }),
        expired: Type.Boolean({
          description:
            'Senders may be told of messages that expired unread; so they may where appcodes is not empty',
          default: false,
        }),
        settleMs: whole('An end that is back within this time was never away', 3_000, 0),
        retentionHours: whole('Events are kept this long', 24),
        maxEvents: whole('Events kept at most; the oldest go first', 100_000, 1_000),
        sweepPerSecond: whole(
          'Users per second whose events are compared with the truth, over and over',
          200,
        ),
      },
      'Who is online: the event stream',
    ),
    delivery: section(
      {
        inlineBytes: whole(
          'Larger messages are announced, and pulled by the client',
          LOGIC_LIMITS.inlineBytes,
          0,
        ),
      },
      'Delivery',
    ),
  },
  'Longwire',
)

export type Config = Static<typeof CONFIG>
export type Role = 'all' | 'gate' | 'logic' | 'dispatcher'

/** What depends on several keys, or on what the process is to be. */
export const rulesFor =
  (role: Role) =>
  (config: Config): ConfigProblem[] => [
    ...authProblems(config, role),
    ...clusterProblems(config, role),
    ...listProblems(config),
    ...topicProblems(config.topics),
    ...webhookProblems(config.webhooks, config),
    ...busProblems(config.bus),
    ...blockProblems(config.gate),
    ...conversationProblems(config.conversations),
    ...c2sProblems(
      config.c2s,
      config.apps.map(({ appcode }) => appcode),
    ),
    ...(role === 'gate' ? workerProblems(config) : []),
    ...dispatcherProblems(config.dispatcher),
    ...reachProblems(config.gate.public, {
      appcodes: config.apps.map(({ appcode }) => appcode),
      nets: config.dispatcher.nets.map(({ name }) => name),
      workers: role === 'gate' ? config.gate.workers : 1,
    }),
  ]

const authProblems = (
  { auth: { kind, secret, jwksUrl, publicKeyFile, webhookUrl } }: Config,
  role: Role,
): ConfigProblem[] => {
  if (role === 'gate' || role === 'dispatcher') return []
  if (kind === 'dev' && role !== 'all') {
    return [
      {
        path: 'auth.kind',
        problem: 'is dev, which is only for longwire all',
        remedy: 'set auth.kind to jwt or webhook',
      },
    ]
  }
  if (kind === 'webhook' && webhookUrl === undefined) {
    return [
      {
        path: 'auth.webhookUrl',
        problem: 'is missing',
        remedy: 'say which URL to ask, or set auth.kind to jwt',
      },
    ]
  }
  const keys = [secret, jwksUrl, publicKeyFile].filter(key => key !== undefined).length
  if (kind === 'jwt' && keys !== 1) {
    const problem = keys === 0 ? 'has no key to check tokens with' : 'has several kinds of keys'
    return [
      {
        path: 'auth',
        problem,
        remedy: 'set exactly one of auth.secret, auth.jwksUrl and auth.publicKeyFile',
      },
    ]
  }
  return []
}

const WILDCARD = /^(0\.0\.0\.0|\[::\]):/

const clusterProblems = (config: Config, role: Role): ConfigProblem[] => {
  const problems: ConfigProblem[] = []
  if (role === 'all') return problems
  if (role === 'dispatcher' && config.dispatcher.address === 'off')
    problems.push({
      path: 'dispatcher.address',
      problem: 'is off, but that is where a dispatcher answers',
      remedy: 'set host:port',
    })
  const shared = `is memory, but other processes must see it when ${role} runs by itself`
  const remedy = (key: string): string =>
    `set ${key} to redis://host:port, or run everything in one process: longwire all`
  if (config.registry === 'memory')
    problems.push({ path: 'registry', problem: shared, remedy: remedy('registry') })
  if (role === 'logic' && config.routes === 'memory')
    problems.push({ path: 'routes', problem: shared, remedy: remedy('routes') })
  if (role !== 'dispatcher' && config.cluster.secret === undefined) {
    problems.push({
      path: 'cluster.secret',
      problem: 'is missing',
      remedy: 'set the same random text for all processes, such as: openssl rand -hex 32',
    })
  }
  if (
    role === 'logic' &&
    WILDCARD.test(config.trunk.address) &&
    config.trunk.advertise === undefined
  ) {
    problems.push({
      path: 'trunk.advertise',
      problem: 'is missing, and nobody can dial a wildcard address',
      remedy: 'set the host:port at which gates reach this process',
    })
  }
  return problems
}

const listProblems = ({
  apps: rows,
  businesses: callers,
  gate: { tcp, ws },
  presence,
  mailbox,
}: Config): ConfigProblem[] => {
  const problems: ConfigProblem[] = []
  const codes = rows.map(({ appcode }) => appcode)
  codes.forEach((code, index) => {
    if (codes.indexOf(code) !== index)
      problems.push({
        path: `apps[${index}].appcode`,
        problem: `is ${code}, which an earlier row has`,
        remedy: 'give each row its own appcode',
      })
  })
  callers.forEach(({ appcodes }, index) => {
    const unknown = appcodes.find(code => !codes.includes(code))
    if (unknown !== undefined)
      problems.push({
        path: `businesses[${index}].appcodes`,
        problem: `names ${unknown}, which is not under apps`,
        remedy: `use some of ${codes.join(', ')}`,
      })
  })
  if (presence.retentionHours * 3_600 <= mailbox.graceSeconds)
    problems.push({
      path: 'presence.retentionHours',
      problem: `is ${presence.retentionHours}, not more than mailbox.graceSeconds`,
      remedy: 'keep events longer, or messages that were read shorter',
    })
  const untold = presence.appcodes.find(code => !codes.includes(code))
  if (untold !== undefined)
    problems.push({
      path: 'presence.appcodes',
      problem: `names ${untold}, which is not under apps`,
      remedy: `use some of ${codes.join(', ')}`,
    })
  if (tcp.address === 'off' && ws.address === 'off') {
    problems.push({
      path: 'gate',
      problem: 'listens nowhere',
      remedy: 'set gate.tcp.address or gate.ws.address',
    })
  }
  return problems
}
