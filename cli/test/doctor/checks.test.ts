import t from 'tap'
import { checkDisk, readDisk, type DiskReading } from '../../src/doctor/disk.ts'
import { worst, type Finding } from '../../src/doctor/finding.ts'
import type { Host } from '../../src/doctor/host.ts'
import { checkInterrupts } from '../../src/doctor/interrupts.ts'
import { checkLimits } from '../../src/doctor/limits.ts'
import { checkNetwork } from '../../src/doctor/network.ts'
import type { Config } from '../../src/config.ts'
import { checkService, servicesOf, type ServiceReading } from '../../src/doctor/services.ts'
import { checkConfig, checkNode, checkWebSocket } from '../../src/doctor/software.ts'
import { checkOffset, checkTime } from '../../src/doctor/time.ts'
import { BAD, BARE, GOOD, hostOf, type Told } from './hosts.ts'

const WANTED = { role: 'gate', sessions: undefined, reserve: 512, processes: 1 } as const
const LISTENING = [7001, 7002, 15_001, 17_001]

const all = (host: Host, sessions?: number): readonly Finding[] => [
  ...checkLimits(host, { ...WANTED, sessions }),
  ...checkNetwork(host, { listening: LISTENING, sessions: sessions ?? 0 }),
  ...checkInterrupts(host),
  ...checkTime(host, { wallMs: 500, monotonicMs: 500 }),
]

const one = (findings: readonly Finding[], check: string): Finding => {
  const found = findings.find(each => each.check === check)
  if (found === undefined) throw new Error(`nobody looked at ${check}`)
  return found
}

const changed = (told: Told, files: Readonly<Record<string, string>>): Host =>
  hostOf({ ...told, files: { ...told.files, ...files } })

t.test('on a host that was made ready all is well', async t => {
  for (const { check, status, found } of all(hostOf(GOOD), 1_000_000))
    t.equal(status, 'ok', `${check}: ${found}`)
})

t.test('on a bad host each thing is found, with why it matters and how to mend it', async t => {
  const findings = all(hostOf(BAD), 50_000)
  const status = Object.fromEntries(findings.map(each => [each.check, each.status]))
  t.strictSame(status, {
    'open-files': 'fail',
    'all-files': 'fail',
    memory: 'warn',
    cpu: 'warn',
    'huge-pages': 'warn',
    ports: 'warn',
    somaxconn: 'warn',
    'syn-backlog': 'warn',
    syncookies: 'warn',
    'fin-timeout': 'warn',
    'tw-reuse': 'warn',
    'tw-recycle': 'fail',
    'tcp-memory': 'fail',
    'tcp-buffers': 'warn',
    'rto-min': 'warn',
    conntrack: 'fail',
    interrupts: 'warn',
    'clock-sync': 'warn',
    'clock-source': 'warn',
    'clock-jump': 'ok',
  })
  for (const { check, status: is, why, mend } of findings) {
    if (is === 'ok') continue
    t.ok(why.length > 20 && mend.length > 0, check)
  }
})

t.test('what is told names the values and the commands', async t => {
  const findings = all(hostOf(BAD), 50_000)
  t.match(
    one(findings, 'open-files').found,
    '1024 open files per process (at most 4096): 512 sessions',
  )
  t.match(one(findings, 'open-files').mend[0], 'ulimit -n 4096')
  t.match(one(findings, 'ports').why, '7001, 7002')
  t.match(one(findings, 'somaxconn').mend[0], 'sudo sysctl -w net.core.somaxconn="4096"')
  t.strictSame(one(findings, 'rto-min').mend, [
    'sudo ip route change default via 192.0.2.1 dev eth0 proto dhcp metric 100 rto_min 3s',
  ])
  t.match(one(findings, 'interrupts').found, 'processor 1 takes 100 %')
  t.match(one(findings, 'interrupts').mend[1], 'echo 3 |')
  t.match(one(findings, 'clock-source').mend[0], 'echo tsc')
})

t.test('what a container does not show is unknown, and nothing fails', async t => {
  const findings = all(hostOf(BARE))
  t.equal(worst(findings), 'unknown')
  t.notOk(findings.some(({ status }) => status === 'warn' || status === 'fail'))
  t.ok(findings.filter(({ status }) => status === 'unknown').length > 12)
})

t.test(
  'few open files are to be looked at, and a failure where more sessions are configured',
  async t => {
    const host = changed(GOOD, {
      '/proc/self/limits':
        'Max open files            4096                 unlimited            files',
    })
    t.equal(one(checkLimits(host, WANTED), 'open-files').status, 'warn')
    t.equal(one(checkLimits(host, { ...WANTED, sessions: 3_584 }), 'open-files').status, 'ok')
    t.equal(one(checkLimits(host, { ...WANTED, sessions: 3_585 }), 'open-files').status, 'fail')
    t.equal(one(checkLimits(host, { ...WANTED, role: 'logic' }), 'open-files').status, 'ok')
  },
)

t.test('every process of a gate counts', async t => {
  const memory = (processes: number): string =>
    one(checkLimits(hostOf(GOOD), { ...WANTED, sessions: 1_000_000, processes }), 'memory').status
  t.equal(memory(8), 'ok')
  t.equal(memory(9), 'warn')
  const files = (processes: number): string =>
    one(checkLimits(hostOf(GOOD), { ...WANTED, sessions: 1_000_000, processes }), 'all-files')
      .status
  t.equal(files(4), 'ok')
  t.equal(files(5), 'warn')
})

t.test('the control group counts where it allows less than the host has', async t => {
  const v1 = changed(GOOD, { '/sys/fs/cgroup/memory/memory.limit_in_bytes': '200000000' })
  const finding = one(checkLimits(v1, { ...WANTED, sessions: 20_000 }), 'memory')
  t.equal(finding.status, 'warn')
  t.match(finding.mend[0], 'set gate.limits.sessions to 13')
  const none = changed(GOOD, {
    '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
  })
  t.equal(one(checkLimits(none, { ...WANTED, sessions: 20_000 }), 'memory').status, 'ok')
})

t.test('the least time of a retransmission is read in all the ways that it is written', async t => {
  const status = (route: string | undefined, micros?: string): string => {
    const files = { ...GOOD.files }
    if (micros === undefined) delete files['/proc/sys/net/ipv4/tcp_rto_min_us']
    else files['/proc/sys/net/ipv4/tcp_rto_min_us'] = micros
    const tools = route === undefined ? {} : { 'ip -4 route show default': route }
    return one(checkNetwork(hostOf({ files, tools }), { listening: [], sessions: 0 }), 'rto-min')
      .status
  }
  t.equal(status('default via 192.0.2.1 dev eth0 rto_min 3000ms'), 'ok')
  t.equal(status('default via 192.0.2.1 dev eth0 rto_min lock 3s'), 'ok')
  t.equal(status('default via 192.0.2.1 dev eth0 rto_min 0.2s', '3000000'), 'warn')
  t.equal(status('default via 192.0.2.1 dev eth0'), 'warn')
  t.equal(status('default via 192.0.2.1 dev eth0', '3000000'), 'ok')
  t.equal(status(undefined, '200000'), 'warn')
  t.equal(status(undefined), 'unknown')
})

t.test('idle connections that a firewall forgets are found', async t => {
  const tracked = {
    '/proc/sys/net/netfilter/nf_conntrack_max': '262144',
    '/proc/sys/net/netfilter/nf_conntrack_count': '10',
    '/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established': '300',
  }
  const network = { listening: [], sessions: 10_000 }
  t.match(one(checkNetwork(changed(GOOD, tracked), network), 'conntrack'), {
    status: 'warn',
    found: '300 s',
  })
  const long = {
    ...tracked,
    '/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established': '432000',
  }
  t.equal(one(checkNetwork(changed(GOOD, long), network), 'conntrack').status, 'ok')
})

t.test('interrupts of one processor are fine where the kernel passes packets on', async t => {
  const mask = (rps: string): string =>
    one(
      checkInterrupts(changed(BAD, { '/sys/class/net/eth0/queues/rx-0/rps_cpus': rps })),
      'interrupts',
    ).status
  t.equal(mask('00000000,00000003'), 'ok')
  t.equal(mask('00000000,00000002'), 'warn')
})

t.test('a clock that jumps, or differs from that of Redis, is found', async t => {
  const host = hostOf(GOOD)
  t.equal(one(checkTime(host, { wallMs: 900, monotonicMs: 500 }), 'clock-jump').status, 'warn')
  t.equal(checkOffset(400, 2).status, 'ok')
  t.equal(checkOffset(-800, 2).status, 'warn')
  t.equal(checkOffset(9_000, 2).status, 'fail')
  t.equal(checkOffset(9_000, 20_000).status, 'ok', 'the round trip may explain it')
})

t.test('software', async t => {
  t.equal(checkNode('20.19.0').status, 'ok')
  t.equal(checkNode('22.1.0').status, 'ok')
  t.equal(checkNode('20.18.9').status, 'fail')
  t.equal(checkNode('18.20.0').status, 'fail')
  t.equal(checkWebSocket(undefined).status, 'ok')
  t.match(checkWebSocket('built for another Node'), { status: 'warn', found: 'ws package' })
  t.match(checkConfig('x.yaml', new Error('no such file')), {
    status: 'fail',
    found: 'no such file',
  })
})

const DISK: DiskReading = {
  directory: './data',
  place: '/srv',
  syncMs: [0.3, 0.2, 40],
  freeBytes: 2 ** 35,
  totalBytes: 2 ** 36,
  type: 0xef53,
  problem: undefined,
}

t.test('disks', async t => {
  const status = (reading: Partial<DiskReading>): string =>
    checkDisk({ ...DISK, ...reading })
      .map(each => `${each.check} ${each.status}`)
      .join(', ')
  t.equal(status({}), 'disk-sync ok, disk-space ok')
  t.equal(status({ syncMs: [12, 30, 11] }), 'disk-sync warn, disk-space ok')
  t.equal(status({ syncMs: [300] }), 'disk-sync fail, disk-space ok')
  t.equal(status({ freeBytes: 2 ** 30 }), 'disk-sync ok, disk-space warn')
  t.equal(status({ freeBytes: 0 }), 'disk-sync ok, disk-space fail')
  t.equal(status({ type: 0x6969 }), 'disk-sync ok, disk-space ok, disk-type warn')
  t.equal(status({ problem: 'EACCES: permission denied' }), 'disk-sync fail')
})

t.test('a disk is read where the directory will be, and nothing stays', async t => {
  const place = t.testdir()
  const reading = readDisk(`${place}/not/yet`)
  t.equal(reading.problem, undefined)
  t.equal(reading.place, place)
  t.equal(reading.syncMs.length, 20)
  t.ok(reading.totalBytes > 0)
})

t.test('services are those of the role, each once', async t => {
  const kafka = { brokers: ['k:1', 'k:2'], backup: { brokers: ['b:1'] }, backAfterSeconds: 30 }
  const limits = { publishMs: 2_000, memberGoneMs: 10_000, replication: -1 }
  const bus: Config['bus'] = { kind: 'kafka', webhookAllow: [], kafka: { ...kafka, ...limits } }
  const redis = { routes: 'redis://r:1', registry: 'redis://r:1' }
  const config = { store: 'mongodb://m/x', ...redis, bus }
  t.match(servicesOf({ role: 'logic', ...config }), [
    { kind: 'redis', keys: ['routes', 'registry'] },
    { kind: 'mongo', keys: ['store'] },
    { kind: 'kafka', keys: ['bus.kafka.brokers'], url: 'k:1,k:2' },
    { kind: 'kafka', keys: ['bus.kafka.backup.brokers'], url: 'b:1' },
  ])
  t.match(servicesOf({ role: 'gate', ...config }), [{ kind: 'redis', keys: ['registry'] }])
  const own: Config['bus'] = { ...bus, kind: 'embedded' }
  const memory = { routes: 'memory', registry: 'memory', bus: own }
  t.strictSame(servicesOf({ role: 'all', store: 'lmdb', ...memory }), [])
})

t.test('a service that is away, slow, forgetful or late is told without its password', async t => {
  const service = { kind: 'redis', keys: ['routes'], url: 'redis://me:hidden@r:6380' } as const
  const reading: ServiceReading = { service, problem: undefined, roundTripMs: 1, offsetMs: 3 }
  const told = (more: Partial<ServiceReading>): string =>
    checkService({ ...reading, ...more })
      .map(each => `${each.check} ${each.status}`)
      .join(', ')
  t.equal(told({}), 'redis ok, clock-redis ok')
  t.equal(told({ problem: 'refused' }), 'redis fail')
  t.equal(told({ roundTripMs: 30 }), 'redis warn, clock-redis ok')
  t.equal(told({ evicts: 'allkeys-lru' }), 'redis ok, redis-eviction warn, clock-redis ok')
  t.equal(told({ offsetMs: 60_000 }), 'redis ok, clock-redis fail')
  const text = JSON.stringify(checkService({ ...reading, problem: 'refused' }))
  t.notMatch(text, 'hidden')
  t.match(text, 'redis-cli -h r -p 6380 ping')
})
