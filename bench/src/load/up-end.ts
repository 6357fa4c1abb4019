import {
  CMD,
  codeName,
  Deframer,
  edgeBody,
  FrameFields,
  FrameWriter,
  LIMITS,
  type FrameView,
  type Partial,
} from '@longwire/proto'
import type { Identity } from './client-end.ts'
import type { DialSocket, EdgeSocket, Target } from './socket.ts'

export interface UpEvents {
  loggedIn(): void
  /** So many messages were taken, and so many refused, since the last call. */
  answered(end: UpEnd, taken: number, refused: number): void
  closed(reason: string): void
}

const REFS = 2 ** 21
const fields = new FrameFields()
const writer = new FrameWriter()
const deframer = new Deframer<UpEnd>({
  frame: (end, view) => end.frame(view),
  maxPayload: () => LIMITS.downlinkBytes,
})

/** One end that sends and counts its answers; what it is pushed it leaves where it is. */
export class UpEnd {
  readonly user: number
  readonly #socket: EdgeSocket
  readonly #events: UpEvents
  #partial: Partial | undefined
  #ref = 0
  #taken = 0
  #refused = 0
  #reason = ''

  constructor(dial: DialSocket, target: Target, identity: Identity, events: UpEvents) {
    this.user = identity.user
    this.#events = events
    const { uid, appcode, device, token, dial: number } = identity
    this.#socket = dial(target, {
      opened: () => {
        const login = { uid, appcode, device, token, dial: number, refEpoch: 1 + identity.user }
        writer.raw(CMD.LOGIN, 0, edgeBody.Login.encode(login).finish())
        this.#socket.write(writer.take())
      },
      received: bytes => this.#received(bytes),
      closed: reason => events.closed(this.#reason === '' ? reason : this.#reason),
    })
  }

  /** Sends `bodies` in one write; `numbered`: each is answered. */
  send(cmd: number, msgtype: number, bodies: readonly Uint8Array[], numbered = true): void {
    for (const body of bodies) {
      if (numbered) this.#ref = (this.#ref % (REFS - 1)) + 1
      writer.request(cmd, numbered ? this.#ref : 0, msgtype, body)
    }
    this.#socket.write(writer.take())
  }

  close(): void {
    this.#socket.close()
  }

  /** For the deframer. */
  frame(view: FrameView): boolean {
    if (view.cmd === CMD.LOGIN_ACK) this.#events.loggedIn()
    else if (view.cmd === CMD.SEND_ACK) {
      fields.two(view)
      if (fields.b === 0) this.#taken++
      else this.#refused++
    } else if (view.cmd === CMD.KICK || view.cmd === CMD.ERROR) {
      fields.one(view)
      this.#reason = codeName(fields.a) ?? String(fields.a)
      if (view.cmd === CMD.ERROR) this.#refused++
    }
    return true
  }

  #received(bytes: Uint8Array): void {
    this.#partial = deframer.push(this, this.#partial, bytes)
    const [taken, refused] = [this.#taken, this.#refused]
    this.#taken = this.#refused = 0
    if (taken + refused > 0) this.#events.answered(this, taken, refused)
  }
}
