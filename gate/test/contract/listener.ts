import type { Test } from 'tap'
import { CODES } from '@longwire/proto'
import {
  type Connection,
  type DropReason,
  type GateSide,
  type Listener,
  SLOW_BYTES,
} from '../../src/listeners/listener.ts'
import { until } from '../support/test-clock.ts'
import { openWire, type Wire } from '../support/wire.ts'

export interface ListenerUnderTest {
  /** On a free port of 127.0.0.1. */
  make(): Listener
  readonly tls?: boolean
}

/** The gate's side of the port, which records what the listener does. */
class Recorder implements GateSide {
  readonly connections: Connection[] = []
  readonly ips: string[] = []
  readonly received_: Buffer[][] = []
  readonly drains: number[] = []
  readonly closes: { slot: number; reset: boolean }[] = []
  readonly arrivals: string[] = []
  readonly departures: { source: number; reason: DropReason | undefined }[] = []
  /** A code of CODES. */
  refuses = 0
  /** Called within `received`. */
  onReceived: (slot: number) => void = () => undefined
  /** Set while a call of the gate is under way: no event may come then. */
  calling = false

  arrived(ip: string): number {
    this.#event()
    this.arrivals.push(ip)
    return this.refuses === 0 ? this.arrivals.length : -this.refuses
  }

  renamed(_source: number, ip: string): number {
    this.#event()
    return this.arrivals.push(ip)
  }

  departed(source: number, reason: DropReason | undefined): void {
    this.#event()
    this.departures.push({ source, reason })
  }

  opened(connection: Connection, ip: string, source: number): number {
    this.#event()
    if (source < 0) {
      this.call(() => {
        connection.write(Buffer.from('go away'))
        connection.end(-source)
      })
      return -1
    }
    this.ips.push(ip)
    this.received_.push([])
    return this.connections.push(connection) - 1
  }

  received(slot: number, bytes: Uint8Array): void {
    this.#event()
    this.received_[slot]?.push(Buffer.from(bytes))
    this.onReceived(slot)
  }

  misused(slot: number): void {
    this.#event()
    this.call(() => this.connections[slot]?.end(CODES.BAD_FRAME.code))
  }

  drained(slot: number): void {
    this.#event()
    this.drains.push(slot)
  }

  closed(slot: number, reset: boolean): void {
    this.#event()
    this.closes.push({ slot, reset })
  }

  text(slot: number): string {
    return Buffer.concat(this.received_[slot] ?? []).toString()
  }

  call(task: () => void): void {
    this.calling = true
    task()
    this.calling = false
  }

  #event(): void {
    if (this.calling) throw new Error('an event came from within a call of the gate')
  }
}

/** Byte number `at` of a stream that can be checked. */
const patternAt = (at: number): number => (at * 31 + (at >> 8)) & 255

const pattern = (from: number, length: number): Buffer => {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at++) bytes[at] = patternAt(from + at)
  return bytes
}

class Peer {
  wire: Wire | undefined
  bytes = 0
  /** Position of the first byte that is not of the pattern. */
  wrongAt = -1
  text = ''
  losses: number[] = []

  received(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && this.wrongAt < 0; at++) {
      if (bytes[at] !== patternAt(this.bytes + at)) this.wrongAt = this.bytes + at
    }
    this.bytes += bytes.length
    if (this.text.length < 1_000) this.text += Buffer.from(bytes).toString()
  }

  lost(code: number): void {
    this.losses.push(code)
  }

  send(text: string): void {
    this.wire?.send(Buffer.from(text))
  }
}

/** What every listener must do. */
export const listenerContract = (t: Test, subject: ListenerUnderTest): void => {
  const { make, tls = false } = subject
  const { transport } = make()

  const begin = async (
    t: Test,
  ): Promise<{ gate: Recorder; listener: Listener; connect(): Promise<Peer> }> => {
    const gate = new Recorder()
    const listener = make()
    const address = await listener.listen(gate)
    t.teardown(() => listener.close())
    return {
      gate,
      listener,
      async connect() {
        const peer = new Peer()
        peer.wire = await openWire(transport, address, peer, tls)
        return peer
      },
    }
  }

  t.test('a connection is opened with the peer address and receives and sends bytes', async t => {
    const { gate, connect } = await begin(t)
    const peer = await connect()
    peer.send('hello')
    await until('bytes arrived', () => gate.text(0) === 'hello')
    t.same(gate.ips, ['127.0.0.1'])
    gate.call(() => gate.connections[0]?.write(Buffer.from('welcome')))
    await until('the answer arrived', () => peer.text === 'welcome')
    t.equal(gate.connections[0]?.bufferedBytes(), 0)
  })

  t.test('chunks keep their order however they are split or glued', async t => {
    const { gate, connect } = await begin(t)
    const peer = await connect()
    const text = 'abcdefghij'.repeat(20)
    for (const letter of text) peer.send(letter)
    peer.send('the end')
    await until('all arrived', () => gate.text(0) === `${text}the end`)
    for (const letter of text) gate.connections[0]?.write(Buffer.from(letter))
    await until('all were answered', () => peer.text === text)
  })

  t.test('writes from within received are allowed', async t => {
    const { gate, connect } = await begin(t)
    gate.onReceived = slot => gate.call(() => gate.connections[slot]?.write(Buffer.from('echo')))
    const peer = await connect()
    peer.send('x')
    await until('it was answered', () => peer.text === 'echo')
  })

  t.test('a peer that does not read builds up bytes, and drains when it reads', async t => {
    const { gate, connect } = await begin(t)
    const peer = await connect()
    await until('it is open', () => gate.connections.length === 1)
    const connection = gate.connections[0]
    peer.wire?.pause()
    let written = 0
    const sizes = [1, 300, 16_383, 16_384, 65_536, 7, 262_144, 40_000]
    // The kernel takes some megabytes first; what stays for ten turns really waits.
    for (let waits = 0; waits < 10;) {
      if ((connection?.bufferedBytes() ?? 0) >= 1024 * 1024) {
        waits++
      } else {
        waits = 0
        const size = sizes[written % sizes.length] ?? 1
        connection?.write(pattern(written, size))
        written += size
      }
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    const drainsBefore = gate.drains.length
    peer.wire?.resume()
    await until(
      'it drained',
      () => gate.drains.length > drainsBefore && connection?.bufferedBytes() === 0,
    )
    await until(`all of ${written} arrived`, () => peer.bytes === written)
    t.ok(written > SLOW_BYTES)
    t.equal(peer.wrongAt, -1, 'not one byte is lost or changed')
  })

  t.test('end says goodbye after what was written, and closes exactly once', async t => {
    const { gate, connect } = await begin(t)
    gate.onReceived = slot => {
      const connection = gate.connections[slot]
      gate.call(() => {
        connection?.write(Buffer.from('last words'))
        connection?.end(CODES.DRAINING.code)
        connection?.end(CODES.DRAINING.code)
        connection?.write(Buffer.from('too late'))
      })
    }
    const peer = await connect()
    peer.send('x')
    await until('the peer saw the end', () => peer.losses.length === 1)
    t.equal(peer.text, 'last words')
    if (transport === 'ws') t.same(peer.losses, [4000 + CODES.DRAINING.code])
    await until('the gate heard of it', () => gate.closes.length === 1)
    await new Promise(resolve => setTimeout(resolve, 20))
    t.same(gate.closes, [{ slot: 0, reset: false }])
  })

  t.test('nothing is received after end', async t => {
    const { gate, connect } = await begin(t)
    const peer = await connect()
    gate.onReceived = slot => gate.call(() => gate.connections[slot]?.end(CODES.DRAINING.code))
    peer.send('one')
    peer.send('two')
    await until('it closed', () => gate.closes.length === 1)
    await new Promise(resolve => setTimeout(resolve, 20))
    t.match(gate.text(0), /^one(two)?$/)
    t.equal(gate.received_[0]?.length, 1)
  })

  t.test('destroy hangs up at once, and closes exactly once', async t => {
    const { gate, connect } = await begin(t)
    const peer = await connect()
    await until('it is open', () => gate.connections.length === 1)
    gate.call(() => {
      gate.connections[0]?.destroy()
      gate.connections[0]?.destroy()
      gate.connections[0]?.write(Buffer.from('too late'))
      gate.connections[0]?.end(1)
    })
    await until('both sides know', () => gate.closes.length === 1 && peer.losses.length === 1)
    await new Promise(resolve => setTimeout(resolve, 20))
    t.same(gate.closes, [{ slot: 0, reset: false }])
    t.equal(peer.text, '')
  })

  t.test('a peer that says goodbye is not a reset', async t => {
    const { gate, connect } = await begin(t)
    const peer = await connect()
    await until('it is open', () => gate.connections.length === 1)
    peer.wire?.end()
    await until('it closed', () => gate.closes.length === 1)
    t.same(gate.closes, [{ slot: 0, reset: false }])
  })

  // TLS hides the RST behind a clean end.
  t.test(
    'a peer that vanishes is a reset',
    { skip: tls && 'a TLS client cannot send a bare RST here' },
    async t => {
      const { gate, connect } = await begin(t)
      const peer = await connect()
      await until('it is open', () => gate.connections.length === 1)
      peer.wire?.destroy()
      await until('it closed', () => gate.closes.length === 1)
      await new Promise(resolve => setTimeout(resolve, 20))
      t.same(gate.closes, [{ slot: 0, reset: true }])
    },
  )

  t.test('a refused connection is told why, and causes no event', async t => {
    const { gate, connect } = await begin(t)
    gate.refuses = CODES.BUSY.code
    const peer = await connect()
    peer.send('hello')
    await until('it was closed', () => peer.losses.length === 1)
    t.equal(peer.text, 'go away')
    if (transport === 'ws') t.same(peer.losses, [4000 + CODES.BUSY.code])
    t.same([gate.connections.length, gate.closes.length, gate.departures.length], [0, 0, 0])
  })

  t.test('an address that is shut out is hung up on without a word', async t => {
    const { gate, connect } = await begin(t)
    gate.refuses = CODES.BANNED.code
    const peer = await connect().catch(() => undefined)
    if (peer !== undefined) await until('it was closed', () => peer.losses.length === 1)
    t.equal(peer?.text ?? '', '')
    t.same([gate.connections.length, gate.closes.length, gate.departures.length], [0, 0, 0])
  })

  t.test('stopAccepting refuses new connections and keeps open ones', async t => {
    const { gate, listener, connect } = await begin(t)
    const peer = await connect()
    await until('it is open', () => gate.connections.length === 1)
    listener.stopAccepting()
    await t.rejects(connect())
    peer.send('still here')
    await until('bytes arrived', () => gate.text(0) === 'still here')
    t.equal(gate.connections.length, 1)
  })

  t.test('close closes everything, each connection once', async t => {
    const { gate, listener, connect } = await begin(t)
    const peers = [await connect(), await connect(), await connect()]
    await until('they are open', () => gate.connections.length === 3)
    await listener.close()
    await until('all are gone', () => peers.every(peer => peer.losses.length === 1))
    t.same(
      gate.closes.map(({ slot }) => slot).toSorted((a, b) => a - b),
      [0, 1, 2],
    )
  })
}
