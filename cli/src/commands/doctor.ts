import { loadConfig } from '@longwire/kit'
import { uwsProblem } from '@longwire/gate'
import { CONFIG, type Config, type Role } from '../config.ts'
import { checkDisk, readDisk } from '../doctor/disk.ts'
import { worst, type Finding, type Status } from '../doctor/finding.ts'
import { systemHost, type Host } from '../doctor/host.ts'
import { checkInterrupts } from '../doctor/interrupts.ts'
import { checkLimits } from '../doctor/limits.ts'
import { checkNetwork } from '../doctor/network.ts'
import { checkService, readService, servicesOf } from '../doctor/services.ts'
import { checkConfig, checkNode, checkWebSocket } from '../doctor/software.ts'
import { checkTime } from '../doctor/time.ts'
import { EXIT, Failure } from '../failure.ts'
import { configFile, loadSettings, type CommonOptions } from '../settings.ts'
import type { Shell } from '../shell.ts'
import { paintFor, visible, type Paint } from '../terminal.ts'
import { workerConfig, workerCount } from '../workers/ports.ts'

export interface DoctorOptions extends CommonOptions {
  readonly role: Role
  /** Sessions that one gate process is to hold. */
  readonly sessions?: number
  readonly strict?: boolean
  readonly json?: boolean
}

interface Area {
  readonly title: string
  readonly findings: readonly Finding[]
}

/** Looks at this host, and at what Longwire needs of it; changes nothing. */
export const doctor = async (
  shell: Shell,
  options: DoctorOptions,
  host: Host = systemHost,
): Promise<void> => {
  const areas = await examine(shell, options, host)
  const findings = areas.flatMap(area => area.findings)
  const verdict = worst(findings)
  if (options.json === true) shell.stdout.write(`${JSON.stringify({ verdict, findings })}\n`)
  else shell.stdout.write(report(areas, paintFor(shell.stdout, shell.env)))
  const ill = findings.filter(
    ({ status }) => status === 'fail' || (options.strict === true && status === 'warn'),
  )
  if (ill.length === 0) return
  const names = [...new Set(ill.map(({ check }) => check))].join(', ')
  throw new Failure(
    `${ill.length === 1 ? 'one check' : `${ill.length} checks`} failed: ${names}`,
    EXIT.failed,
  )
}

const examine = async (shell: Shell, options: DoctorOptions, host: Host): Promise<Area[]> => {
  const { role } = options
  const began = { wall: Date.now(), monotonic: performance.now() }
  const { config, problem } = settings(shell, options)
  const { store, routes, registry, data, bus } = config
  const services = servicesOf({ role, store, routes, registry, bus })
  const readings = await Promise.all(services.map(readService))
  const { reserve } = config.gate.limits
  const sessions = options.sessions ?? config.gate.limits.sessions
  const processes = role === 'gate' ? workerCount(config) : 1
  const limits = checkLimits(host, { role, sessions, reserve, processes })
  const hasGate = role === 'all' || role === 'gate'
  const hasLogic = role === 'all' || role === 'logic'
  const embedded = hasLogic && !store.startsWith('mongodb')
  const directory = store.startsWith('lmdb:') ? store.slice('lmdb:'.length) : data
  const software = [
    checkNode(process.versions.node),
    ...(hasGate ? [checkWebSocket(await uwsProblem())] : []),
    checkConfig(configFile(options, shell.env) ?? 'the configuration', problem),
  ]
  const network = [
    ...checkNetwork(host, {
      listening: portsOf(role, config, processes),
      sessions: processes * (sessions ?? 0),
    }),
    ...(hasGate ? checkInterrupts(host) : []),
  ]
  const storage = embedded ? checkDisk(readDisk(directory)) : []
  const passed = {
    wallMs: Date.now() - began.wall,
    monotonicMs: performance.now() - began.monotonic,
  }
  return [
    { title: 'Software', findings: software },
    { title: 'Limits', findings: limits },
    { title: 'Network', findings: network },
    { title: 'Disk', findings: storage },
    { title: 'Services', findings: readings.flatMap(checkService) },
    { title: 'Clock', findings: checkTime(host, passed) },
  ].filter(({ findings }) => findings.length > 0)
}

/** The configuration, or the defaults where it is no good, and what is wrong with it. */
const settings = (
  shell: Shell,
  options: DoctorOptions,
): { readonly config: Config; readonly problem: Error | undefined } => {
  try {
    return { config: loadSettings(options, shell.env, options.role).config, problem: undefined }
  } catch (error) {
    const problem = error instanceof Error ? error : new Error(String(error))
    // Values that are good by themselves are used, even where they do not suffice to run something.
    try {
      return { config: loadSettings(options, shell.env).config, problem }
    } catch {
      return { config: loadConfig(CONFIG, { overrides: {} }).config, problem }
    }
  }
}

/** With several processes each listens for clients one port higher than the one before. */
const portsOf = (role: Role, config: Config, processes: number): number[] => {
  const { gate, http, backend, trunk, dispatcher } = config
  const workers = Array.from({ length: processes }, (_, n) => workerConfig(config, n).gate)
  const gateSide = [gate.tcp.address, gate.ws.address, gate.probes.tcp]
  const logicSide = [http.address, backend.address]
  const addresses = {
    all: [...gateSide, ...logicSide],
    gate: [
      ...workers.flatMap(({ tcp, ws, probes }) => [tcp.address, ws.address, probes.tcp]),
      gate.operations.address,
    ],
    logic: [...logicSide, trunk.address],
    dispatcher: [dispatcher.address],
  }[role]
  return addresses
    .map(address => Number(address.slice(address.lastIndexOf(':') + 1)))
    .filter(port => port > 0)
    .sort((a, b) => a - b)
}

const MARKS: Readonly<Record<Status, (paint: Paint) => string>> = {
  ok: paint => paint.green('ok     '),
  warn: paint => paint.yellow('warn   '),
  fail: paint => paint.red('fail   '),
  unknown: paint => paint.dim('unknown'),
}

const report = (areas: readonly Area[], paint: Paint): string => {
  const lines = areas.flatMap(({ title, findings }) => [
    paint.bold(title),
    ...findings.flatMap(finding => [
      `  ${MARKS[finding.status](paint)} ${finding.check}: ${visible(finding.found)}`,
      ...(finding.why === '' ? [] : [`          ${finding.why}`]),
      ...finding.mend.map(line => `          → ${visible(line)}`),
    ]),
  ])
  const all = areas.flatMap(({ findings }) => findings)
  const count = (status: Status): number => all.filter(each => each.status === status).length
  const sum = `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed, ${count('unknown')} unknown`
  return `${lines.join('\n')}\n\n${sum}. What each means: docs/tuning.md\n`
}
