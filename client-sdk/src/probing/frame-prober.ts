import {
  CMD,
  decodeProbeAck,
  Deframer,
  encodeProbe,
  FrameWriter,
  LIMITS,
  type Partial,
} from '@longwire/proto'
import { LongwireError } from '../errors.ts'
import type { Transport, TransportConnection } from '../transport.ts'
import { probeNonceOf, type Probe, type Prober, schemeOf } from './prober.ts'

const writer = new FrameWriter()

/**
 * Probes by a PROBE frame, on a connection that is hung up on afterwards: at the port that the gate has for it,
 * otherwise, or where nothing gets through to that, wherever a session would go.
 */
export const frameProber = (transports: Readonly<Record<string, Transport>>): Prober => ({
  knows: url => transports[schemeOf(url)] !== undefined,
  async probe(probe) {
    const { url, port, signal } = probe
    const { tcp } = transports
    if (port !== undefined && tcp !== undefined) {
      const plain = new FrameProbe({ ...probe, url: `tcp://${new URL(url).hostname}:${port}` })
      try {
        return await plain.run(tcp)
      } catch (error) {
        // A gate that hangs up wants nobody: it is not to be bothered with TLS.
        if (plain.isReached || signal.aborted) throw error
      }
    }
    return new FrameProbe(probe).run(transports[schemeOf(url)])
  },
})

class FrameProbe {
  /** There was a connection. */
  isReached = false
  readonly #probe: Probe
  readonly #nonce = probeNonceOf()
  readonly #deframer = new Deframer<undefined>({
    maxPayload: () => LIMITS.preLoginBytes,
    frame: (_, view) => {
      if (view.cmd === CMD.PROBE_ACK) {
        const ack = decodeProbeAck(view.payload(), this.#nonce)
        if (ack !== undefined) this.#answered(ack.delayMs)
      }
      if (view.cmd === CMD.KICK) this.#failed('the gate refused')
      return true
    },
  })
  #partial: Partial | undefined
  #answered: (heldMs: number) => void = () => undefined
  #failed: (text: string) => void = () => undefined

  constructor(probe: Probe) {
    this.#probe = probe
  }

  async run(transport: Transport | undefined): Promise<number> {
    const { url, appcode, signal } = this.#probe
    if (transport === undefined) throw noAnswer(url, 'nothing can dial it')
    const answer = new Promise<number>((resolve, reject) => {
      this.#answered = resolve
      this.#failed = text => reject(noAnswer(url, text))
    })
    // Where the dial itself fails nobody waits for it.
    answer.catch(() => undefined)
    const handlers = {
      received: (bytes: Uint8Array) => this.#received(bytes),
      closed: () => this.#failed('the connection broke'),
    }
    const abort = (): void => this.#failed('it was called off')
    signal.addEventListener('abort', abort, { once: true })
    let connection: TransportConnection | undefined
    try {
      connection = await transport.connect(url, handlers, signal)
      this.isReached = true
      writer.raw(CMD.PROBE, 0, encodeProbe(this.#nonce, appcode))
      connection.write(writer.take())
      return await answer
    } finally {
      signal.removeEventListener('abort', abort)
      connection?.close()
    }
  }

  #received(bytes: Uint8Array): void {
    try {
      this.#partial = this.#deframer.push(undefined, this.#partial, bytes)
    } catch {
      this.#failed('the gate broke the protocol')
    }
  }
}

const noAnswer = (url: string, why: string): LongwireError =>
  new LongwireError('UNREACHABLE', 'retry', `no answer to a probe from ${url}: ${why}`)
