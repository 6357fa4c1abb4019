import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { Duplex } from 'node:stream'
import { WS_SUBPROTOCOL } from '@longwire/proto'
import { type WebSocket, WebSocketServer } from 'ws'
import { Front, type Guest } from './front.ts'
import type { Connection, DropReason, GateSide, Listener } from './listener.ts'
import {
  ABNORMAL_CLOSE,
  CLOSE_CODE_BASE,
  GATE_TERMS,
  REQUEST_BYTES_MAX,
  type WebSocketListenerOptions,
  type WebSocketTerms,
} from './options.ts'
import { PROBE_HEADERS, PROBE_PATH, UpgradeRules } from './upgrade-rules.ts'

const kConnection = Symbol('connection')
const kGuest = Symbol('guest')

interface GateSocket extends WebSocket {
  [kConnection]?: WsConnection | undefined
}
interface GateStream extends Duplex {
  [kConnection]?: WsConnection | undefined
  /** Until it is upgraded. */
  [kGuest]?: Guest | undefined
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
  else if (terms.text === undefined) gate.misused(connection.slot)
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
  const open: (WsConnection | undefined)[] = []
  const rules = new UpgradeRules(options)
  const terms = options.terms ?? GATE_TERMS
  const upgrades = upgraderFor(terms)
  // Sockets come from the front, which also knows how long they may take.
  const http = createHttpServer(
    { maxHeaderSize: REQUEST_BYTES_MAX, headersTimeout: 0, requestTimeout: 0, keepAlive: false },
    (request, response) => {
      if (isProbe(request) && owner?.gate.probes !== undefined) {
        probed(rules, owner.gate, { request, response })
        return
      }
      markBad(request.socket)
      response.writeHead(404, { connection: 'close' }).end('this is a WebSocket endpoint\n')
    },
  )
  let owner: Owner | undefined
  const front = new Front(options, guest => {
    const stream: GateStream = guest.socket
    stream[kGuest] = guest
    front.expect(guest, 'UPGRADE_TIMEOUT')
    http.emit('connection', stream)
  })
  http.on('clientError', (_error, stream: GateStream) => {
    markBad(stream)
    stream.on('error', onError)
    stream.end(httpAnswer('400 Bad Request', 'this is a WebSocket endpoint\n'))
  })
  http.on('upgrade', (request, stream: GateStream, first) => {
    const guest = stream[kGuest]
    if (owner === undefined || guest === undefined) {
      stream.destroy()
      return
    }
    const { gate } = owner
    const refusal = refusalOf(rules, request)
    if (refusal !== undefined) {
      guest.reason = refusal.reason
      stream.on('error', onError)
      stream.end(httpAnswer(refusal.status, refusal.text))
      return
    }
    followProxy(rules, gate, request, guest)
    upgrades.handleUpgrade(request, stream, first, (ws: GateSocket) =>
      admit(front, { gate, open, terms }, { guest, stream, ws }),
    )
  })

  return {
    transport: 'ws',
    listen(gate) {
      owner = { gate, open, terms }
      return front.listen(gate)
    },
    stopAccepting: () => front.stopAccepting(),
    tick: () => front.tick(),
    reload: force => front.reload(force),
    close() {
      for (const connection of open) connection?.destroy()
      return front.close()
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

interface Upgraded {
  readonly guest: Guest
  readonly stream: GateStream
  readonly ws: GateSocket
}

const admit = (front: Front, owner: Owner, { guest, stream, ws }: Upgraded): void => {
  const connection = new WsConnection(ws, owner)
  stream[kGuest] = undefined
  ws.on('error', onError)
  const slot = owner.gate.opened(connection, guest.ip, guest.source)
  if (slot < 0) {
    front.seeOff(guest)
    return
  }
  front.seat(guest)
  connection.slot = slot
  owner.open[slot] = connection
  ws[kConnection] = stream[kConnection] = connection
  ws.on('message', onMessage)
  ws.on('close', onClose)
  stream.on('drain', onDrain)
}

const pathOf = ({ url }: IncomingMessage): string => (url ?? '/').split('?', 1)[0] ?? '/'

const isProbe = (request: IncomingMessage): boolean =>
  request.method === 'GET' && pathOf(request) === PROBE_PATH

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** GET /probe: the socket stays with the front, whose time for an upgrade is longer than any answer is held. */
const probed = (rules: UpgradeRules, gate: GateSide, { request, response }: Exchange): void => {
  const socket: GateStream = request.socket
  const guest = socket[kGuest]
  const { probes } = gate
  if (guest === undefined || probes === undefined) {
    socket.destroy()
    return
  }
  followProxy(rules, gate, request, guest)
  const refusal = rules.originRefusal(request.headers.origin ?? '')
  if (refusal !== undefined) {
    guest.reason ??= refusal.reason
    socket.end(httpAnswer(refusal.status, refusal.text))
    return
  }
  const asker = {
    answer: (json: string) => {
      const headers = Object.fromEntries([...PROBE_HEADERS, ['connection', 'close']])
      response.writeHead(200, headers).end(json)
    },
  }
  const ticket = guest.source < 0 ? -1 : probes.ask(asker, guest.ip)
  if (ticket < 0) socket.destroy()
  else response.once('close', () => probes.left(asker, ticket))
}

const markBad = (stream: GateStream): void => {
  const guest = stream[kGuest]
  if (guest !== undefined) guest.reason ??= 'BAD_UPGRADE'
}

interface Refusal {
  readonly status: string
  readonly text: string
  readonly reason: DropReason
}

const refusalOf = (rules: UpgradeRules, request: IncomingMessage): Refusal | undefined => {
  const { headers } = request
  return rules.refusal({
    path: pathOf(request),
    protocols: headers['sec-websocket-protocol'] ?? '',
    origin: headers.origin ?? '',
  })
}

/** Lets a guest that comes from a proxy of ours count for the client behind it. */
const followProxy = (
  rules: UpgradeRules,
  gate: GateSide,
  { headers }: IncomingMessage,
  guest: Guest,
): void => {
  const header = headers['x-forwarded-for']
  const client = rules.client(guest.ip, Array.isArray(header) ? header.join(',') : (header ?? ''))
  if (client === guest.ip || guest.source < 0) return
  guest.ip = client
  guest.source = gate.renamed(guest.source, client)
}

/** A whole HTTP answer. */
const httpAnswer = (status: string, text: string): string =>
  `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`
