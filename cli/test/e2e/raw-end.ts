import { connect, type Socket } from 'node:net'
import { CMD, Deframer, edgeBody, encodePreamble, FrameFields, FrameWriter } from '@longwire/proto'

/** A TCP client of frames and nothing else: it never reads ahead, answers or hangs up by itself. */
export class RawEnd {
  /** Of LOGIN_ACK and KICK; resolves when it came. */
  readonly welcome: Promise<edgeBody.LoginAck>
  readonly kicked: Promise<number>
  readonly #socket: Socket

  constructor(url: string, login: edgeBody.Login.$Properties) {
    const { hostname, port } = new URL(url)
    const writer = new FrameWriter()
    const fields = new FrameFields()
    let welcomed: (ack: edgeBody.LoginAck) => void = () => undefined
    let ended: (code: number) => void = () => undefined
    this.welcome = new Promise(resolve => (welcomed = resolve))
    this.kicked = new Promise(resolve => (ended = resolve))
    const deframer = new Deframer<undefined>({
      maxPayload: () => 1 << 20,
      frame: (_, view) => {
        if (view.cmd === CMD.LOGIN_ACK) welcomed(edgeBody.LoginAck.decode(view.payload()))
        if (view.cmd === CMD.KICK) {
          fields.one(view)
          ended(fields.a)
        }
        return true
      },
    })
    let partial: ReturnType<typeof deframer.push>
    this.#socket = connect(Number(port), hostname)
    this.#socket.on('error', () => undefined)
    this.#socket.on('data', chunk => (partial = deframer.push(undefined, partial, chunk)))
    this.#socket.write(encodePreamble(1, 1, 0))
    writer.raw(CMD.LOGIN, 0, edgeBody.Login.encode(login).finish())
    this.#socket.write(writer.take())
  }

  /** The peer vanishes with a reset. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  close(): void {
    this.#socket.destroy()
  }
}
