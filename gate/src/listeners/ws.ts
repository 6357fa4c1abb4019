import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { CODES, WS_SUBPROTOCOL } from '@longwire/proto'
import { type WebSocket, WebSocketServer } from 'ws'
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
import { readTls } from './tcp.ts'

const kConnection = Symbol('connection')

interface GateSocket extends WebSocket {
  [kConnection]?: WsConnection | undefined
}
interface GateStream extends Duplex {
  [kConnection]?: WsConnection | undefined
}

/** What all connections of a listener share. */
interface Owner {
  readonly gate: GateSide
  readonly open: (WsConnection | undefined)[]
  readonly terms: WebSocketTerms
}

class WsConnection implements Connection {
  readonly ws: WebSocket
  readonly owner: Owner
  slot = -1
  reset = false
  ended = false

  constructor(ws: WebSocket, owner: Owner) {
    this.ws = ws
    this.owner = owner
  }

  write(bytes: Uint8Array): void {
    this.send(bytes, BINARY)
  }

  send(bytes: Uint8Array, kind: typeof BINARY): void {
    if (this.ended) return
    this.ws.send(bytes, kind)
    if (this.ws.bufferedAmount <= this.owner.terms.bufferedBytes) return
    this.reset = true
    this.destroy()
  }

  bufferedBytes(): number {
    return this.ws.bufferedAmount
  }

  end(code: number): void {
    if (this.ended) return
    this.ended = true
    this.ws.close(CLOSE_CODE_BASE + code)
  }

  destroy(): void {
    this.ended = true
    this.ws.terminate()
  }
}

const BINARY = { binary: true, compress: false }
const TEXT = { binary: false, compress: false }

function onMessage(this: GateSocket, message: Buffer, isBinary: boolean): void {
  const connection = this[kConnection]
  if (connection === undefined || connection.ended) return
  const { gate, terms } = connection.owner
  if (isBinary) gate.received(connection.slot, message)
  else if (terms.text === undefined) connection.end(CODES.BAD_FRAME.code)
  else terms.text(message, text => connection.send(text, TEXT))
}

function onError(): void {
  // A close event follows; without a listener the process would end.
}

function onClose(this: GateSocket, code: number): void {
  const connection = this[kConnection]
  if (connection === undefined) return
  this[kConnection] = undefined
  if (!connection.ended) connection.reset = code === ABNORMAL_CLOSE
  connection.ended = true
  connection.owner.open[connection.slot] = undefined
  connection.owner.gate.closed(connection.slot, connection.reset)
}

function onDrain(this: GateStream): void {
  const connection = this[kConnection]
  if (connection !== undefined && !connection.ended && connection.ws.bufferedAmount === 0)
    connection.owner.gate.drained(connection.slot)
}

/** WebSocket by the `ws` package: slower and larger than uWebSockets.js, but it runs everywhere. */
export const wsListener = (options: WebSocketListenerOptions): Listener => {
  const { host, port } = parseAddress(options.address)
  const open: (WsConnection | undefined)[] = []
  const terms = options.terms ?? GATE_TERMS
  const upgrades = upgraderFor(terms)
  let server: Server | undefined

  const upgrade = (
    owner: Owner,
    request: IncomingMessage,
    stream: GateStream,
    first: Buffer,
  ): void => {
    const refusal = refusalOf(request, options.paths)
    if (refusal !== undefined) {
      stream.on('error', onError)
      stream.end(refusal)
      return
    }
    upgrades.handleUpgrade(request, stream, first, (ws: GateSocket) => {
      const connection = new WsConnection(ws, owner)
      ws.on('error', onError)
      connection.slot = owner.gate.opened(connection, plainIp(request.socket.remoteAddress ?? ''))
      if (connection.slot < 0) {
        connection.end(CODES.BUSY.code)
        return
      }
      open[connection.slot] = connection
      ws[kConnection] = stream[kConnection] = connection
      ws.on('message', onMessage)
      ws.on('close', onClose)
      stream.on('drain', onDrain)
    })
  }

  return {
    transport: 'ws',
    listen(gate) {
      return new Promise((resolve, reject) => {
        const created =
          options.tls === undefined
            ? createHttpServer(refuseHttp)
            : createHttpsServer(readTls(options.tls), refuseHttp)
        server = created
        const owner = { gate, open, terms }
        created.on('upgrade', (request, stream, first) => upgrade(owner, request, stream, first))
        created.once('error', reject)
        created.listen(port, host, () => {
          const bound = created.address()
          resolve(
            formatAddress(host, typeof bound === 'object' && bound !== null ? bound.port : port),
          )
        })
      })
    },
    stopAccepting() {
      server?.close()
    },
    close() {
      for (const connection of open) connection?.destroy()
      server?.closeAllConnections()
      return new Promise(resolve =>
        server === undefined ? resolve() : server.close(() => resolve()),
      )
    },
  }
}

const upgraderFor = ({ messageBytes, fragments }: WebSocketTerms): WebSocketServer =>
  new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: messageBytes,
    maxFragments: fragments,
    handleProtocols: () => WS_SUBPROTOCOL,
  })

const refuseHttp = (
  _request: IncomingMessage,
  response: { writeHead(status: number): { end(text: string): void } },
): void => {
  response.writeHead(404).end('this is a WebSocket endpoint\n')
}

/** A whole HTTP answer, or undefined where the upgrade may go on. */
const refusalOf = (
  request: IncomingMessage,
  paths: readonly string[] | undefined,
): string | undefined => {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
  if (paths !== undefined && !paths.includes(path))
    return httpAnswer('404 Not Found', 'no WebSocket endpoint here\n')
  if (offersProtocol(request.headers['sec-websocket-protocol'] ?? '')) return undefined
  return httpAnswer('400 Bad Request', PROTOCOL_REFUSAL)
}

const httpAnswer = (status: string, text: string): string =>
  `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`
