import { createClient, type Client, type Cursor, type CursorStore } from '@longwire/client'
import type { App } from '@longwire/logic'
import { edgeTransport, type FrameFaults } from './edge.ts'
import type { DeviceHistory } from './history.ts'
import type { Network } from './network.ts'
import { PADDING } from './publisher.ts'
import { Host } from './scheduler.ts'

export interface DeviceParts {
  readonly network: Network
  readonly faults: FrameFaults
  readonly gates: readonly string[]
  readonly trace: (who: string, what: string) => void
  /** Other devices of the same person and app. */
  readonly rivals: (device: Device) => readonly Device[]
}

/** A LOGIN without an answer may still be handled for so long. */
const LATE_MS = 120_000

/** A session as LOGIN_ACK named it. */
export interface LiveSession {
  readonly gate: string
  readonly slot: number
  readonly generation: number
}

/** One installation of an app: its cursor survives the app. */
export class Device {
  readonly uid: string
  readonly app: App
  readonly name: string
  readonly history: DeviceHistory
  host: Host
  /** Kicked: the person has to open the app again. */
  kicked = false
  logins = 0
  /** How often it had a session and then none, though its app was not told to end. */
  interruptions = 0
  session: LiveSession | undefined
  /** When its latest LOGIN left, was answered, and the latest of those that never were left. */
  #askedAt = -Infinity
  #welcomedAt = -Infinity
  #unansweredAt = -Infinity
  #unansweredBefore = -Infinity
  readonly #parts: DeviceParts
  #client: Client | undefined
  #disk: Cursor | undefined
  #lives = 0
  #leaving = false

  constructor(
    who: { uid: string; app: App; name: string },
    history: DeviceHistory,
    parts: DeviceParts,
  ) {
    this.uid = who.uid
    this.app = who.app
    this.name = who.name
    this.history = history
    this.#parts = parts
    this.host = new Host(parts.network.scheduler, `${this.title}@0`)
    this.host.kill()
  }

  get title(): string {
    return `${this.uid}/${this.app.appcode}/${this.name}`
  }

  get running(): boolean {
    return this.host.alive
  }

  get ready(): boolean {
    return this.running && this.#client?.state === 'ready'
  }

  get saved(): Cursor {
    return this.#disk ?? { epoch: 0, seq: 0 }
  }

  /** The app is opened. */
  open(): void {
    if (this.#leaving) this.crash(false)
    if (this.running && !this.kicked) return
    if (!this.running) this.#boot()
    this.kicked = false
    this.#client?.connect().catch((error: unknown) => this.#trace(`connect: ${String(error)}`))
  }

  /** kill -9 of the app, or (`silent`) of the phone. */
  crash(silent: boolean): void {
    if (!this.running) return
    this.#trace(silent ? 'the phone is off' : 'the app is killed')
    this.host.kill()
    this.#parts.network.hostDied(this.host, silent)
    this.#client = undefined
    this.session = undefined
    this.kicked = false
    this.#leaving = false
  }

  /** Leaves in order; `logout`: for good. */
  leave(logout: boolean): void {
    this.#trace(logout ? 'logs out' : 'closes')
    this.#leaving = true
    const client = this.#client
    const { host } = this
    void (logout ? client?.logout() : client?.close())?.then(() => {
      // The process ends a little later: what was written still leaves.
      host.clock.after(100, () => {
        if (this.host === host) this.crash(false)
      })
    })
  }

  #boot(): void {
    const { network, faults, gates } = this.#parts
    const { scheduler } = network
    const { skewMs } = this.host
    const host = new Host(scheduler, `${this.title}@${++this.#lives}`)
    host.skewMs = skewMs
    this.host = host
    this.history.started(this.saved)
    const first = scheduler.int(gates.length)
    const tap = {
      loginSent: () => {
        this.#unansweredBefore = this.#unansweredAt
        this.#askedAt = this.#unansweredAt = scheduler.now
      },
      loggedIn: (
        ack: Parameters<DeviceHistory['loggedIn']>[0] & { session: Uint8Array },
        gate: string,
      ) => {
        const id = Buffer.from(ack.session)
        this.session = { gate, slot: id.readUInt32BE(0), generation: id.readUInt32BE(4) }
        this.#welcomedAt = scheduler.now
        this.#unansweredAt = this.#unansweredBefore
        this.logins++
        this.#trace(`logged in at ${gate} slot ${this.session.slot}, base ${ack.epoch}:${ack.base}`)
        this.history.loggedIn(ack)
      },
    }
    const client = createClient({
      urls: [...gates.slice(first), ...gates.slice(0, first)].map(gate => `ws://${gate}`),
      appcode: this.app.appcode,
      uid: this.uid,
      device: this.name,
      token: 'token',
      cursors: this.#disks(host),
      transports: { ws: edgeTransport({ network, host, faults, tap }) },
      reconnect: { baseMs: 300, maxMs: 4_000, backgroundMaxMs: 4_000, settledMs: 20_000 },
      dialTimeoutMs: 2_500,
      window: { messages: 6, bytes: 2_000 },
      clock: host.clock,
      random: scheduler.random,
    })
    this.#client = client
    this.#listen(client, host)
  }

  #listen(client: Client, host: Host): void {
    const { scheduler } = host
    client.on('message', async message => {
      if (scheduler.chance(0.3))
        await new Promise<void>(resolve => void host.clock.after(scheduler.random() * 400, resolve))
      if (scheduler.chance(0.01)) throw new Error('the app stumbles')
      this.history.delivered(message.text().split(PADDING, 1)[0] ?? '', message.seq)
    })
    client.on('gap', gap => this.history.gap(gap.from, gap.to))
    client.on('reset', reset => this.history.reset(reset.previous, reset.cursor))
    client.on('migrated', ({ from, to }) => this.history.moved(from, to))
    client.on('kicked', error => {
      this.#trace(`kicked: ${error.code}`)
      // SUPERSEDED is for connections that the device itself has given up.
      if (error.code !== 'KICKED') this.history.fault(`kicked with ${error.code}: ${error.message}`)
      else if (!this.#hasNewerRival())
        this.history.fault('kicked, though no other device has logged in since')
      this.kicked = true
    })
    client.on('state', ({ state, previous }) => {
      if (previous === 'ready' && !this.#leaving) this.interruptions++
      if (state !== 'ready') this.session = undefined
    })
    client.on('error', error => this.#trace(`error: ${error.code} ${error.message}`))
  }

  /** Whether another device may have logged in, as far as the servers can tell, after this one did. */
  #hasNewerRival(): boolean {
    const { scheduler } = this.#parts.network
    const lateSince = scheduler.now - LATE_MS
    return this.#parts
      .rivals(this)
      .some(
        other =>
          Math.max(other.#askedAt, other.#welcomedAt) > this.#askedAt ||
          other.#unansweredAt > lateSince,
      )
  }

  /** A disk: a save takes time, and a crash meanwhile leaves the old or the new. */
  #disks(host: Host): CursorStore {
    const { scheduler } = host
    return {
      load: () =>
        new Promise(resolve => {
          const disk = this.#disk
          host.clock.after(scheduler.random() * 5, () => resolve(disk))
        }),
      save: (_, cursor) =>
        new Promise(resolve => {
          host.clock.after(scheduler.random() * 5, () => {
            this.#disk = cursor
            this.history.saved(cursor)
            host.clock.after(scheduler.random() * 5, resolve)
          })
        }),
    }
  }

  #trace(what: string): void {
    this.#parts.trace(this.title, what)
  }
}
