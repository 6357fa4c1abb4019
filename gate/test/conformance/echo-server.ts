/**
 * Entry of a process for Autobahn's wstest: the gate's own WebSocket listeners, with an echo behind them.
 *
 *   node echo-server.js uws|ws gate|large
 *
 * `gate`: the terms of a gate, but text is taken. `large`: also messages of 16 MiB, which a gate refuses.
 * Prints the port, and ends with its standard input.
 */
import type { Connection, GateSide } from '../../src/listeners/listener.ts'
import { GATE_TERMS, parseAddress, type WebSocketTerms } from '../../src/listeners/options.ts'
import { uwsListener } from '../../src/listeners/uws.ts'
import { wsListener } from '../../src/listeners/ws.ts'

const LISTENERS = { uws: uwsListener, ws: wsListener }
const text: WebSocketTerms['text'] = (message, answer) => answer(message)
const TERMS: Readonly<Record<string, WebSocketTerms>> = {
  gate: { ...GATE_TERMS, text },
  // What waits is a whole message and its headers.
  large: { messageBytes: 16 * 2 ** 20, fragments: 2 ** 17, bufferedBytes: 32 * 2 ** 20, text },
}

/** Sends back what came. */
class Echo implements GateSide {
  readonly #connections: (Connection | undefined)[] = []

  arrived(): number {
    return 0
  }

  renamed(): number {
    return 0
  }

  departed(): void {}

  misused(): void {}

  opened(connection: Connection): number {
    return this.#connections.push(connection) - 1
  }

  received(slot: number, bytes: Uint8Array): void {
    // A connection takes what it is given over; what was received is only valid until this returns.
    this.#connections[slot]?.write(Uint8Array.from(bytes))
  }

  drained(): void {
    // Nothing is held back.
  }

  closed(slot: number): void {
    this.#connections[slot] = undefined
  }
}

const [name = '', kind = ''] = process.argv.slice(2)
const make = name === 'uws' || name === 'ws' ? LISTENERS[name] : undefined
const terms = TERMS[kind]
if (make === undefined || terms === undefined)
  throw new Error(`there is no listener "${name}" with terms "${kind}": uws|ws gate|large`)
const address = await make({ address: '127.0.0.1:0', terms }).listen(new Echo())
process.stdout.write(`${parseAddress(address).port}\n`)
process.stdin.on('end', () => process.exit()).resume()
