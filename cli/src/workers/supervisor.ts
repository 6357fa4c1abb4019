import {
  createMetrics,
  readinessOf,
  systemClock,
  systemRandom,
  type Counter,
  type Logger,
  type Metrics,
  type PartHealth,
  type Readiness,
} from '@longwire/kit'
import { serveOperations, type OperationsServer } from '../compose/operations.ts'
import type { Addresses, Running } from '../compose/running.ts'
import { EXIT, Failure } from '../failure.ts'
import { gatherExpositions } from './exposition.ts'
import { LOOP, Restarts } from './restarts.ts'
import { Worker, type Program } from './worker.ts'

export interface SupervisorOptions {
  readonly count: number
  /** What starts worker `n`. */
  readonly program: (n: number) => Program
  readonly log: Logger
  /** Where operators ask for all workers; or `off`. */
  readonly operations: string
  /** Workers that have not ended this long after they were told to are killed. */
  readonly stopMs: number
}

interface Seat {
  readonly n: number
  readonly restarts: Restarts
  worker: Worker | undefined
}

/** Several gates on one machine, each a process: started, watched, started again, and told to stop. */
export const startWorkers = async (options: SupervisorOptions): Promise<Running> => {
  const supervisor = new Supervisor(options)
  await supervisor.start()
  return supervisor
}

class Supervisor implements Running {
  readonly failed: Promise<Failure>
  readonly #options: SupervisorOptions
  readonly #seats: readonly Seat[]
  readonly #metrics: Metrics = createMetrics()
  readonly #ends: Counter
  #operations: OperationsServer | undefined
  #stopping = false
  #fail: (failure: Failure) => void = () => undefined

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#seats = Array.from({ length: options.count }, (_, n) => ({
      n,
      restarts: new Restarts(systemRandom),
      worker: undefined,
    }))
    this.failed = new Promise(resolve => {
      this.#fail = resolve
    })
    this.#metrics.gauge(
      'longwire_workers_up',
      'gates of this supervisor that serve',
      () => this.#up,
    )
    this.#ends = this.#metrics.counter(
      'longwire_worker_ends_total',
      'workers that ended without being told to',
      ['worker'],
    )
    process.on('exit', this.#abandon)
  }

  get addresses(): Addresses {
    return this.#operations === undefined ? {} : { operations: this.#operations.url }
  }

  /** Resolves once all workers are started, whether they serve yet or not. */
  async start(): Promise<void> {
    const { operations: address } = this.#options
    if (address !== 'off')
      this.#operations = await serveOperations(address, {
        metrics: () => this.#exposition(),
        readiness: () => this.#readiness(),
      })
    for (const seat of this.#seats) this.#fill(seat)
  }

  reload(): Promise<void> {
    for (const { worker } of this.#seats) worker?.signal('SIGHUP')
    return Promise.resolve()
  }

  async stop(): Promise<boolean> {
    this.#stopping = true
    const workers = this.#seats.flatMap(({ worker }) => worker ?? [])
    for (const worker of workers) worker.signal('SIGTERM')
    const limit = systemClock.after(this.#options.stopMs, this.#abandon)
    const codes = await Promise.all(workers.map(worker => worker.gone()))
    limit.cancel()
    await this.#operations?.close()
    process.off('exit', this.#abandon)
    return codes.every(code => code === EXIT.ok)
  }

  readonly #abandon = (): void => {
    for (const { worker } of this.#seats) worker?.signal('SIGKILL')
  }

  get #up(): number {
    return this.#seats.filter(({ worker }) => worker?.addresses !== undefined).length
  }

  #fill(seat: Seat): void {
    const { log, program } = this.#options
    const { n } = seat
    const worker = new Worker(program(n), {
      clock: systemClock,
      up: addresses => {
        log.info({ worker: n, pid: worker.pid, ...addresses }, 'a worker is up')
        if (this.#up === this.#seats.length) log.info({ workers: this.#up }, 'all workers are up')
      },
      ended: how => this.#ended(seat, worker, how),
    })
    seat.worker = worker
  }

  #ended(seat: Seat, worker: Worker, how: string): void {
    if (seat.worker !== worker) return
    seat.worker = undefined
    if (this.#stopping) return
    const { log } = this.#options
    const { n, restarts } = seat
    const livedMs = systemClock.monotonic() - worker.since
    const waitMs = restarts.ended(livedMs)
    this.#ends.add(1, { worker: n })
    if (waitMs === undefined) {
      this.#fail(new Failure(`worker ${n} ended ${LOOP}, the last time with ${how}: see its log`))
      return
    }
    log.error(
      { worker: n, pid: worker.pid, how, livedMs, waitMs },
      'a worker ended: it is started again',
    )
    systemClock.after(waitMs, () => {
      if (!this.#stopping) this.#fill(seat)
    })
  }

  /** Ready as long as one worker is: clients of the others are sent there. */
  async #readiness(): Promise<Readiness> {
    const told = await Promise.all(
      this.#seats.map(async ({ n, worker }) => [`worker-${n}`, await healthOf(worker)] as const),
    )
    const all = readinessOf(Object.fromEntries(told))
    if (!told.some(([, health]) => readinessOf({ '': health }).ready)) return all
    return { ...all, ready: true, causes: [], warnings: [...all.causes, ...all.warnings] }
  }

  async #exposition(): Promise<string> {
    const texts = new Map([['', await this.#metrics.text()]])
    await Promise.all(
      this.#seats.map(async ({ n, worker }) => {
        const text = await worker?.metrics()
        if (text !== undefined) texts.set(String(n), text)
      }),
    )
    return gatherExpositions(texts)
  }
}

const SILENT: readonly PartHealth[] = [{ part: 'node', problem: 'does not answer' }]
const AWAY: readonly PartHealth[] = [{ part: 'node', problem: 'does not run' }]

const healthOf = async (worker: Worker | undefined): Promise<readonly PartHealth[]> =>
  worker?.addresses === undefined ? AWAY : ((await worker.health()) ?? SILENT)
