import type { Role } from '../config.ts'
import type { Finding } from './finding.ts'
import { fine, ill, unknown } from './finding.ts'
import { setSysctl, sysctl, type Host } from './host.ts'

/** What is to run here. */
export interface Wanted {
  readonly role: Role
  /** Connections per gate process: as configured, or else undefined. */
  readonly sessions: number | undefined
  /** `gate.limits.reserve`. */
  readonly reserve: number
  /** Gate processes on this host: `gate.workers`. */
  readonly processes: number
}

/** A gate that holds fewer is small: most limits of open files are a left-over of other times. */
const SESSIONS_FEW = 10_000
const FILES_GOOD = 1_048_576

/** What an idle session takes: of the process (TCP, the dearer one), and of the kernel at this end. */
const SESSION_BYTES = 2_100
const KERNEL_BYTES = 5_000
/** A gate without sessions. */
const GATE_BYTES = 100 * 2 ** 20
const MIB = 2 ** 20

const holdsSessions = ({ role }: Wanted): boolean => role === 'all' || role === 'gate'

const openFiles = (host: Host): { readonly soft: number; readonly hard: number } | undefined => {
  const line = /^Max open files\s+(\S+)\s+(\S+)/m.exec(host.read('/proc/self/limits') ?? '')
  if (line === null) return undefined
  const number = (text: string | undefined): number =>
    text === 'unlimited' ? Infinity : Number(text)
  return { soft: number(line[1]), hard: number(line[2]) }
}

/** Sessions that so many open files allow, as a gate counts. */
const sessionsFor = (files: number, reserve: number): number =>
  Math.floor(files - Math.min(reserve, files / 2))

const checkOpenFiles = (host: Host, wanted: Wanted): Finding => {
  const check = 'open-files'
  const files = openFiles(host)
  if (files === undefined) return unknown(check, 'the host does not tell the limit of open files')
  const { soft, hard } = files
  const room = sessionsFor(soft, wanted.reserve)
  const found = `${soft} open files per process (at most ${hard}): ${room} sessions per gate`
  const needed = wanted.sessions ?? SESSIONS_FEW
  if (!holdsSessions(wanted) || room >= needed) return fine(check, found)
  const advice = {
    why: `A connection is an open file. ${needed} sessions ${wanted.sessions === undefined ? 'are little for a gate' : 'are configured (gate.limits.sessions)'}, and beyond ${room} clients are sent away.`,
    mend: [
      ...(hard > soft
        ? [`ulimit -n ${hard}   # in the shell that starts it, no rights needed`]
        : []),
      `systemd: LimitNOFILE=${FILES_GOOD}`,
      `containers: --ulimit nofile=${FILES_GOOD}:${FILES_GOOD}`,
      'or several processes: longwire gate --workers auto',
    ],
  }
  return ill(check, wanted.sessions === undefined ? 'warn' : 'fail', found, advice)
}

const checkAllFiles = (host: Host, wanted: Wanted): Finding => {
  const check = 'all-files'
  const most = sysctl(host, 'fs.file-max')?.[0]
  const open = Number(host.read('/proc/sys/fs/file-nr')?.split(/\s+/)[0] ?? Number.NaN)
  if (most === undefined || Number.isNaN(open))
    return unknown(check, 'the host does not tell how many files all processes may have open')
  const found = `${open} files open on the whole host, of ${most}`
  const own = openFiles(host)?.soft ?? 0
  const needed = wanted.processes * (wanted.sessions ?? Math.min(own, FILES_GOOD))
  if (most - open >= needed || !holdsSessions(wanted)) return fine(check, found)
  return ill(check, most - open < needed / 2 ? 'fail' : 'warn', found, {
    why: 'Beyond it no process can accept a connection or open a file.',
    mend: setSysctl('fs.file-max', String(4 * FILES_GOOD)),
  })
}

const meminfo = (host: Host, field: string): number | undefined => {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(host.read('/proc/meminfo') ?? '')
  return line === null ? undefined : Number(line[1]) * 1024
}

/** Where a control group shows its files: the container's own is mounted at the top. */
const CGROUPS = ['/sys/fs/cgroup', '/sys/fs/cgroup/memory']
const CGROUP_LIMITS = ['memory.max', 'memory.limit_in_bytes']

/** Bytes the control group allows; undefined: no limit, or not told. */
const groupLimit = (host: Host): number | undefined => {
  const path = /^0::(\/.*)$/m.exec(host.read('/proc/self/cgroup') ?? '')?.[1] ?? ''
  const places = [...CGROUPS, `/sys/fs/cgroup${path.replace(/\/$/, '')}`]
  const limits = places
    .flatMap(place =>
      CGROUP_LIMITS.map(name => Number(host.read(`${place}/${name}`) ?? Number.NaN)),
    )
    // Version 1 says "no limit" with a number close to 2^63.
    .filter(bytes => bytes > 0 && bytes < 2 ** 60)
  return limits.length === 0 ? undefined : Math.min(...limits)
}

const mib = (bytes: number): string => `${Math.round(bytes / MIB).toLocaleString('en-US')} MiB`

const checkMemory = (host: Host, wanted: Wanted): Finding => {
  const check = 'memory'
  const total = meminfo(host, 'MemTotal')
  const available = meminfo(host, 'MemAvailable')
  if (total === undefined || available === undefined)
    return unknown(check, 'the host does not tell how much memory it has')
  const group = groupLimit(host)
  const most = Math.min(group ?? Infinity, available)
  const found = `${mib(available)} of ${mib(total)} free${group === undefined ? '' : `, ${mib(group)} allowed by the control group`}`
  if (!holdsSessions(wanted)) return fine(check, found)
  const sessions =
    wanted.sessions ?? sessionsFor(Math.min(openFiles(host)?.soft ?? 0, FILES_GOOD), wanted.reserve)
  const { processes } = wanted
  const needed = processes * (GATE_BYTES + sessions * (SESSION_BYTES + KERNEL_BYTES))
  const what = `${sessions} sessions${processes === 1 ? '' : ` in each of ${processes} processes`}`
  if (needed <= most) return fine(check, `${found}; ${what} take ${mib(needed)}`)
  return ill(check, 'warn', found, {
    why: `${what} take about ${mib(needed)} when idle: ${SESSION_BYTES} bytes each in the process, ${KERNEL_BYTES} in the kernel, more while messages wait. What does not fit ends with the process being killed.`,
    mend: [
      `set gate.limits.sessions to ${Math.max(0, Math.floor((most / processes - GATE_BYTES) / (SESSION_BYTES + KERNEL_BYTES)))}`,
      `containers: --memory ${Math.ceil(needed / MIB)}m`,
    ],
  })
}

const checkCores = (host: Host): Finding => {
  const check = 'cpu'
  const text = host.read('/sys/fs/cgroup/cpu.max')
  const cores = (host.read('/proc/cpuinfo') ?? '').match(/^processor\s*:/gm)?.length
  const [quota, period] = (text ?? 'max 100000').split(/\s+/).map(Number)
  const share = quota === undefined || Number.isNaN(quota) ? Infinity : quota / (period ?? 100_000)
  if (cores === undefined) return unknown(check, 'the host does not tell its processors')
  const found = `${cores} processors${share === Infinity ? '' : `, of which the control group allows ${share}`}`
  if (share >= 1) return fine(check, found)
  return ill(check, 'warn', found, {
    why: 'A process that used up its share stands still for up to a tenth of a second: gates answer late, and beyond 3 s count as dead.',
    mend: ['containers: --cpus 1 or more', 'Kubernetes: resources.limits.cpu: "1", or none'],
  })
}

const checkHugePages = (host: Host): Finding => {
  const check = 'huge-pages'
  const text = host.read('/sys/kernel/mm/transparent_hugepage/enabled')
  const mode = /\[(\w+)\]/.exec(text ?? '')?.[1]
  if (mode === undefined) return unknown(check, 'the host does not tell about huge pages')
  const found = `transparent huge pages: ${mode}`
  if (mode !== 'always') return fine(check, found)
  return ill(check, 'warn', found, {
    why: 'Memory is given in pieces of 2 MiB: processes grow, and Redis stands still while it is copied.',
    mend: ['echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled'],
  })
}

/** What a process, and the host as a whole, may take. */
export const checkLimits = (host: Host, wanted: Wanted): Finding[] => [
  checkOpenFiles(host, wanted),
  checkAllFiles(host, wanted),
  checkMemory(host, wanted),
  checkCores(host),
  checkHugePages(host),
]
