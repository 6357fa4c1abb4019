import type * as Uws from 'uWebSockets.js'
import { CODES, WS_SUBPROTOCOL } from '@longwire/proto'
import { createServer, type BlockList } from 'node:net'
import { blockList, within } from '@longwire/kit'
import { Certificate } from './certificate.ts'
import { FileGuard } from './file-guard.ts'
import type { Connection, GateSide, Listener, ProbeDesk, ProbeGuest } from './listener.ts'
import {
  ABNORMAL_CLOSE,
  CLOSE_CODE_BASE,
  GATE_TERMS,
  parseAddress,
  formatAddress,
  plainIp,
  type WebSocketListenerOptions,
  type WebSocketTerms,
} from './options.ts'
import { PROBE_HEADERS, PROBE_PATH, UpgradeRules } from './upgrade-rules.ts'

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
  /** Until it is open. */
  arrival: { readonly ip: string; readonly source: number } | undefined

  constructor(closings: Closings, arrival: { readonly ip: string; readonly source: number }) {
    this.closings = closings
    this.arrival = arrival
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

/**
 * WebSocket by uWebSockets.js.
 *
 * The library tells of a socket only when its upgrade request is whole: until then nothing but its own
 * time-out of about ten seconds bounds it, and it is admitted behind TLS.
 */
export const uwsListener = (options: WebSocketListenerOptions): Listener => {
  const { host, port } = parseAddress(options.address)
  const open: (UwsConnection | undefined)[] = []
  const rules = new UpgradeRules(options)
  const proxies = options.proxies === undefined ? undefined : blockList(options.proxies)
  const certificate = options.tls === undefined ? undefined : new Certificate(options.tls)
  const servers = new UwsServers(host)
  const guard = new FileGuard(options.filesMax ?? Infinity)
  let route: ((app: Uws.TemplatedApp) => void) | undefined
  let bound = 0
  let accepting = false
  let paused = false

  const serve = async (): Promise<void> => {
    const uws = await load()
    if (route === undefined) return
    const app = makeApp(uws, certificate)
    route(app)
    bound = await servers.replace(uws, app, bound)
  }

  /** The library accepts sockets that nobody else hears of: when files run out, nobody may dial. */
  const setPaused = (wanted: boolean): void => {
    if (wanted === paused) return
    paused = wanted
    if (paused) servers.close()
    // A port that somebody else took meanwhile is tried again by the next tick.
    else serve().catch(() => (paused = true))
  }

  return {
    transport: 'ws',
    async listen(gate) {
      const terms = options.terms ?? GATE_TERMS
      route = routes({ gate, open, rules, proxies, terms }, options.paths ?? ['/*'])
      // Only a port that was asked for can be shared with the app of the next certificate.
      const isShared = certificate !== undefined || options.filesMax !== undefined
      bound = port === 0 && isShared ? await freePort(host) : port
      try {
        await serve()
      } catch (error) {
        throw new Error(`cannot listen on ${options.address}: is the port in use?`, {
          cause: error,
        })
      }
      await certificate?.changed()
      accepting = true
      guard.start()
      return formatAddress(host, bound)
    },
    stopAccepting() {
      accepting = false
      servers.close()
    },
    tick() {
      if (accepting) setPaused(!guard.look())
    },
    async reload(force) {
      if (certificate === undefined || !accepting || paused) return false
      if (!(await certificate.changed()) && !force) return false
      certificate.read()
      await serve()
      return true
    },
    close() {
      accepting = false
      guard.stop()
      servers.close()
      for (const connection of open) connection?.destroy()
      // The closed events are a microtask away.
      return Promise.resolve()
    },
  }
}

/** It has no option for the lowest version: without a cipher for TLS 1.2 it speaks 1.3 only. */
const NO_TLS_12_CIPHER = 'PSK'

/** Throws where the certificate cannot be used. */
const makeApp = (uws: Library, certificate: Certificate | undefined): Uws.TemplatedApp => {
  if (certificate === undefined) return uws.App()
  certificate.read()
  const { certFile, keyFile } = certificate.files
  return uws.SSLApp({
    cert_file_name: certFile,
    key_file_name: keyFile,
    ssl_ciphers: NO_TLS_12_CIPHER,
  })
}

/** The listen socket of a port, which a new app may take over; connections of the old one stay. */
class UwsServers {
  readonly #host: string
  #closeCurrent: (() => void) | undefined

  constructor(host: string) {
    this.#host = host
  }

  /** Resolves to the port. */
  replace(uws: Library, app: Uws.TemplatedApp, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      app.listen(this.#host, port, socket => {
        if (socket === false) {
          reject(new Error(`port ${port} of ${this.#host} is not free`))
          return
        }
        this.close()
        this.#closeCurrent = () => uws.closeSocket(socket)
        resolve(uws.getSocketPort(socket))
      })
    })
  }

  close(): void {
    this.#closeCurrent?.()
    this.#closeCurrent = undefined
  }
}

const freePort = (host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, host, () => {
      const found = probe.address()
      probe.close(() => resolve(typeof found === 'object' && found !== null ? found.port : 0))
    })
  })

interface Surroundings {
  readonly gate: GateSide
  readonly open: (UwsConnection | undefined)[]
  readonly rules: UpgradeRules
  readonly proxies: BlockList | undefined
  readonly terms: WebSocketTerms
}

const textOf = (address: ArrayBuffer): string => plainIp(Buffer.from(address).toString())

/** Where the peer is a proxy that speaks the PROXY protocol, its client; undefined: it must not speak it, or must. */
const clientOf = (
  response: Uws.HttpResponse,
  request: Uws.HttpRequest,
  { rules, proxies }: Surroundings,
): string | undefined => {
  const peer = textOf(response.getRemoteAddressAsText())
  const proxied = textOf(response.getProxiedRemoteAddressAsText())
  const isProxy = proxies !== undefined && within(proxies, peer)
  if ((proxied !== '') !== isProxy) return undefined
  return rules.client(isProxy ? proxied : peer, request.getHeader('x-forwarded-for'))
}

const refuse = (response: Uws.HttpResponse, status: string, text: string): void => {
  response.writeStatus(status).end(text, true)
}

const upgrade = (
  around: Surroundings,
  closings: Closings,
  [response, request, context]: readonly [
    Uws.HttpResponse,
    Uws.HttpRequest,
    Uws.us_socket_context_t,
  ],
): void => {
  const { gate, rules } = around
  const ip = clientOf(response, request, around)
  const source = gate.arrived(ip ?? textOf(response.getRemoteAddressAsText()))
  if (source === -CODES.BANNED.code || source === -CODES.CROWDED.code) {
    response.close()
    return
  }
  const refusal =
    ip === undefined
      ? BAD_PROXY
      : rules.refusal({
          path: request.getUrl(),
          protocols: request.getHeader('sec-websocket-protocol'),
          origin: request.getHeader('origin'),
        })
  if (refusal !== undefined || ip === undefined) {
    const { status, text, reason } = refusal ?? BAD_PROXY
    if (source >= 0) gate.departed(source, reason)
    refuse(response, status, text)
    return
  }
  const key = request.getHeader('sec-websocket-key')
  const extensions = request.getHeader('sec-websocket-extensions')
  const connection = new UwsConnection(closings, { ip, source })
  response.upgrade({ connection }, key, WS_SUBPROTOCOL, extensions, context)
}

/** What an app serves. */
const routes = (
  around: Surroundings,
  paths: readonly string[],
): ((app: Uws.TemplatedApp) => void) => {
  const behaviour = behaviourOf(around)
  return app => {
    for (const path of paths) app.ws<UserData>(path, behaviour)
    serveProbes(app, around)
    app.any('/*', response => {
      response.writeStatus('404 Not Found').end('this is a WebSocket endpoint\n', true)
    })
  }
}

/** Waits for the answer to GET /probe, and counts for its address until it has it. */
class UwsProbeGuest implements ProbeGuest {
  readonly #response: Uws.HttpResponse
  readonly #gate: GateSide
  readonly #source: number
  #waiting = true

  constructor(response: Uws.HttpResponse, gate: GateSide, source: number) {
    this.#response = response
    this.#gate = gate
    this.#source = source
  }

  ask(desk: ProbeDesk, ip: string): void {
    const response = this.#response
    response.onAborted(() => {
      if (this.#leave()) desk.left(this, ticket)
    })
    const ticket = desk.ask(this, ip)
    if (ticket < 0 && this.#leave()) response.close()
  }

  answer(json: string): void {
    if (!this.#leave()) return
    const response = this.#response
    response.cork(() => {
      for (const [name, value] of PROBE_HEADERS) response.writeHeader(name, value)
      response.end(json, true)
    })
  }

  /** True for the first time. */
  #leave(): boolean {
    if (!this.#waiting) return false
    this.#waiting = false
    this.#gate.departed(this.#source, undefined)
    return true
  }
}

const serveProbes = (app: Uws.TemplatedApp, around: Surroundings): void => {
  const { gate, rules } = around
  const { probes } = gate
  if (probes === undefined) return
  app.get(PROBE_PATH, (response, request) => {
    const ip = clientOf(response, request, around)
    const source = gate.arrived(ip ?? textOf(response.getRemoteAddressAsText()))
    if (source < 0) {
      response.close()
      return
    }
    const refusal = ip === undefined ? BAD_PROXY : rules.originRefusal(request.getHeader('origin'))
    if (refusal === undefined && ip !== undefined) {
      new UwsProbeGuest(response, gate, source).ask(probes, ip)
      return
    }
    const { status, text, reason } = refusal ?? BAD_PROXY
    gate.departed(source, reason)
    refuse(response, status, text)
  })
}

const BAD_PROXY = {
  status: '400 Bad Request',
  text: 'the PROXY protocol is for trusted proxies, and they must speak it\n',
  reason: 'BAD_PROXY',
} as const

const behaviourOf = (around: Surroundings): Uws.WebSocketBehavior<UserData> => {
  const { gate, open, terms } = around
  const closings = new Closings(gate)
  return {
    // Heartbeats are the protocol's own: the library neither pings nor counts idle time.
    idleTimeout: 0,
    sendPingsAutomatically: false,
    maxLifetime: 0,
    maxPayloadLength: terms.messageBytes,
    maxBackpressure: terms.bufferedBytes,
    upgrade: (response, request, context) =>
      upgrade(around, closings, [response, request, context]),
    open: ws => {
      const { connection } = ws.getUserData()
      const { arrival } = connection
      connection.ws = ws
      connection.arrival = undefined
      connection.slot =
        arrival === undefined ? -1 : gate.opened(connection, arrival.ip, arrival.source)
      if (connection.slot >= 0) open[connection.slot] = connection
    },
    message: (ws, message, isBinary) => {
      const { connection } = ws.getUserData()
      if (connection.ended) return
      if (isBinary) gate.received(connection.slot, Buffer.from(message))
      else if (terms.text === undefined) gate.misused(connection.slot)
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
