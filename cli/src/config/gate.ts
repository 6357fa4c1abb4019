import { DEFENCE, GATE_LIMITS, PROBE_LIMITS } from '@longwire/gate'
import { blockList, section, type ConfigProblem } from '@longwire/kit'
import { Type, type Static } from '@sinclair/typebox'
import { listener, text, whole } from './keys.ts'
import { REACH } from './reach.ts'

/** Enough for logs, links to a hundred logic nodes, a store, and operators. */
const OPEN_FILES_RESERVE = 512

const blocks = (description: string) =>
  Type.Optional(
    Type.Array(Type.String(), {
      description: `${description}, as CIDR blocks`,
      examples: [['10.0.0.0/8']],
    }),
  )
const rate = (what: string, { perSecond, burst }: { perSecond: number; burst: number }) =>
  section(
    {
      perSecond: Type.Number({
        description: `${what} per second on average`,
        exclusiveMinimum: 0,
        default: perSecond,
      }),
      burst: whole(`${what} at once after a quiet time`, burst),
    },
    what,
  )

const tls = Type.Optional(
  Type.Object(
    { certFile: text('Certificate chain, PEM'), keyFile: text('Private key, PEM') },
    { additionalProperties: false, description: 'Serves TLS with this certificate' },
  ),
)

export const GATE = section(
  {
    workers: whole(
      'Processes of longwire gate: worker n listens n ports higher; 0: one for each core',
      1,
      0,
    ),
    tcp: section(
      {
        address: listener('Where clients connect by TCP', '127.0.0.1:7001'),
        tls,
        proxies: blocks('Load balancers that say by PROXY protocol v2 whom they serve'),
      },
      'TCP',
    ),
    ws: section(
      {
        address: listener('Where clients connect by WebSocket', '127.0.0.1:7002'),
        tls,
        paths: Type.Optional(
          Type.Array(Type.String(), { description: 'Paths that are upgraded; all when left out' }),
        ),
        origins: Type.Optional(
          Type.Array(Type.String(), {
            description: 'Web origins whose pages may connect; all when left out',
            examples: [['https://app.example.com']],
          }),
        ),
        proxies: blocks('Load balancers that say by PROXY protocol v2 whom they serve'),
        forwarders: blocks('Proxies whose X-Forwarded-For is believed'),
      },
      'WebSocket',
    ),
    public: REACH,
    version: Type.Optional(
      text('What it says it runs, which releases go by; the version of the program when left out'),
    ),
    capacity: Type.Optional(
      Type.Integer({
        description:
          'Connections this gate is meant to hold, which its load is measured against; gate.limits.sessions when left out',
        minimum: 1,
      }),
    ),
    limits: section(
      {
        sessions: Type.Optional(
          Type.Integer({
            description:
              'Connections of one gate at most; as many as open files allow when left out',
            minimum: 1,
          }),
        ),
        reserve: whole(
          'Open files kept for operators, links and stores, at most half of all',
          OPEN_FILES_RESERVE,
        ),
        bufferedBytes: whole(
          'A connection that lets more pile up is cut',
          GATE_LIMITS.bufferedBytes,
        ),
        requestMs: whole('Time logic has to answer', GATE_LIMITS.requestMs),
        announceMs: whole(
          'Time in which all sessions are announced again where their routes were lost',
          GATE_LIMITS.announceMs,
          250,
        ),
        announcePerSecond: whole(
          'Sessions announced in a second at most, whatever time that takes',
          GATE_LIMITS.announcePerSecond,
        ),
        drainSpreadMs: whole(
          'Time the clients of a draining gate may take to dial another',
          GATE_LIMITS.drainSpreadMs,
          0,
        ),
        reconnectWindowMs: Type.Optional(
          Type.Integer({
            description:
              'Clients that lost their gate dial again within this time; what the other gates need to take them when left out',
            minimum: 0,
          }),
        ),
        pingStartMs: whole(
          'Interval clients ping at until they have learned better',
          GATE_LIMITS.pingStartMs,
        ),
        pingMaxMs: whole('Longest interval clients may choose', GATE_LIMITS.pingMaxMs),
      },
      'Bounds of a gate',
    ),
    heartbeat: section(
      {
        floorMs: whole('Shortest interval that clients settle on', GATE_LIMITS.pingFloorMs, 10_000),
        ackTimeoutMs: whole(
          'How long clients wait for the answer to a ping; 0: by the round trip, 6 to 20 s',
          GATE_LIMITS.ackTimeoutMs,
          0,
        ),
        ingressIdleSec: whole(
          'What stands in front of the gate (load balancer, proxy) ends a connection that was idle for so long: clients ping within 0.9 of it; 0: nothing does',
          GATE_LIMITS.ingressIdleMs / 1_000,
          0,
        ),
        alarmMeanSec: whole(
          'Alarm when the intervals that clients have learned are this short on average; 0: never',
          GATE_LIMITS.alarmMeanMs / 1_000,
          0,
        ),
        hintsPerSecond: whole(
          'Sessions told of changed hints in a second; 0: each when it pings',
          GATE_LIMITS.hintsPerSecond,
          0,
        ),
      },
      'Heartbeats of clients, with limits.pingStartMs and limits.pingMaxMs',
    ),
    moves: section(
      {
        spreadMs: whole(
          'Clients dial the gate they are moved to after a random part of this',
          GATE_LIMITS.moveSpreadMs,
          0,
        ),
        deadlineMs: whole('… and give up after this', GATE_LIMITS.moveDeadlineMs),
      },
      'Sessions that are moved to other gates, where the order says nothing else',
    ),
    push: section(
      {
        awakeMs: whole(
          'A device is held to be awake for so long after a frame of its client',
          GATE_LIMITS.awakeMs,
          0,
        ),
        idleSpreadMs: whole(
          'What is idle waits for a random time up to this, even for a device that is awake',
          GATE_LIMITS.idleSpreadMs,
          0,
        ),
        corkMs: whole(
          'Messages that are not urgent now wait so long at most for more to the same session, and leave in one write; 0: they do not wait',
          GATE_LIMITS.corkMs,
          0,
        ),
        awakePingMs: whole('… after a PING, or a push that woke it', GATE_LIMITS.awakePingMs, 0),
        wakesAtOnce: whole(
          'Messages of normal urgency may wake a device so often after a quiet time',
          GATE_LIMITS.wakesAtOnce,
        ),
        wakesPerHour: whole('… and so often in an hour', GATE_LIMITS.wakesPerHour),
        nowWakesPerHour: whole(
          'Messages that are urgent now may wake it so often in an hour beyond that',
          GATE_LIMITS.nowWakesPerHour,
        ),
      },
      'What wakes devices, and what waits for them',
    ),
    defence: section(
      {
        handshakeMs: whole(
          'Time from accept until frames may come: PROXY header, TLS, HTTP upgrade',
          DEFENCE.handshakeMs,
        ),
        accept: rate('Connections accepted by the process', DEFENCE.accept),
        address: section(
          {
            accept: rate('Connections accepted from one address', DEFENCE.address.accept),
            connections: whole(
              'Connections of one address (or IPv6 /64) at once',
              DEFENCE.address.connections,
            ),
            remembered: whole(
              'Addresses without connections that are remembered',
              DEFENCE.address.remembered,
            ),
          },
          'Of one IPv4 address or IPv6 /64',
        ),
        ban: section(
          {
            strikes: whole(
              'Breaches of the protocol within windowMs that shut an address out',
              DEFENCE.ban.strikes,
            ),
            windowMs: whole('Time in which breaches count together', DEFENCE.ban.windowMs),
            firstMs: whole(
              'Length of the first ban; each further one is twice as long',
              DEFENCE.ban.firstMs,
            ),
            maxMs: whole('Longest ban', DEFENCE.ban.maxMs),
          },
          'Of addresses whose clients break the protocol',
        ),
        session: section(
          {
            frames: rate('Requests of one session', DEFENCE.session.frames),
            bytes: rate('Bytes from one session', DEFENCE.session.bytes),
            floodMs: whole(
              'A session that sends for so long more than it may is cut',
              DEFENCE.session.floodMs,
            ),
          },
          'Of one session',
        ),
        exempt: Type.Array(Type.String(), {
          description:
            'CIDR blocks without limits per address and without bans, such as load balancers',
          default: [...DEFENCE.exempt],
        }),
      },
      'Against floods and broken peers',
    ),
    probes: section(
      {
        udp: Type.Boolean({
          description: 'Also answers datagrams at the hosts and ports of gate.tcp and gate.ws',
          default: true,
        }),
        tcp: listener(
          'Also answers probes, and nothing else, over TCP without TLS: for gates that serve TLS only',
          'off',
        ),
        address: rate('Probes of one address that are answered', PROBE_LIMITS.address),
        all: rate('Probes that are answered', PROBE_LIMITS.all),
        held: whole('Answers to probes held at once', PROBE_LIMITS.held),
      },
      'Clients that look which gate has room',
    ),
    operations: section(
      { address: listener('Health and metrics of a gate that runs by itself', '127.0.0.1:7081') },
      'For operators',
    ),
  },
  'Holds the connections of clients',
)

/** Blocks of addresses that are none. */
export const blockProblems = ({ tcp, ws, defence }: Static<typeof GATE>): ConfigProblem[] => {
  const lists: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['gate.tcp.proxies', tcp.proxies],
    ['gate.ws.proxies', ws.proxies],
    ['gate.ws.forwarders', ws.forwarders],
    ['gate.defence.exempt', defence.exempt],
  ]
  return lists.flatMap(([path, list]) => {
    try {
      blockList(list ?? [])
      return []
    } catch (error) {
      const problem = `holds ${error instanceof Error ? error.message.split(':')[0] : String(error)}`
      return [{ path, problem, remedy: 'write blocks like 10.0.0.0/8 or 2001:db8::/32' }]
    }
  })
}
