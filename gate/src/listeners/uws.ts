import type * as Uws from 'uWebSockets.js'
import { CODES, WS_SUBPROTOCOL } from '@longwire/proto'
import type { Connection, GateSide, Listener } from './listener.ts'
import {
  ABNORMAL_CLOSE,
  CLOSE_CODE_BASE,
  GATE_TERMS,
  offersProtocol,
  parseAddress,
  formatAddress,
  plainIp,
  PROTOCOL_REFUSAL,
  type WebSocketListenerOptions,
  type WebSocketTerms,
} from './options.ts'

type Library = Pick<typeof Uws, 'App' | 'SSLApp' | 'closeSocket' | 'getSocketPort'>
type Socket = Uws.WebSocket<UserData>
/** The library copies these properties onto the socket; the connection must stay itself. */
interface UserData {
  readonly connection: UwsConnection
}
declare module 'uWebSockets.js' {
  /** What the package's types leave out: the parts of one message, each answered as `send` is. */
  interface WebSocket<UserData> {
    sendFirstFragment(part: Uint8Array, isBinary: boolean, compress: boolean): number
    sendFragment(part: Uint8Array, compress: boolean): number
    sendLastFragment(part: Uint8Array, compress: boolean): number
  }
}
/** The package's ES module names fewer functions than its types do; its default export has them all. */
const load = async (): Promise<Library> => (await import('uWebSockets.js')).default

/** Why uWebSockets.js cannot be used here, or undefined. It is built for some Node versions only. */
export const uwsProblem = async (): Promise<string | undefined> => {
  try {
    await load()
    return undefined
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? error.message) : String(error)
  }
}

/** Returned by `send` where the message was dropped: the stream has a hole and is worth nothing. */
const DROPPED = 2

/**
 * From 16 KiB on the library sends header and payload apart, and loses bytes of one of them when the
 * socket takes only a part. A longer write becomes a message in fragments.
 */
const FRAGMENT_BYTES: number = 15 * 1024

/** `ws` is undefined from the close event on: touching a closed socket ends the process. */
class UwsConnection implements Connection {
  ws: Socket | undefined
  slot = -1
  reset = false
  /** Told to close by us. */
  ended = false
  readonly closings: Closings

  constructor(closings: Closings) {
    this.closings = closings
  }

  write(bytes: Uint8Array): void {
    this.send(bytes, true)
  }

  send(bytes: Uint8Array, isBinary: boolean): void {
    const { ws } = this
    if (this.ended || ws === undefined) return
    if (bytes.length <= FRAGMENT_BYTES) this.#sent(ws.send(bytes, isBinary, false))
    else ws.cork(() => this.#sendInFragments(ws, bytes, isBinary))
  }

  #sendInFragments(ws: Socket, bytes: Uint8Array, isBinary: boolean): void {
    let at = FRAGMENT_BYTES
    this.#sent(ws.sendFirstFragment(bytes.subarray(0, at), isBinary, false))
    for (; !this.ended && bytes.length - at > FRAGMENT_BYTES; at += FRAGMENT_BYTES)
      this.#sent(ws.sendFragment(bytes.subarray(at, at + FRAGMENT_BYTES), false))
    if (!this.ended) this.#sent(ws.sendLastFragment(bytes.subarray(at), false))
  }

  #sent(status: number): void {
    if (status !== DROPPED) return
    this.reset = true
    this.destroy()
  }

  bufferedBytes(): number {
    return this.ws === undefined ? 0 : this.ws.getBufferedAmount()
  }

  end(code: number): void {
    if (this.ended) return
    this.ended = true
    this.ws?.end(CLOSE_CODE_BASE + code)
  }

  destroy(): void {
    this.ended = true
    this.ws?.close()
  }
}

/** The library reports a close from within `end` and `close`; the gate hears of it after its own call. */
class Closings {
  readonly #gate: GateSide
  #waiting: UwsConnection[] = []
  readonly #flush = (): void => {
    const waiting = this.#waiting
    this.#waiting = []
    for (const connection of waiting) this.#gate.closed(connection.slot, connection.reset)
  }

  constructor(gate: GateSide) {
    this.#gate = gate
  }

  push(connection: UwsConnection): void {
    if (this.#waiting.push(connection) === 1) queueMicrotask(this.#flush)
  }
}

/** WebSocket by uWebSockets.js. */
export const uwsListener = (options: WebSocketListenerOptions): Listener => {
  const { host, port } = parseAddress(options.address)
  const open: (UwsConnection | undefined)[] = []
  let stopAccepting = (): void => undefined

  const listen = async (gate: GateSide): Promise<string> => {
    const uws = await load()
    const { tls } = options
    const app =
      tls === undefined
        ? uws.App()
        : uws.SSLApp({ cert_file_name: tls.certFile, key_file_name: tls.keyFile })
    const rules = behaviour(gate, open, options.terms ?? GATE_TERMS)
    for (const path of options.paths ?? ['/*']) app.ws<UserData>(path, rules)
    app.any('/*', response => {
      response.writeStatus('404 Not Found').end('this is a WebSocket endpoint\n', true)
    })
    return new Promise((resolve, reject) => {
      app.listen(host, port, socket => {
        if (socket === false) {
          reject(new Error(`cannot listen on ${options.address}: is the port in use?`))
          return
        }
        stopAccepting = () => {
          stopAccepting = () => undefined
          uws.closeSocket(socket)
        }
        resolve(formatAddress(host, uws.getSocketPort(socket)))
      })
    })
  }

  return {
    transport: 'ws',
    listen,
    stopAccepting: () => stopAccepting(),
    close() {
      stopAccepting()
      for (const connection of open) connection?.destroy()
      // The closed events are a microtask away.
      return Promise.resolve()
    },
  }
}

const behaviour = (
  gate: GateSide,
  open: (UwsConnection | undefined)[],
  terms: WebSocketTerms,
): Uws.WebSocketBehavior<UserData> => {
  const closings = new Closings(gate)
  return {
    // Heartbeats are the protocol's own: the library neither pings nor counts idle time.
    idleTimeout: 0,
    sendPingsAutomatically: false,
    maxLifetime: 0,
    maxPayloadLength: terms.messageBytes,
    maxBackpressure: terms.bufferedBytes,
    upgrade: (response, request, context) => {
      if (!offersProtocol(request.getHeader('sec-websocket-protocol'))) {
        response.writeStatus('400 Bad Request').end(PROTOCOL_REFUSAL, true)
        return
      }
      const key = request.getHeader('sec-websocket-key')
      const extensions = request.getHeader('sec-websocket-extensions')
      response.upgrade(
        { connection: new UwsConnection(closings) },
        key,
        WS_SUBPROTOCOL,
        extensions,
        context,
      )
    },
    open: ws => {
      const { connection } = ws.getUserData()
      connection.ws = ws
      connection.slot = gate.opened(
        connection,
        plainIp(Buffer.from(ws.getRemoteAddressAsText()).toString()),
      )
      if (connection.slot < 0) connection.end(CODES.BUSY.code)
      else open[connection.slot] = connection
    },
    message: (ws, message, isBinary) => {
      const { connection } = ws.getUserData()
      if (connection.ended) return
      if (isBinary) gate.received(connection.slot, Buffer.from(message))
      else if (terms.text === undefined) connection.end(CODES.BAD_FRAME.code)
      else terms.text(Buffer.from(message), text => connection.send(text, false))
    },
    drain: ws => {
      const { connection } = ws.getUserData()
      if (!connection.ended && ws.getBufferedAmount() === 0) gate.drained(connection.slot)
    },
    close: (ws, code) => {
      const { connection } = ws.getUserData()
      connection.ws = undefined
      if (connection.slot < 0) return
      open[connection.slot] = undefined
      if (!connection.ended) connection.reset = code === ABNORMAL_CLOSE
      connection.ended = true
      closings.push(connection)
    },
  }
}
