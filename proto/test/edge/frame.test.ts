import t from 'tap'
import {
  CMD,
  Deframer,
  type FrameSink,
  FrameWriter,
  LIMITS,
  type Partial,
  PING_BYTE,
  PONG_BYTE,
  ProtocolError,
} from '@longwire/proto'
import { commandName, describe, parseEdge } from '../fixtures.ts'

const EMPTY = new Uint8Array(0)

const counting = (max: number): FrameSink<string> & { asked: number; frames: string[] } => ({
  asked: 0,
  frames: [],
  frame(context, view) {
    this.frames.push(`${context} ${commandName(view.cmd)} ${view.end - view.start}`)
    return true
  },
  maxPayload() {
    this.asked++
    return max
  },
})

t.test('the limit is asked once per frame, however the frame is split', t => {
  const sink = counting(1000)
  const deframer = new Deframer(sink)
  const writer = new FrameWriter()
  writer.raw(CMD.LOGIN, 0, new Uint8Array(600))
  let partial: Partial | undefined
  for (const byte of writer.take()) partial = deframer.push('a', partial, Uint8Array.of(byte))
  t.same(sink.frames, ['a LOGIN 600'])
  t.equal(sink.asked, 1)
  t.equal(partial, undefined)
  t.end()
})

t.test('a frame that is too large is refused on its header', t => {
  const deframer = new Deframer(counting(4096))
  const header = Uint8Array.of(CMD.LOGIN << 3, 0x81, 0x20)
  t.throws(() => deframer.push('a', undefined, header), {
    name: 'ProtocolError',
    code: 'FRAME_TOO_LARGE',
  })
  const partial = deframer.push('a', undefined, header.subarray(0, 2))
  t.throws(() => deframer.push('a', partial, header.subarray(2)), { code: 'FRAME_TOO_LARGE' })
  t.end()
})

t.test('a split frame holds what arrived, never more than it declared', t => {
  const deframer = new Deframer(counting(LIMITS.uplinkBytes))
  const writer = new FrameWriter()
  writer.raw(CMD.C2S, 0, new Uint8Array(LIMITS.uplinkBytes))
  const wire = writer.take()
  let partial = deframer.push('a', undefined, wire.subarray(0, 4))
  t.ok(partial!.bytes.length <= 512, 'three bytes of header do not buy 64 KiB')
  for (let at = 4; at < wire.length; at += 1000) {
    partial = deframer.push('a', partial, wire.subarray(at, at + 1000))
    if (partial !== undefined)
      t.ok(partial.bytes.length <= Math.min(wire.length, 2 * partial.filled))
  }
  t.equal(partial, undefined)
  t.end()
})

t.test('connections of one deframer do not mix', t => {
  const sink = counting(100)
  const deframer = new Deframer(sink)
  const a = deframer.push('a', undefined, Uint8Array.of(CMD.NOTIFY << 3, 1))
  const b = deframer.push('b', undefined, Uint8Array.of(CMD.ACK << 3))
  deframer.push('a', a, Uint8Array.of(7))
  deframer.push('b', b, Uint8Array.of(2, 1, 1))
  t.same(sink.frames, ['a NOTIFY 1', 'b ACK 2'])
  t.end()
})

t.test('a sink that returns false sees no further frame', t => {
  let seen = 0
  const deframer = new Deframer({ frame: () => ++seen < 2, maxPayload: () => 10 })
  t.equal(deframer.push(0, undefined, Uint8Array.of(PING_BYTE, PING_BYTE, PING_BYTE)), undefined)
  t.equal(seen, 2)
  const partial = deframer.push(0, undefined, Uint8Array.of(CMD.NOTIFY << 3))
  t.equal(deframer.push(0, partial, Uint8Array.of(1, 7, PING_BYTE)), undefined)
  t.equal(seen, 3)
  t.end()
})

t.test('one write holds many frames and keeps out of what was taken', t => {
  const writer = new FrameWriter()
  writer.byte(PONG_BYTE)
  writer.notify(300)
  t.equal(writer.size, 5)
  const first = writer.take()
  const before = Buffer.from(first)
  writer.data(1, 1, 1, new Uint8Array(200_000))
  for (let count = 0; count < 2000; count++)
    writer.data(count + 1, 1, 1, new Uint8Array(100).fill(count))
  const second = writer.take()
  t.same(Buffer.from(first), before)
  t.equal(writer.size, 0)
  t.equal(writer.take().length, 0)
  t.equal(parseEdge([first, second], view => view.cmd).length, 2 + 1 + 2000)
  t.end()
})

t.test('what was taken survives everything written later', t => {
  const writer = new FrameWriter()
  const taken: Uint8Array[] = []
  for (let seq = 1; seq <= 5000; seq++) {
    writer.data(seq, 1, 1, new Uint8Array(40))
    taken.push(writer.take())
  }
  const seqs = parseEdge(taken, view => describe(view).fields!['seq'])
  t.same(
    seqs,
    Array.from({ length: 5000 }, (_, index) => index + 1),
  )
  t.end()
})

t.test('the writer refuses what no frame can say, and writes nothing of it', t => {
  const writer = new FrameWriter()
  for (const bad of [-1, 0.5, 200.5, NaN, Infinity, 2 ** 53])
    t.throws(() => writer.notify(bad), RangeError, String(bad))
  t.throws(() => writer.data(0, 1, 1, EMPTY), RangeError)
  t.throws(() => writer.data(1, 0, 1, EMPTY), RangeError)
  t.throws(() => writer.data(1, 1, 1, EMPTY, new Uint8Array(7)), RangeError)
  t.throws(() => writer.raw(CMD.PING, 0, EMPTY), RangeError)
  t.throws(() => writer.raw(CMD.LOGIN, 0, new Uint8Array(LIMITS.encodableBytes + 1)), RangeError)
  t.equal(writer.size, 0)
  writer.raw(CMD.LOGIN, 0, new Uint8Array(LIMITS.encodableBytes))
  t.equal(
    parseEdge([writer.take()], view => view.end - view.start, LIMITS.encodableBytes)[0],
    LIMITS.encodableBytes,
  )
  t.end()
})

t.test('a payload is a view of the chunk', t => {
  const chunk = Uint8Array.of(CMD.LOGIN << 3, 2, 7, 8)
  const payloads = parseEdge([chunk], view => view.payload())
  t.same([...payloads[0]!], [7, 8])
  t.equal(payloads[0]!.buffer, chunk.buffer)
  t.end()
})

t.test('an error says what is wrong', t => {
  t.throws(
    () => parseEdge([Uint8Array.of(0xf8)], describe),
    new ProtocolError('UNKNOWN_COMMAND', 'number 31'),
  )
  t.equal(new ProtocolError('BAD_MAGIC').message, 'the connection does not start with a preamble')
  t.end()
})
