import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { WebSocket } from 'ws'

export type Transport = 'tcp' | 'ws'

/** One connection as a stream of bytes, whatever carries it. */
export interface Wire {
  /** One chunk; over WebSocket one message. */
  send(bytes: Uint8Array): void
  /** Stops or goes on reading. */
  pause(): void
  resume(): void
  /** Ends without goodbye. */
  destroy(): void
  /** Says goodbye. */
  end(): void
}

export interface WireEvents {
  received(bytes: Uint8Array): void
  /** `code`: of a WebSocket close, else 0. */
  lost(code: number): void
}

export const openWire = (
  transport: Transport,
  address: string,
  events: WireEvents,
  tls = false,
): Promise<Wire> =>
  transport === 'tcp' ? openTcp(address, events, tls) : openWs(address, events, tls)

const openTcp = (address: string, events: WireEvents, tls: boolean): Promise<Wire> => {
  const [host, port] = address.split(':')
  const target = { host: host ?? '', port: Number(port), noDelay: true }
  return new Promise((resolve, reject) => {
    const socket: Socket = tls
      ? connectTls({ ...target, rejectUnauthorized: false })
      : connectTcp(target)
    socket.once('error', reject)
    socket.on('data', chunk => events.received(chunk))
    socket.on('close', () => events.lost(0))
    socket.on(tls ? 'secureConnect' : 'connect', () => {
      socket.off('error', reject)
      socket.on('error', () => undefined)
      resolve({
        send: bytes => void socket.write(bytes),
        pause: () => void socket.pause(),
        resume: () => void socket.resume(),
        // A reset after the end was said would never close the handle.
        destroy: () =>
          void (tls || socket.writableEnded ? socket.destroy() : socket.resetAndDestroy()),
        end: () => void socket.end(),
      })
    })
  })
}

const openWs = (address: string, events: WireEvents, tls: boolean): Promise<Wire> =>
  new Promise((resolve, reject) => {
    const url = `${tls ? 'wss' : 'ws'}://${address}/`
    const ws = new WebSocket(url, 'lp.v1', { perMessageDeflate: false, rejectUnauthorized: false })
    ws.on('error', reject)
    ws.on('message', (message: Buffer) => events.received(message))
    ws.on('close', code => events.lost(code))
    ws.on('open', () => {
      resolve({
        send: bytes => ws.send(bytes),
        pause: () => ws.pause(),
        resume: () => ws.resume(),
        destroy: () => ws.terminate(),
        end: () => ws.close(1000),
      })
    })
  })
