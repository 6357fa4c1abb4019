import type { Advice, Finding } from './finding.ts'
import { fine, ill, unknown } from './finding.ts'
import { setSysctl, sysctl, type Host } from './host.ts'

const PAGE_BYTES = 4_096
const MIB = 2 ** 20

interface Setting {
  readonly check: string
  readonly name: string
  readonly unit: string
  /** Whether the value will do. */
  readonly good: (value: number) => boolean
  readonly status: 'warn' | 'fail'
  readonly wanted: string
  readonly why: string
}

/** Settings of one number. */
const SETTINGS: readonly Setting[] = [
  {
    check: 'somaxconn',
    name: 'net.core.somaxconn',
    unit: 'connections that may wait to be accepted',
    good: value => value >= 4_096,
    status: 'warn',
    wanted: '4096',
    why: 'When a gate dies its clients dial the others at once. What does not fit into the queue is dropped, and those clients wait a second or more.',
  },
  {
    check: 'syn-backlog',
    name: 'net.ipv4.tcp_max_syn_backlog',
    unit: 'connections that may be half-way open',
    good: value => value >= 4_096,
    status: 'warn',
    wanted: '8192',
    why: 'The same queue one step earlier: clients of mobile networks are half-way open for long.',
  },
  {
    check: 'syncookies',
    name: 'net.ipv4.tcp_syncookies',
    unit: '(1: when the queue is full)',
    good: value => value === 1,
    status: 'warn',
    wanted: '1',
    why: '0 lets a flood of SYNs shut everybody out; 2 loses the options of every connection, window scaling among them.',
  },
  {
    check: 'fin-timeout',
    name: 'net.ipv4.tcp_fin_timeout',
    unit: 's, then a connection that the other side does not close is dropped',
    good: value => value <= 30,
    status: 'warn',
    wanted: '15',
    why: 'Phones vanish without closing. After a drain or a kick each of them holds memory of the kernel for so long.',
  },
  {
    check: 'tw-reuse',
    name: 'net.ipv4.tcp_tw_reuse',
    unit: '(0: never, 1: outgoing connections, 2: those to this host)',
    good: value => value === 1 || value === 2,
    status: 'warn',
    wanted: '1',
    why: 'Ports of connections that this host opened and closed stay taken for a minute: balancers and backends that dial often run out.',
  },
]

const checkSetting = (host: Host, setting: Setting): Finding => {
  const { check, name, unit, good, status, wanted, why } = setting
  const value = sysctl(host, name)?.[0]
  if (value === undefined) return unknown(check, `${name} cannot be read`)
  const found = `${name} is ${value} ${unit}`
  return good(value)
    ? fine(check, found)
    : ill(check, status, found, { why, mend: setSysctl(name, wanted) })
}

/** Gone since Linux 4.12. */
const checkRecycle = (host: Host): Finding[] => {
  const name = 'net.ipv4.tcp_tw_recycle'
  if (sysctl(host, name)?.[0] !== 1) return []
  const why =
    'It drops connections of clients that share an address, as all phones of a network do.'
  return [ill('tw-recycle', 'fail', `${name} is 1`, { why, mend: setSysctl(name, '0') })]
}

const PORTS_FEW = 20_000

/** `listening`: ports this process is to listen on. */
const checkPorts = (host: Host, listening: readonly number[]): Finding => {
  const check = 'ports'
  const name = 'net.ipv4.ip_local_port_range'
  const [low, high] = sysctl(host, name) ?? []
  if (low === undefined || high === undefined) return unknown(check, `${name} cannot be read`)
  const found = `ports ${low} to ${high} are for connections that this host opens`
  const reserved = portsOf(host.read('/proc/sys/net/ipv4/ip_local_reserved_ports') ?? '')
  const taken = listening.filter(
    port =>
      port >= low && port <= high && !reserved.some(([from, to]) => port >= from && port <= to),
  )
  if (taken.length > 0)
    return ill(check, 'warn', found, {
      why: `Longwire is to listen on ${taken.join(', ')}, which the kernel may have given to somebody else by then: it would not start.`,
      mend: setSysctl('net.ipv4.ip_local_reserved_ports', taken.join(',')),
    })
  if (high - low + 1 >= PORTS_FEW) return fine(check, found)
  return ill(check, 'warn', found, {
    why: 'So many connections can be opened to one address and port: too few for a balancer or for a load test.',
    mend: setSysctl(name, '10240 65535'),
  })
}

/** `8080,9000-9010` */
const portsOf = (text: string): (readonly [number, number])[] =>
  text
    .split(',')
    .filter(part => part !== '')
    .map(part => {
      const [from = Number.NaN, to = from] = part.split('-').map(Number)
      return [from, to]
    })

const memoryTotal = (host: Host): number => {
  const line = /^MemTotal:\s+(\d+) kB/m.exec(host.read('/proc/meminfo') ?? '')
  return line === null ? Number.NaN : Number(line[1]) * 1024
}

const TCP_MEMORY_SHARE = 0.05

const checkTcpMemory = (host: Host): Finding => {
  const check = 'tcp-memory'
  const name = 'net.ipv4.tcp_mem'
  const [, pressure, most] = sysctl(host, name) ?? []
  if (pressure === undefined || most === undefined) return unknown(check, `${name} cannot be read`)
  const used = Number(/^TCP:.*\bmem (\d+)/m.exec(host.read('/proc/net/sockstat') ?? '')?.[1] ?? 0)
  const total = memoryTotal(host)
  const bytes = (pages: number): string => `${Math.round((pages * PAGE_BYTES) / MIB)} MiB`
  const found = `${bytes(used)} of what connections wait to send or read, at most ${bytes(most)}`
  const eighth = Number.isNaN(total) ? most : Math.floor(total / PAGE_BYTES / 8)
  const advice: Advice = {
    why: 'Beyond it the kernel drops what arrives and shrinks the windows of everybody. An idle connection takes none of it, one that does not read takes up to 64 KiB.',
    mend: setSysctl(name, `${Math.floor(eighth / 2)} ${Math.floor((eighth * 3) / 4)} ${eighth}`),
  }
  if (used >= most) return ill(check, 'fail', found, advice)
  if (used >= pressure || most * PAGE_BYTES < total * TCP_MEMORY_SHARE)
    return ill(check, 'warn', found, advice)
  return fine(check, found)
}

const BUFFER_GOOD = {
  'net.ipv4.tcp_rmem': '4096 131072 6291456',
  'net.ipv4.tcp_wmem': '4096 16384 4194304',
}
const LEAST_BYTES = 16_384
const START_BYTES = 262_144

const checkBuffers = (host: Host): Finding => {
  const check = 'tcp-buffers'
  const names = ['net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'] as const
  const values = names.map(name => sysctl(host, name))
  if (values.some(each => each === undefined))
    return unknown(check, 'the sizes of buffers cannot be read')
  const found = names.map((name, index) => `${name} is ${values[index]?.join(' ')}`).join(', ')
  const wrong = names.filter((_, index) => {
    const [least = 0, start = 0] = values[index] ?? []
    return least > LEAST_BYTES || start > START_BYTES
  })
  if (wrong.length === 0) return fine(check, found)
  return ill(check, 'warn', found, {
    why: 'The second number is what a connection may hold before it has shown that it needs it: with many connections it decides how much memory a stall takes.',
    mend: wrong.flatMap(name => setSysctl(name, BUFFER_GOOD[name])),
  })
}

const RTO_GOOD_MS = 1_000

/** `rto_min 3s`, `rto_min lock 200ms`; without a unit it is milliseconds. */
const rtoOf = (route: string): number | undefined => {
  const match = /\brto_min (?:lock )?([\d.]+)(ms|s|us)?/.exec(route)
  if (match === null) return undefined
  const factor = match[2] === 's' ? 1_000 : match[2] === 'us' ? 0.001 : 1
  return Number(match[1]) * factor
}

const RTO_NAME = 'net.ipv4.tcp_rto_min_us'

/** The default route is the one to phones. */
const checkRto = (host: Host): Finding => {
  const check = 'rto-min'
  const route = host
    .tool('ip', '-4', 'route', 'show', 'default')
    ?.split('\n')
    .find(line => line.startsWith('default'))
  const setting = sysctl(host, RTO_NAME)?.[0]
  const ms =
    (route === undefined ? undefined : rtoOf(route)) ??
    (setting === undefined ? undefined : setting / 1_000)
  if (ms === undefined && route === undefined)
    return unknown(check, 'neither a default route nor net.ipv4.tcp_rto_min_us can be read')
  // What Linux takes where nobody says anything.
  const effective = ms ?? 200
  const found = `the kernel sends again after ${effective} ms at the earliest`
  if (effective >= RTO_GOOD_MS) return fine(check, found)
  const via = route?.replace(/\s+rto_min (lock )?\S+/, '').trim()
  return ill(check, 'warn', found, {
    why: 'A phone whose radio sleeps answers after one to three seconds. Until then everything is sent to it again, which costs traffic, wakes it and makes the kernel believe in congestion. Leave it where clients are in data centres.',
    // The setting holds for every connection, those between servers too: only where routes are not seen.
    mend:
      via === undefined
        ? setSysctl(RTO_NAME, '3000000')
        : [`sudo ip route change ${via} rto_min 3s`],
  })
}

/** Longer than any heartbeat. */
const TRACKED_SECONDS = 3_600
const TRACKED_NAME = 'net.netfilter.nf_conntrack_tcp_timeout_established'

const checkConntrack = (host: Host, sessions: number): Finding => {
  const check = 'conntrack'
  const name = 'net.netfilter.nf_conntrack_max'
  const most = sysctl(host, name)?.[0]
  const count = sysctl(host, 'net.netfilter.nf_conntrack_count')?.[0]
  if (most === undefined || count === undefined)
    return fine(check, 'connections are not tracked here')
  const found = `${count} connections are tracked, of ${most}`
  const wanted = Math.max(2 * sessions, 262_144)
  if (count > most * 0.8 || most < sessions)
    return ill(check, count > most * 0.95 ? 'fail' : 'warn', found, {
      why: 'A firewall or NAT of this host keeps a row for each connection. When the table is full new ones are dropped without a word.',
      mend: [
        ...setSysctl(name, String(wanted)),
        'or take the ports of the gate out of it: iptables -t raw -A PREROUTING -p tcp --dport 7001 -j NOTRACK',
      ],
    })
  const seconds = sysctl(host, TRACKED_NAME)?.[0]
  if (seconds === undefined || seconds >= TRACKED_SECONDS) return fine(check, found)
  return ill(check, 'warn', `${found}, idle ones for ${seconds} s`, {
    why: 'An idle connection that is forgotten is dead, and nobody is told: clients have to ping more often than that.',
    mend: setSysctl(TRACKED_NAME, '86400'),
  })
}

export interface NetworkWanted {
  readonly listening: readonly number[]
  /** Sessions per process. */
  readonly sessions: number
}

export const checkNetwork = (host: Host, { listening, sessions }: NetworkWanted): Finding[] => [
  checkPorts(host, listening),
  ...SETTINGS.map(setting => checkSetting(host, setting)),
  ...checkRecycle(host),
  checkTcpMemory(host),
  checkBuffers(host),
  checkRto(host),
  checkConntrack(host, sessions),
]
