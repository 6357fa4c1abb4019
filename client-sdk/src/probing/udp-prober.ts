import { createSocket, type Socket } from 'node:dgram'
import { decodeProbeAck, encodeProbe, PROBE_NONCE_BYTES } from '@longwire/proto'
import { LongwireError } from '../errors.ts'
import { probeNonceOf, type Prober, schemeOf } from './prober.ts'

const PORTS: Readonly<Record<string, number>> = { tcp: 0, tls: 0, ws: 80, wss: 443 }

interface Pending {
  readonly nonce: Uint8Array
  readonly answered: (heldMs: number) => void
}

/** Probes by UDP, from one socket for each family of addresses, which is open while an answer is awaited. */
export class UdpProber implements Prober {
  /** Datagrams that answered a probe: they get through. */
  answers = 0
  readonly #pending = new Map<string, Pending>()
  readonly #sockets = new Map<'udp4' | 'udp6', Socket>()

  knows(url: string): boolean {
    return PORTS[schemeOf(url)] !== undefined
  }

  probe({ url, appcode, signal }: Parameters<Prober['probe']>[0]): Promise<number> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(url)
      const host = hostname.replace(/^\[|\]$/g, '')
      const nonce = probeNonceOf()
      const key = keyOf(nonce)
      const done = (): void => {
        signal.removeEventListener('abort', abort)
        this.#pending.delete(key)
        if (this.#pending.size === 0) this.#close()
      }
      const fail = (why: string): void => {
        done()
        reject(new LongwireError('UNREACHABLE', 'retry', `no answer from ${url} by UDP: ${why}`))
      }
      const abort = (): void => fail('it was called off')
      this.#pending.set(key, {
        nonce,
        answered: heldMs => {
          done()
          resolve(heldMs)
        },
      })
      signal.addEventListener('abort', abort, { once: true })
      const to = port === '' ? (PORTS[schemeOf(url)] ?? 0) : Number(port)
      const bytes = encodeProbe(nonce, appcode)
      this.#socket(host.includes(':') ? 'udp6' : 'udp4').send(bytes, to, host, error => {
        if (error !== null) fail(error.message)
      })
      if (signal.aborted) abort()
    })
  }

  #socket(family: 'udp4' | 'udp6'): Socket {
    const known = this.#sockets.get(family)
    if (known !== undefined) return known
    const socket = createSocket(family)
    this.#sockets.set(family, socket)
    socket.on('message', bytes => {
      const pending = this.#pending.get(keyOf(bytes.subarray(0, PROBE_NONCE_BYTES)))
      const ack = pending === undefined ? undefined : decodeProbeAck(bytes, pending.nonce)
      if (ack === undefined) return
      this.answers++
      pending?.answered(ack.delayMs)
    })
    // What could not be sent is not answered either.
    socket.on('error', () => undefined)
    return socket
  }

  #close(): void {
    for (const socket of this.#sockets.values()) socket.close()
    this.#sockets.clear()
  }
}

const keyOf = (nonce: Uint8Array): string => Buffer.from(nonce).toString('latin1')
