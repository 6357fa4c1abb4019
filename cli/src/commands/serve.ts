import {
  createLogger,
  systemClock,
  tidyHeapWhenQuiet,
  type LoadedConfig,
  type Logger,
} from '@longwire/kit'
import { startAll, type RunningAll } from '../compose/all.ts'
import { startDispatcher } from '../compose/dispatcher.ts'
import { startGate } from '../compose/gate.ts'
import { startLogic } from '../compose/logic.ts'
import {
  checkAddresses,
  checkFiles,
  type WantedAddress,
  type WantedFile,
} from '../compose/surroundings.ts'
import type { Running } from '../compose/running.ts'
import type { Config, Role } from '../config.ts'
import { EXIT, Failure } from '../failure.ts'
import { isRunning, readRunFile, removeRunFile, writeRunFile } from '../run-file.ts'
import { loadSettings, type CommonOptions } from '../settings.ts'
import type { Shell } from '../shell.ts'
import { paintFor, readable } from '../terminal.ts'
import { welcome } from '../welcome.ts'
import { workerConfig, workerCount } from '../workers/ports.ts'
import { serveSupervisor } from '../workers/serving.ts'
import { startWorkers } from '../workers/supervisor.ts'

export interface ServeOptions extends CommonOptions {
  /** It is this one of the processes of a gate, and was started by their supervisor. */
  readonly worker?: number
}

/** What closing may take on top of the drain. */
const CLOSE_MS = 5_000
/** So much earlier workers that do not end are killed: their supervisor is to tell of it. */
const BEFORE_MS = 500
/** A process that a signal ends at once: what shells expect. */
const SIGNALLED = { SIGINT: 130, SIGTERM: 143 } as const

/** The configuration as it is written now; the old one where that cannot be used. */
const configAgain = (old: Config, log: Logger, read: () => LoadedConfig<Config>): Config => {
  try {
    return read().config
  } catch (error) {
    log.error({ err: error }, 'the configuration cannot be read again: what was read before holds')
    return old
  }
}

/** Runs a server until it is told to stop. */
export const serve = async (shell: Shell, role: Role, options: ServeOptions): Promise<void> => {
  const loaded = settingsOf(shell, role, options)
  const log = logFor(shell, loaded, options)
  for (const warning of loaded.warnings) log.warn(warning)
  if (role === 'all') await refuseSecond(loaded.config.data)
  checkFiles(filesOf(loaded.config), loaded.origin)
  const supervises = isSupervisor(role, loaded.config, options)
  const wanted = supervises ? workerAddresses(loaded.config) : addressesOf(role, loaded.config)
  await checkAddresses(wanted, loaded.origin)
  const stopping = untilSignal(shell, log)
  const starting = (): Promise<Running> => {
    if (supervises) return supervise(loaded.config, log)
    return options.worker === undefined ? start(shell, role, loaded, log) : work(loaded.config, log)
  }
  const running = await starting().catch(explainStart)
  const name = supervises ? 'supervisor' : role
  log.info({ ...running.addresses }, `${name} is up`)
  let current = loaded.config
  const reload = (): void => {
    current = configAgain(current, log, () => settingsOf(shell, role, options))
    void running.reload?.(current)
  }
  process.on('SIGHUP', reload)
  tidyHeapWhenQuiet({ clock: systemClock })
  const failure = await (running.failed === undefined
    ? stopping
    : Promise.race([stopping, running.failed]))
  process.off('SIGHUP', reload)
  const { deadlineMs } = loaded.config.drain
  const finished = await stopWithin(running, deadlineMs + CLOSE_MS, shell)
  if (role === 'all') removeRunFile(loaded.config.data, process.pid)
  log.info({ finished }, `${name} has stopped`)
  if (failure !== undefined) throw failure
  if (finished) return
  throw new Failure(
    `stopped before all was finished: ${deadlineMs} ms were not enough (drain.deadlineMs); nothing that was accepted is lost`,
    EXIT.unfinished,
  )
}

const start = (
  shell: Shell,
  role: Role,
  loaded: LoadedConfig<Config>,
  log: Logger,
): Promise<Running> => {
  switch (role) {
    case 'all':
      return runAll(shell, loaded, log)
    case 'gate':
      return startGate(loaded.config, log)
    case 'logic':
      return startLogic(loaded.config, log)
    case 'dispatcher':
      return startDispatcher(loaded.config, log)
  }
}

const settingsOf = (shell: Shell, role: Role, options: ServeOptions): LoadedConfig<Config> => {
  const loaded = loadSettings(options, shell.env, role)
  if (options.worker === undefined) return loaded
  return { ...loaded, config: workerConfig(loaded.config, options.worker) }
}

const isSupervisor = (role: Role, config: Config, { worker }: ServeOptions): boolean =>
  role === 'gate' && worker === undefined && workerCount(config) > 1

const supervise = (config: Config, log: Logger): Promise<Running> => {
  const [script = '', ...args] = process.argv.slice(1)
  return startWorkers({
    count: workerCount(config),
    program: n => ({ script, args: [...args, '--worker', String(n)] }),
    log,
    operations: config.gate.operations.address,
    stopMs: config.drain.deadlineMs + CLOSE_MS - BEFORE_MS,
  })
}

const work = async (config: Config, log: Logger): Promise<Running> => {
  const running = await startGate(config, log)
  serveSupervisor(running, log)
  return running
}

const OUTSIDE = new Set(['TableUnavailable', 'RoutesUnavailable', 'RegistryUnavailable'])

/** What lies outside this program needs no stack to be understood. */
const explainStart = (error: unknown): never => {
  if (error instanceof Error && (OUTSIDE.has(error.name) || 'syscall' in error)) {
    throw new Failure(`it cannot start: ${error.message}`)
  }
  throw error
}

const runAll = async (
  shell: Shell,
  { config }: LoadedConfig<Config>,
  log: Logger,
): Promise<RunningAll> => {
  const running = await startAll(config, log)
  const { tcp, ws, http, backend } = running.addresses
  const appcode = config.apps[0]?.appcode ?? 1
  writeRunFile(config.data, { pid: process.pid, tcp, ws, http: http ?? '', backend, appcode })
  const interactive = shell.stdout.isTTY === true
  if (running.dev !== undefined || interactive) {
    shell.stdout.write(
      welcome({ running, config, appcode, paint: paintFor(shell.stdout, shell.env) }),
    )
  }
  return running
}

/** Two processes on one data directory would each push only to their own clients. */
const refuseSecond = async (data: string): Promise<void> => {
  const run = readRunFile(data)
  if (run === undefined || run.pid === process.pid || !(await isRunning(run))) return
  throw new Failure(
    `Longwire runs already with the data in ${data}: process ${run.pid}, ${run.http}\n  → use that one, stop it (kill ${run.pid}), or take another directory with --data`,
  )
}

/** JSON for machines; on a terminal readable lines, and only what needs attention unless a level was chosen. */
const logFor = (
  { stdout, env }: Shell,
  { config, origin }: LoadedConfig<Config>,
  { worker }: ServeOptions,
): Logger => {
  const name = config.node.name ?? 'longwire'
  const fields = worker === undefined ? {} : { worker }
  if (stdout.isTTY !== true) return createLogger({ level: config.log.level, name }).child(fields)
  const paint = paintFor(stdout, env)
  const level = origin('log.level') === 'default' ? 'warn' : config.log.level
  return createLogger({
    level,
    name,
    destination: { write: line => void stdout.write(readable(line, paint)) },
  }).child(fields)
}

const filesOf = ({ gate, auth, dispatcher, bus }: Config): WantedFile[] => [
  { key: 'gate.tcp.tls.certFile', file: gate.tcp.tls?.certFile },
  { key: 'gate.tcp.tls.keyFile', file: gate.tcp.tls?.keyFile },
  { key: 'gate.ws.tls.certFile', file: gate.ws.tls?.certFile },
  { key: 'gate.ws.tls.keyFile', file: gate.ws.tls?.keyFile },
  { key: 'bus.kafka.tls.caFile', file: bus.kafka.tls?.caFile },
  { key: 'bus.kafka.tls.certFile', file: bus.kafka.tls?.certFile },
  { key: 'bus.kafka.tls.keyFile', file: bus.kafka.tls?.keyFile },
  { key: 'auth.publicKeyFile', file: auth.publicKeyFile },
  { key: 'dispatcher.sign.keyFile', file: dispatcher.sign.keyFile },
]

const addressesOf = (
  role: Role,
  { gate, http, backend, trunk, dispatcher }: Config,
): WantedAddress[] => {
  if (role === 'dispatcher') return [{ key: 'dispatcher.address', address: dispatcher.address }]
  const gateSide = [
    { key: 'gate.tcp.address', address: gate.tcp.address },
    { key: 'gate.ws.address', address: gate.ws.address },
    { key: 'gate.probes.tcp', address: gate.probes.tcp },
  ]
  const logicSide = [
    { key: 'http.address', address: http.address },
    { key: 'backend.address', address: backend.address },
  ]
  if (role === 'gate')
    return [...gateSide, { key: 'gate.operations.address', address: gate.operations.address }]
  if (role === 'logic') return [...logicSide, { key: 'trunk.address', address: trunk.address }]
  return [...gateSide, ...logicSide]
}

/** Of all workers, and of those who ask for them. */
const workerAddresses = (config: Config): WantedAddress[] => [
  { key: 'gate.operations.address', address: config.gate.operations.address },
  ...Array.from({ length: workerCount(config) }, (_, n) =>
    addressesOf('gate', workerConfig(config, n)),
  ).flat(),
]

/** A signal that comes twice within this is one: a terminal and `npm` both pass on Ctrl-C. */
const ECHO_MS = 500

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
const untilSignal = ({ stdout }: Shell, log: Logger): Promise<void> =>
  new Promise(resolve => {
    // Timers of the product keep no process alive; this one does, until it is to end.
    const hold = setInterval(() => {}, 0x7fff_ffff)
    let askedAt: number | undefined
    const onSignal = (signal: NodeJS.Signals): void => {
      const now = systemClock.monotonic()
      if (askedAt !== undefined) {
        if (now - askedAt > ECHO_MS)
          process.exit(signal === 'SIGTERM' ? SIGNALLED.SIGTERM : SIGNALLED.SIGINT)
        return
      }
      askedAt = now
      clearInterval(hold)
      log.info({ signal }, 'draining')
      if (stdout.isTTY === true)
        stdout.write('\nLetting clients go … press Ctrl-C again to stop at once.\n')
      resolve()
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })

const stopWithin = async (running: Running, ms: number, { stderr }: Shell): Promise<boolean> => {
  const limit = setTimeout(() => {
    stderr.write(`Still not stopped after ${ms / 1000} s: giving up.\n`)
    process.exit(EXIT.failed)
  }, ms)
  const finished = await running.stop()
  clearTimeout(limit)
  return finished
}
