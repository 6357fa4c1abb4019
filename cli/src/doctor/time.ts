import type { Finding } from './finding.ts'
import { fine, ill, unknown } from './finding.ts'
import type { Host } from './host.ts'

const WHY =
  'Tokens, revocations and times to live are compared with the clock. Nothing is lost or repeated by a wrong one, but logins are refused and messages expire early or late.'
const MEND = [
  'sudo apt-get install chrony && sudo systemctl enable --now chrony',
  'chronyc tracking',
]

/** `yes`, `no`, or undefined where nobody on this host knows. */
const isSynchronized = (host: Host): { readonly by: string; readonly yes: boolean } | undefined => {
  const chrony = host.tool('chronyc', '-c', 'tracking')?.split(',')
  // The last field but none: leap status; 'Not synchronised' without a source.
  if (chrony !== undefined) return { by: 'chrony', yes: !/not sync/i.test(chrony.at(-1) ?? '') }
  if (host.list('/run/systemd/timesync').includes('synchronized'))
    return { by: 'systemd-timesyncd', yes: true }
  const told = host.tool('timedatectl', 'show', '-p', 'NTPSynchronized', '--value')
  if (told === 'yes' || told === 'no') return { by: 'timedatectl', yes: told === 'yes' }
  return undefined
}

const checkSync = (host: Host): Finding => {
  const check = 'clock-sync'
  const state = isSynchronized(host)
  if (state === undefined)
    return unknown(
      check,
      'whether the clock is kept right is not told here (no chrony, timesyncd or timedatectl)',
    )
  if (state.yes) return fine(check, `the clock is kept right, says ${state.by}`)
  return ill(check, 'warn', `nobody keeps the clock right, says ${state.by}`, {
    why: WHY,
    mend: MEND,
  })
}

const SOURCES_SLOW = new Set(['hpet', 'acpi_pm', 'jiffies', 'refined-jiffies'])

const checkSource = (host: Host): Finding => {
  const check = 'clock-source'
  const folder = '/sys/devices/system/clocksource/clocksource0'
  const source = host.read(`${folder}/current_clocksource`)
  if (source === undefined) return unknown(check, 'the host does not tell its clock source')
  const found = `time is read from ${source}`
  if (!SOURCES_SLOW.has(source)) return fine(check, found)
  const better = (host.read(`${folder}/available_clocksource`) ?? '')
    .split(/\s+/)
    .find(name => name !== '' && !SOURCES_SLOW.has(name))
  return ill(check, 'warn', found, {
    why: 'Each reading asks the kernel and a device: a microsecond instead of 30 ns, many times per message.',
    mend: [
      better === undefined
        ? 'choose a machine type with tsc or kvm-clock'
        : `echo ${better} | sudo tee ${folder}/current_clocksource`,
    ],
  })
}

/** What passed meanwhile on the wall clock and on the one that does not jump, in milliseconds. */
export interface Passed {
  readonly wallMs: number
  readonly monotonicMs: number
}

const JUMP_MS = 100

const checkJump = ({ wallMs, monotonicMs }: Passed): Finding => {
  const off = Math.round(wallMs - monotonicMs)
  const found = `while this ran (${Math.round(monotonicMs)} ms) the clock moved ${off} ms against the one that does not jump`
  return Math.abs(off) < JUMP_MS
    ? fine('clock-jump', found)
    : ill('clock-jump', 'warn', found, {
        why: WHY,
        mend: ['chronyc tracking', 'look for two programs that both set the clock'],
      })
}

/** How the clock of this host is kept. */
export const checkTime = (host: Host, passed: Passed): Finding[] => [
  checkSync(host),
  checkSource(host),
  checkJump(passed),
]

const OFFSET_WARN_MS = 500
const OFFSET_FAIL_MS = 5_000

/** `offsetMs`: how far the clock of Redis is ahead of this one, as well as one round trip tells. */
export const checkOffset = (offsetMs: number, roundTripMs: number): Finding => {
  const check = 'clock-redis'
  const found = `the clock of Redis is ${Math.round(offsetMs)} ms ahead (± ${Math.ceil(roundTripMs / 2)} ms)`
  const off = Math.max(0, Math.abs(offsetMs) - roundTripMs / 2)
  if (off < OFFSET_WARN_MS) return fine(check, found)
  return ill(check, off < OFFSET_FAIL_MS ? 'warn' : 'fail', found, {
    why: `One of the two hosts has the wrong time. ${WHY}`,
    mend: MEND,
  })
}
