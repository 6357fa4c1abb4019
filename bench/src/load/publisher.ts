import type { Socket } from 'node:net'
import {
  encodePublishPrefix,
  TRUNK,
  TRUNK_VERSION,
  trunkBody,
  TrunkReader,
  TrunkWriter,
  type TrunkView,
} from '@longwire/proto/trunk'
import { connectRaw } from './raw.ts'
import { encodePayload, PAYLOAD_BYTES, type Stamp } from './payload.ts'

/** Sends messages without waiting for the answer of the last. */
export interface Publishing {
  /** Published and not yet answered. */
  readonly inFlight: number
  readonly accepted: number
  readonly refused: number
  /** Text of the first refusal. */
  readonly problem: string
  /** Called after each batch of answers: the place to publish more. */
  onResults: (() => void) | undefined
  publish(uid: string, stamp: Readonly<Stamp>): void
  close(): void
}

export interface PublisherOptions {
  readonly host: string
  readonly port: number
  /** API key of a business. */
  readonly key: string
  readonly name: string
  readonly appcode: number
  readonly ttlSeconds: number
}

const MSGTYPE = 1
const PING_MS = 1_000
/** Tag of PublishResult.code: a result that begins with it is a refusal. */
const REFUSED = 0x0a

/** One backend's pipelined connection: trunk frames, one write per turn, answers in any order. */
export class Publisher implements Publishing {
  readonly #socket: Socket
  readonly #options: PublisherOptions
  readonly #writer = new TrunkWriter()
  readonly #prefix: Buffer
  readonly #payload: Buffer = Buffer.alloc(PAYLOAD_BYTES, 'x')
  readonly #opened: (error?: Error) => void
  readonly #pinger: NodeJS.Timeout
  #scheduled = false
  #sent = 0
  #alive = true
  accepted = 0
  refused = 0
  problem = ''
  onResults: (() => void) | undefined
  /** Called for each answer: the number of the message, and the wait it asks for; −1: it is stored. */
  onResult: ((id: number, retryAfterMs: number) => void) | undefined

  private constructor(options: PublisherOptions, opened: (error?: Error) => void) {
    this.#options = options
    this.#opened = opened
    this.#prefix = encodePublishPrefix(options.ttlSeconds, '')
    this.#pinger = setInterval(() => this.#ping(), PING_MS)
    const reader = new TrunkReader(view => this.#frame(view))
    const target = { host: options.host, port: options.port, from: undefined }
    this.#socket = connectRaw(target, {
      connected: () => this.#hello(),
      received: bytes => {
        reader.push(bytes)
        this.onResults?.()
      },
      closed: reason => {
        clearInterval(this.#pinger)
        this.#lost(`the backend connection closed: ${reason}`)
      },
    })
  }

  static open(options: PublisherOptions): Promise<Publisher> {
    return new Promise((resolve, reject) => {
      const publisher = new Publisher(options, error => {
        if (error === undefined) resolve(publisher)
        else reject(error)
      })
    })
  }

  get inFlight(): number {
    return this.#sent - this.accepted - this.refused
  }

  /** Its connection is gone. */
  get lost(): boolean {
    return !this.#alive
  }

  /** The number that its answer will have. */
  get nextId(): number {
    return this.#sent + 1
  }

  publish(uid: string, stamp: Readonly<Stamp>): void {
    encodePayload(this.#payload, stamp)
    const { head } = this.#writer
    head.appcode = this.#options.appcode
    head.msgtype = MSGTYPE
    head.sequenceid = ++this.#sent
    this.#writer.frame(TRUNK.PUBLISH, uid, this.#payload, this.#prefix)
    if (!this.#alive) this.refused++
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#flush())
  }

  close(): void {
    this.onResults = undefined
    this.#socket.destroy()
  }

  #ping(): void {
    this.#writer.frame(TRUNK.PING, '')
    this.#flush()
  }

  #flush(): void {
    this.#scheduled = false
    const bytes = this.#writer.take()
    if (this.#alive) this.#socket.write(bytes)
  }

  /** What was not answered never will be; a load loop must come to its end all the same. */
  #lost(reason: string): void {
    this.#alive = false
    this.refused += this.inFlight
    if (this.problem === '') this.problem = reason
    this.#opened(new Error(reason))
    this.onResults?.()
  }

  #hello(): void {
    const { name, key } = this.#options
    const hello = { node: name, incarnation: '1', role: 'backend', version: TRUNK_VERSION, key }
    this.#writer.frame(TRUNK.HELLO, '', trunkBody.Hello.encode(hello).finish())
    this.#flush()
  }

  #frame(view: TrunkView): void {
    if (view.cmd === TRUNK.PUBLISH_RESULT) {
      if (view.body[0] === REFUSED) this.#refusal(view)
      else {
        this.accepted++
        this.onResult?.(view.sequenceid, -1)
      }
    } else if (view.cmd === TRUNK.PING) {
      this.#writer.head.sequenceid = view.sequenceid
      this.#writer.frame(TRUNK.PONG, '')
      this.#flush()
    } else if (view.cmd === TRUNK.HELLO_ACK) {
      const { message } = trunkBody.Hello.decode(view.body)
      this.#opened(
        message === '' ? undefined : new Error(`the backend connection was refused: ${message}`),
      )
    }
  }

  #refusal({ body, sequenceid }: TrunkView): void {
    this.refused++
    if (this.problem !== '' && this.onResult === undefined) return
    const { code, message, retryAfter } = trunkBody.PublishResult.decode(body)
    if (this.problem === '') this.problem = `${code}: ${message}`
    this.onResult?.(sequenceid, retryAfter)
  }
}
