import fc from 'fast-check'
import t from 'tap'
import {
  CMD,
  Deframer,
  FrameWriter,
  LIMITS,
  type Partial,
  ProtocolError,
  varintSize,
  writeVarint,
  ByteReader,
} from '@longwire/proto'
import {
  bytesOf,
  type CommandName,
  describe,
  edgeVectors,
  type EdgeVector,
  hexOf,
  parseEdge,
  touch,
  write,
} from '../fixtures.ts'

const seed = Number(process.env['LONGWIRE_TEST_SEED'] ?? Date.now() % 0x7fffffff)
t.comment(`seed ${seed}: repeat with LONGWIRE_TEST_SEED=${seed}`)
const runs = { seed, numRuns: 3000 }

const number = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.maxSafeNat(),
  fc.constantFrom(127, 128, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER),
)
const positive = number.map(value => Math.max(1, value))
const small = fc.integer({ min: 0, max: LIMITS.msgtypeMax })
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ minLength: 100, maxLength: 20_000, size: 'max' }),
)
const content = bytes.map(hexOf)
const logid = fc.uint8Array({ minLength: 8, maxLength: 8 }).map(hexOf)

type Plain = Omit<EdgeVector, 'name' | 'hex'>
const fieldsOf = (
  fields: Readonly<Record<string, fc.Arbitrary<number>>>,
): fc.Arbitrary<Readonly<Record<string, number>>> => fc.record(fields)
const frame = (
  cmd: CommandName,
  fields: fc.Arbitrary<Readonly<Record<string, number>>>,
): fc.Arbitrary<Plain> => fields.map(fields => ({ cmd, fields }))
const withContent = (
  cmd: CommandName,
  fields: fc.Arbitrary<Readonly<Record<string, number>>>,
): fc.Arbitrary<Plain> =>
  fc
    .tuple(fields, content)
    .map(([fields, content]) => ({ cmd, fields, ...(content !== '' && { content }) }))

const data: fc.Arbitrary<Plain> = fc
  .tuple(positive, positive, small, content, fc.option(logid))
  .map(([seq, back, msgtype, content, logid]) => ({
    cmd: 'DATA',
    ...(back !== 1 && { flag: true }),
    ...(logid !== null && { ext: { logid } }),
    fields: back === 1 ? { seq, msgtype } : { seq, back, msgtype },
    ...(content !== '' && { content }),
  }))
const page: fc.Arbitrary<Plain> = fc
  .tuple(
    number,
    number,
    fc.option(number),
    fc.array(fc.record({ seq: positive, content: fc.constantFrom('61', '3c73686b2f3e') })),
  )
  .map(([from, next, floor, messages]) => ({
    cmd: 'PULL_RESP',
    ...(floor !== null && { flag: true }),
    fields: floor === null ? { from, next } : { from, next, floor },
    body: messages.length === 0 ? {} : { messages },
  }))
const anyFrame: fc.Arbitrary<Plain> = fc.oneof(
  fc.constantFrom<Plain>({ cmd: 'PING' }, { cmd: 'PONG' }, { cmd: 'LOGOUT' }),
  fc.integer({ min: 1, max: 400 }).map((next): Plain => ({ cmd: 'PING', ext: { next } })),
  fc
    .record({
      uid: fc.string({ minLength: 1, unit: 'grapheme' }),
      appcode: fc.integer({ min: 1, max: 65535 }),
      seq: positive,
    })
    .map((body): Plain => ({ cmd: 'LOGIN', body })),
  fc
    .record({
      session: logid,
      epoch: fc.integer({ min: 1, max: 0xffffffff }),
      max: positive,
      base: positive,
    })
    .map((body): Plain => ({ cmd: 'LOGIN_ACK', body })),
  fc
    .tuple(number, fc.constantFrom<'KICK' | 'ERROR'>('KICK', 'ERROR'))
    .map(([code, cmd]): Plain => ({ cmd, fields: { code }, body: {} })),
  frame('NOTIFY', fieldsOf({ max: number })),
  frame('ACK', fieldsOf({ cumulative: number })),
  frame('PULL', fieldsOf({ cursor: number, maxBytes: number })),
  fieldsOf({ ref: number, status: number }).map((fields): Plain => ({
    cmd: 'SEND_ACK',
    fields,
    body: {},
  })),
  withContent('REPLY', fieldsOf({ ref: number, status: number })),
  withContent('C2S', fieldsOf({ ref: number, msgtype: small })).map((plain): Plain => ({
    ...plain,
    flag: true,
  })),
  withContent('C2S', fieldsOf({ ref: number, msgtype: small })),
  withContent('PROBE', fc.constant({})).map(({ fields, ...rest }): Plain => rest),
  fc.tuple(number, small).map(([ref, msgtype]): Plain => ({
    cmd: 'C2C',
    fields: { ref, msgtype },
    body: { to: 'x', content: '00' },
  })),
  data,
  page,
)

/** Pieces whose sizes come from `sizes`. */
function* cut(wire: Uint8Array, sizes: Iterator<number>): Generator<Uint8Array> {
  for (let at = 0; at < wire.length;) {
    const size = Number(sizes.next().value)
    yield wire.subarray(at, at + size)
    at += size
  }
}

t.test('every number survives its varint, in the size that was announced', t => {
  fc.assert(
    fc.property(number, value => {
      const into = new Uint8Array(10)
      const end = writeVarint(into, 1, value)
      const reader = new ByteReader()
      reader.reset(into, 1, end)
      return (
        end - 1 === varintSize(value) &&
        reader.varint() === value &&
        reader.at === end &&
        !reader.bad
      )
    }),
    runs,
  )
  for (let bits = 7; bits <= 49; bits += 7) {
    t.equal(varintSize(2 ** bits - 1), bits / 7)
    t.equal(varintSize(2 ** bits), bits / 7 + 1)
  }
  t.end()
})

t.test('every frame survives being written, cut and read', t => {
  fc.assert(
    fc.property(
      fc.array(anyFrame, { minLength: 1, maxLength: 12 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 3000 })),
      (frames, sizes) => {
        const writer = new FrameWriter()
        for (const plain of frames) write(writer, plain)
        const read = parseEdge(cut(writer.take(), sizes), view => JSON.stringify(describe(view)))
        t.strictSame(
          read.map(text => JSON.parse(text) as unknown),
          JSON.parse(JSON.stringify(frames)),
        )
      },
    ),
    { seed, numRuns: 400 },
  )
  t.end()
})

/** xorshift32: fast-check would spend its time on bookkeeping for 200,000 inputs. */
const randomOf =
  (state: number) =>
  (below: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }

const MAX = 4096
const GUARD = 64

/** Pushes `input` in random pieces; returns the code it was refused with. The bytes around it are poison. */
const survive = (input: Uint8Array, random: (below: number) => number): string => {
  const arena = new Uint8Array(input.length + 2 * GUARD).fill(CMD.PONG << 3)
  arena.set(input, GUARD)
  let overread = ''
  let partial: Partial | undefined
  const deframer = new Deframer<undefined>({
    maxPayload: () => MAX,
    frame: (_, view) => {
      const inArena = view.bytes.buffer === arena.buffer
      const end = inArena ? view.bytes.byteOffset - arena.byteOffset + view.end : view.end
      if (view.end > view.bytes.length || (inArena && end > GUARD + input.length))
        overread = `read to ${end}`
      if (view.extStart > view.extEnd || view.extEnd > view.start || view.start > view.end)
        overread = 'regions overlap'
      touch(view)
      return true
    },
  })
  let code = 'none'
  try {
    for (let at = 0; at < input.length;) {
      const size = 1 + random(input.length)
      partial = deframer.push(
        undefined,
        partial,
        arena.subarray(GUARD + at, GUARD + Math.min(at + size, input.length)),
      )
      at += size
      if (partial !== undefined && partial.bytes.length > MAX + 4)
        throw new Error(`${partial.bytes.length} bytes are kept`)
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    code = error.code
  }
  if (overread !== '') throw new Error(overread)
  return code
}

t.test('200,000 mutated and split inputs only ever raise a ProtocolError', t => {
  const random = randomOf(seed | 1)
  const samples = [...edgeVectors().frames, ...edgeVectors().bad, ...edgeVectors().streams]
    .map(({ hex }) => bytesOf(hex))
    .filter(sample => sample.length < 300)
  const codes = new Map<string, number>()
  for (let round = 0; round < 200_000; round++) {
    const parts = [
      samples[random(samples.length)]!,
      samples[random(samples.length)]!,
      samples[random(samples.length)]!,
    ]
    const input = Buffer.concat(parts.slice(random(3)))
    for (let flips = random(4); flips > 0; flips--) input[random(input.length)] = random(256)
    const end = random(4) === 0 ? random(input.length) : input.length
    try {
      const code = survive(input.subarray(0, end), random)
      codes.set(code, (codes.get(code) ?? 0) + 1)
    } catch (error) {
      t.fail(`seed ${seed}, round ${round}: ${String(error)}`, { input: hexOf(input) })
      break
    }
  }
  t.same([...codes.keys()].sort(), [
    'BAD_FIELD',
    'BAD_FRAME',
    'FRAME_TOO_LARGE',
    'UNKNOWN_COMMAND',
    'UNSUPPORTED_EXTENSION',
    'none',
  ])
  t.end()
})
