import type { Backend } from '@longwire/client/backend'
import { trunkBackend, type ByteStream } from '@longwire/client/internal'
import { APPS, type Backing, BUSINESS } from './cluster.ts'
import type { History, Published } from './history.ts'
import type { End, Network } from './network.ts'
import { Host } from './scheduler.ts'

export interface PublisherParts {
  readonly network: Network
  readonly history: History
  readonly backing: Backing
  readonly address: string
  readonly users: readonly string[]
  /** Share of messages that expire. */
  readonly expiring: number
}

interface Job {
  readonly message: Published
  readonly ttlSeconds: number
  readonly body: string
}

/** Behind the id of a message. */
export const PADDING = '.'
const LASTING_S = 7 * 24 * 3600

/** A backend with an outbox on disk: what was not answered is published again under its key. */
export class Publisher {
  readonly name: string
  host: Host
  readonly #parts: PublisherParts
  /** Published, and neither answered nor given up. */
  readonly #outbox = new Map<string, Job>()
  #backend: Backend | undefined
  #lives = 0
  #count = 0

  constructor(name: string, parts: PublisherParts) {
    this.name = name
    this.#parts = parts
    this.host = new Host(parts.network.scheduler, `${name}@0`)
    this.host.kill()
  }

  get running(): boolean {
    return this.host.alive
  }

  /** Publishes without an answer. */
  get unanswered(): number {
    return this.#outbox.size
  }

  start(): void {
    const { network, address } = this.#parts
    const host = new Host(network.scheduler, `${this.name}@${++this.#lives}`)
    this.host = host
    const options = {
      url: `tcp://${address}`,
      key: BUSINESS.key,
      timeoutMs: 6_000,
      clock: host.clock,
      random: network.scheduler.random,
    }
    this.#backend = trunkBackend(options, () => new SimulatedSocket(network, host, address))
    for (const job of this.#outbox.values()) this.#send(job)
  }

  crash(): void {
    this.host.kill()
    this.#parts.network.hostDied(this.host, false)
    this.#backend = undefined
  }

  async stop(): Promise<void> {
    await this.#backend?.close()
  }

  publish(): void {
    if (!this.running) return
    const { network, users, history } = this.#parts
    const { scheduler } = network
    const app = scheduler.pick(APPS)
    const short = scheduler.chance(this.#parts.expiring)
    const id = `${this.name}-${++this.#count}`
    const message: Published = {
      id,
      uid: scheduler.pick(users),
      system: app.system,
      appcode: scheduler.chance(0.25) ? 0 : app.appcode,
      lasting: !short,
      seq: 0,
      epoch: 0,
    }
    history.published(message)
    const ttlSeconds = short ? 1 + scheduler.int(20) : LASTING_S
    // Some are too long to be handed over with their hint.
    const body = id + PADDING.repeat(scheduler.chance(0.25) ? 60 + scheduler.int(200) : 0)
    const job = { message, ttlSeconds, body }
    this.#outbox.set(id, job)
    history.note(
      this.name,
      `publishes ${id} for ${message.uid} (${app.system}, ${message.appcode})`,
    )
    this.#send(job)
  }

  #send(job: Job): void {
    const { backing, history } = this.#parts
    const { host } = this
    const { message, ttlSeconds, body } = job
    const life = backing.storeLife
    const appcode =
      message.appcode === 0
        ? APPS.find(app => app.system === message.system)!.appcode
        : message.appcode
    const publish = {
      to: { uid: message.uid, appcode, ends: message.appcode === 0 ? 'all' : 'one' } as const,
      msgtype: 1,
      body,
      idempotencyKey: message.id,
      ttlSeconds,
    }
    this.#backend!.publish(publish).then(
      ({ seq }) => {
        this.#outbox.delete(message.id)
        // Where the store was lost meanwhile nobody can say which one has it.
        if (life !== backing.storeLife) return
        void backing.epoch().then(epoch => history.accepted(message.id, epoch, seq))
      },
      (error: unknown) => {
        const { action, code } = error as { action: string; code: string }
        history.note(this.name, `${message.id} failed: ${code}`)
        if (code === 'CLOSED' || !host.alive) return
        if (action === 'retry') return void host.clock.after(200, () => this.#again(job, host))
        this.#outbox.delete(message.id)
        history.fault(this.name, `${message.id} was refused: ${String(error)}`)
      },
    )
  }

  #again(job: Job, host: Host): void {
    if (host === this.host && host.alive) this.#send(job)
  }
}

/** A socket as the SDK's backend knows it. */
class SimulatedSocket implements ByteStream {
  readonly writableNeedDrain = false
  readonly #host: Host
  #end: End | undefined
  #early: Uint8Array[] = []
  #over = false
  #data: (chunk: Buffer) => void = () => undefined
  #closed: () => void = () => undefined
  #failed: (error: Error) => void = () => undefined

  constructor(network: Network, host: Host, address: string) {
    this.#host = host
    network.dial(host, address, end => this.#opened(end))
  }

  on(event: string, listener: (argument: never) => void): void {
    if (event === 'data') this.#data = listener as (chunk: Buffer) => void
    else if (event === 'close') this.#closed = listener as () => void
    else if (event === 'error') this.#failed = listener as (error: Error) => void
  }

  write(bytes: Uint8Array): void {
    if (this.#over) return
    if (this.#end === undefined) this.#early.push(bytes)
    else this.#end.write(bytes)
  }

  destroySoon(): void {
    this.#over = true
    this.#end?.close()
    this.#host.clock.soon(() => this.#closed())
  }

  destroy(): void {
    if (this.#over) return
    this.#over = true
    this.#end?.destroy()
    this.#host.clock.soon(() => this.#closed())
  }

  #opened(end: End | undefined): void {
    if (this.#over) return end?.destroy()
    if (end === undefined) {
      this.#over = true
      this.#failed(new Error('nobody listens'))
      return this.#closed()
    }
    this.#end = end
    end.listen({
      data: chunk => this.#data(chunk),
      closed: () => {
        if (this.#over) return
        this.#over = true
        this.#closed()
      },
    })
    for (const bytes of this.#early.splice(0)) end.write(bytes)
  }
}
