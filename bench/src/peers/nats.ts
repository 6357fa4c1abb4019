import { spawnSync } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { Child, freePort, temporaryDirectory } from '../child.ts'
import { sleep } from '../statistics.ts'
import type { PeerCluster, PeerHears } from './rolling.ts'

const HOST = '127.0.0.1'
const READY_MS = 20_000
const SERVERS = 3
/** As clients of its makers wait: the next server at once, then this and up to 100 ms more before one is dialled again. */
const RETRY_MS = 2_000
const JITTER_MS = 100
const ANSWER_MS = 5_000

/** Version, or undefined where nats-server is not installed. */
const installed = (): string | undefined => {
  const said = spawnSync('nats-server', ['--version'], { encoding: 'utf8' })
  return said.error === undefined ? (/v(\d\S*)/.exec(said.stdout)?.[1] ?? 'unknown') : undefined
}

/** One connection that speaks the text protocol, and dials the next server when it ends. */
class NatsEnd {
  readonly #ports: readonly number[]
  readonly #subject: string | undefined
  readonly #hears: PeerHears
  #at: number
  #socket: Socket | undefined
  #rest: Buffer = Buffer.alloc(0)
  #tries = 0
  #up = false
  #closed = false
  /** Publishes in the order of the PONGs that answer for them. */
  readonly #pongs: ((answered: boolean) => void)[] = []
  #ready: () => void = () => undefined
  readonly ready: Promise<void>

  constructor(
    ports: readonly number[],
    first: number,
    subject: string | undefined,
    hears: PeerHears,
  ) {
    this.#ports = ports
    this.#at = first
    this.#subject = subject
    this.#hears = hears
    this.ready = new Promise(resolve => {
      this.#ready = resolve
    })
    this.#dial()
  }

  publish(subject: string, body: string): Promise<boolean> {
    const socket = this.#socket
    if (!this.#up || socket === undefined) return Promise.resolve(false)
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve(false), ANSWER_MS)
      this.#pongs.push(answered => {
        clearTimeout(timer)
        resolve(answered)
      })
      socket.write(`PUB ${subject} ${Buffer.byteLength(body)}\r\n${body}\r\nPING\r\n`)
    })
  }

  close(): void {
    this.#closed = true
    this.#socket?.destroy()
  }

  #dial(): void {
    this.#rest = Buffer.alloc(0)
    const socket = connect(this.#ports[this.#at % this.#ports.length]!, HOST)
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.on('data', chunk => this.#data(chunk))
    socket.once('close', () => this.#ended())
    const subscribe = this.#subject === undefined ? '' : `SUB ${this.#subject} 1\r\n`
    socket.write(
      `CONNECT {"verbose":false,"pedantic":false,"lang":"bench"}\r\n${subscribe}PING\r\n`,
    )
    this.#pongs.push(answered => {
      if (!answered) return
      this.#up = true
      this.#tries = 0
      this.#ready()
    })
  }

  #ended(): void {
    for (const pong of this.#pongs.splice(0)) pong(false)
    if (this.#closed) return
    if (this.#up) this.#hears.disconnected()
    this.#up = false
    this.#at++
    const round = Math.floor(this.#tries++ / this.#ports.length)
    const waitMs = round === 0 ? 0 : RETRY_MS + Math.random() * JITTER_MS
    setTimeout(() => this.#dial(), waitMs)
  }

  #data(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    for (;;) {
      const end = bytes.indexOf('\r\n')
      if (end < 0) break
      const line = bytes.toString('latin1', 0, end)
      let from = end + 2
      if (line.startsWith('MSG ')) {
        const size = Number(line.slice(line.lastIndexOf(' ') + 1))
        if (bytes.length < from + size + 2) break
        this.#hears.message(bytes.toString('utf8', from, from + size))
        from += size + 2
      } else if (line === 'PING') this.#socket?.write('PONG\r\n')
      else if (line === 'PONG') this.#pongs.shift()?.(true)
      bytes = bytes.subarray(from)
    }
    this.#rest = Buffer.from(bytes)
  }
}

class Nats implements PeerCluster {
  readonly name: string
  readonly durable = 'nowhere: core NATS delivers at most once'
  readonly servers = SERVERS
  readonly #ports: number[] = []
  readonly #clusterPorts: number[] = []
  readonly #children: Child[] = []
  readonly #ends: NatsEnd[] = []
  #publisher: NatsEnd | undefined

  constructor(version: string) {
    this.name = `nats-server ${version}`
  }

  async start(): Promise<void> {
    for (let index = 0; index < SERVERS; index++) {
      this.#ports.push(await freePort())
      this.#clusterPorts.push(await freePort())
    }
    for (let index = 0; index < SERVERS; index++) await this.#launch(index)
    const nothing = { message: () => undefined, disconnected: () => undefined }
    this.#publisher = new NatsEnd(this.#ports, 0, undefined, nothing)
    await this.#publisher.ready
  }

  async restart(index: number): Promise<void> {
    await this.#children[index]!.stop()
    await this.#launch(index)
    // Routes between servers come back by themselves.
    await sleep(2_000)
  }

  async connect(uid: string, first: number, hears: PeerHears): Promise<void> {
    const end = new NatsEnd(this.#ports, first, `to.${uid}`, hears)
    this.#ends.push(end)
    await end.ready
  }

  publish(uid: string, body: string): Promise<boolean> {
    return this.#publisher?.publish(`to.${uid}`, body) ?? Promise.resolve(false)
  }

  async stop(): Promise<void> {
    this.#publisher?.close()
    for (const end of this.#ends) end.close()
    await Promise.all(this.#children.map(child => child.stop()))
  }

  async #launch(index: number): Promise<void> {
    const routes = this.#clusterPorts.map(port => `nats://${HOST}:${port}`).join(',')
    const args = ['-a', HOST, '-p', `${this.#ports[index]}`, '--cluster_name', 'bench']
    const cluster = ['--cluster', `nats://${HOST}:${this.#clusterPorts[index]}`, '--routes', routes]
    const child = new Child('nats-server', [...args, ...cluster], temporaryDirectory())
    this.#children[index] = child
    await child.says('Server is ready', READY_MS)
  }
}

/** Undefined: it is not installed. */
export const startNats = async (): Promise<PeerCluster | undefined> => {
  const version = installed()
  if (version === undefined) return undefined
  const nats = new Nats(version)
  await nats.start()
  return nats
}
