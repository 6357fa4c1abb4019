import t from 'tap'
import {
  decodePublish,
  eachEntry,
  encodeEntry,
  encodePublishPrefix,
  type SessionEntry,
  TRUNK,
  TRUNK_BODY_MAX,
  TRUNK_HEADER,
  trunkBody,
  TrunkError,
  TrunkReader,
  type TrunkView,
  TrunkWriter,
} from '@longwire/proto/trunk'
import { edgeBody } from '@longwire/proto'
import { pieces, splitContract } from '../contract/split.ts'
import { bytesOf, fromJson, hexOf, toJson, trunkVectors, type TrunkVector } from '../fixtures.ts'

const vectors = trunkVectors()
const HEAD = [
  'appcode',
  'msgtype',
  'slot',
  'generation',
  'sequenceid',
  'logidHigh',
  'logidLow',
  'reserve',
] as const

const BODIES: Readonly<
  Record<
    string,
    { encode(message: object): { finish(): Uint8Array }; decode(bytes: Uint8Array): object }
  >
> = {
  HELLO: trunkBody.Hello,
  HELLO_ACK: trunkBody.Hello,
  TOKEN: trunkBody.TokenRequest,
  TOKEN_RESULT: trunkBody.TokenResult,
  REVOKE: trunkBody.Revocations,
  USAGE: trunkBody.Usage,
  HINT: trunkBody.Hints,
  HINTED: trunkBody.Hints,
  MOVE: trunkBody.Move,
  MOVING: trunkBody.Moving,
  LOGIN: trunkBody.LoginRequest,
  LOGIN_RESULT: trunkBody.LoginResult,
  PULL_RESULT: trunkBody.Page,
  PUBLISH_RESULT: trunkBody.PublishResult,
  CONSUME: trunkBody.Consume,
  CONSUMING: trunkBody.PublishResult,
  KICK: edgeBody.Kick,
  SENT: edgeBody.SendAck,
  READ: edgeBody.Read,
}
const cmdNames = new Map<number, string>(Object.entries(TRUNK).map(([name, cmd]) => [cmd, name]))

/** A frame in the form of the vectors, without name and hex. */
const describe = (view: TrunkView): object => {
  const cmd = cmdNames.get(view.cmd)!
  const head = Object.fromEntries(
    HEAD.filter(name => view[name] !== 0).map(name => [name, view[name]]),
  )
  const type = BODIES[cmd]
  return {
    cmd,
    ...(Object.keys(head).length > 0 && { head }),
    ...(view.uid !== '' && { uid: view.uid }),
    ...(type !== undefined && { body: toJson(type.decode(view.body)) }),
    ...(type === undefined && view.body.length > 0 && { content: hexOf(view.body) }),
  }
}

const parse = <T>(chunks: Iterable<Uint8Array>, read: (view: TrunkView) => T): T[] => {
  const frames: T[] = []
  const reader = new TrunkReader(view => frames.push(read(view)))
  for (const chunk of chunks) reader.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))
  return frames
}

const write = (writer: TrunkWriter, vector: TrunkVector): void => {
  Object.assign(writer.head, vector.head)
  const type = BODIES[vector.cmd]
  const body =
    type === undefined
      ? bytesOf(vector.content ?? '')
      : type.encode(fromJson(vector.body ?? {}) as object).finish()
  writer.frame(TRUNK[vector.cmd as keyof typeof TRUNK], vector.uid ?? '', body)
}

t.test('every golden trunk frame is read as written down', t => {
  for (const { name, hex, ...expected } of vectors.frames)
    t.same(parse([bytesOf(hex)], describe), [expected], name)
  t.end()
})

t.test('every golden trunk frame is written byte for byte, by one writer', t => {
  const writer = new TrunkWriter()
  for (const vector of vectors.frames) {
    write(writer, vector)
    t.equal(hexOf(writer.take()), vector.hex, vector.name)
  }
  t.end()
})

t.test('there is a golden frame for every trunk command', t => {
  t.same([...new Set(vectors.frames.map(vector => vector.cmd))].sort(), Object.keys(TRUNK).sort())
  t.end()
})

t.test('bytes that are no trunk frame are refused', t => {
  for (const { name, hex, message } of vectors.bad) {
    t.throws(
      () => parse([bytesOf(hex)], describe),
      { name: 'TrunkError', message: new RegExp(message.replace('^', '\\^')) },
      name,
    )
    t.throws(
      () => parse(pieces(bytesOf(hex), 1), describe),
      { name: 'TrunkError' },
      `${name}, a byte at a time`,
    )
  }
  t.end()
})

t.test('the golden trunk frames as one stream', t => {
  splitContract(t, () => ({
    wire: bytesOf(vectors.frames.map(frame => frame.hex).join('')),
    expected: vectors.frames.map(({ name, hex, ...decoded }) => JSON.stringify(decoded)),
    parse: chunks => parse(chunks, view => JSON.stringify(describe(view))),
  }))
  t.end()
})

t.test('frames larger than the kept memory survive any cut', t => {
  const writer = new TrunkWriter()
  const sizes = [0, 5000, 300_000, 1, TRUNK_BODY_MAX, 100]
  for (const size of sizes) writer.frame(TRUNK.DELIVER, 'u', Buffer.alloc(size, size % 251))
  const wire = Buffer.from(writer.take())
  for (const size of [1000, 65_536, 300_041]) {
    const seen = parse(pieces(wire, size), view => [
      view.body.length,
      view.body.every(byte => byte === view.body.length % 251),
    ])
    t.same(
      seen,
      sizes.map(size => [size, true]),
      `pieces of ${size}`,
    )
  }
  t.end()
})

t.test('20,000 mutated trunk streams only ever raise a TrunkError', t => {
  const seed = Number(process.env['LONGWIRE_TEST_SEED'] ?? Date.now() % 0x7fffffff)
  t.comment(`seed ${seed}: repeat with LONGWIRE_TEST_SEED=${seed}`)
  let state = seed | 1
  const random = (below: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
  const samples = vectors.frames.map(vector => bytesOf(vector.hex))
  let refused = 0
  for (let round = 0; round < 20_000; round++) {
    const wire = Buffer.concat([samples[random(samples.length)]!, samples[random(samples.length)]!])
    for (let flips = random(3); flips > 0; flips--) wire[random(wire.length)] = random(256)
    try {
      parse(pieces(wire, 1 + random(wire.length)), view => {
        if (view.body.length > 0 && view.body.length > wire.length)
          throw new Error(`read beyond the end, seed ${seed}`)
        eachEntry(view.body, () => {})
        decodePublish(view.body)
      })
    } catch (error) {
      if (!(error instanceof TrunkError)) throw error
      refused++
    }
  }
  t.ok(refused > 100, `${refused} were refused`)
  t.end()
})

t.test('a reader may be told to accept less until the other side is known', t => {
  const writer = new TrunkWriter()
  writer.frame(TRUNK.PUBLISH, 'u', Buffer.alloc(1001))
  const wire = writer.take()
  const reader = new TrunkReader(() => t.fail('too large'))
  reader.bodyMax = 1000
  t.throws(
    () => reader.push(wire.subarray(0, TRUNK_HEADER)),
    new TrunkError('trunk body of 1001 bytes, allowed are 1000'),
  )
  t.end()
})

t.test('header fields are reset after each frame, also after one that was refused', t => {
  const writer = new TrunkWriter()
  writer.head.appcode = 7
  writer.head.msgtype = 65536
  t.throws(() => writer.frame(TRUNK.DELIVER, 'u'), RangeError)
  t.equal(writer.size, 0)
  writer.head.slot = 3
  writer.frame(TRUNK.HEAD, 'u')
  writer.frame(TRUNK.HEAD, 'v')
  t.same(parse([writer.take()], describe), [
    { cmd: 'HEAD', head: { slot: 3 }, uid: 'u' },
    { cmd: 'HEAD', uid: 'v' },
  ])
  t.end()
})

t.test('the writer refuses what does not fit', t => {
  const writer = new TrunkWriter()
  t.throws(() => writer.frame(TRUNK.HEAD, 'u'.repeat(256)), RangeError)
  t.throws(() => writer.frame(TRUNK.HEAD, '用'.repeat(86)), RangeError)
  t.throws(() => writer.frame(TRUNK.DELIVER, 'u', Buffer.alloc(TRUNK_BODY_MAX + 1)), RangeError)
  writer.head.sequenceid = -1
  t.throws(() => writer.frame(TRUNK.HEAD, 'u'), RangeError)
  t.equal(writer.size, 0)
  t.end()
})

t.test('a prefix and a body become one body', t => {
  const writer = new TrunkWriter()
  writer.frame(
    TRUNK.PUBLISH,
    'u',
    Buffer.from('<img src="x"/><shake/>'),
    encodePublishPrefix(60, 'key-1'),
  )
  const [published] = parse([writer.take()], view => decodePublish(view.body))
  t.equal(published!.ttlSeconds, 60)
  t.equal(published!.key, 'key-1')
  t.equal(published!.content.toString(), '<img src="x"/><shake/>')
  t.equal(decodePublish(Buffer.of(0, 0, 0, 1)), undefined)
  t.equal(decodePublish(Buffer.of(0, 0, 0, 1, 2, 65)), undefined)
  t.throws(() => encodePublishPrefix(1, 'k'.repeat(256)), RangeError)
  t.end()
})

t.test('lists of sessions survive, and a list cut at any offset gives whole entries only', t => {
  const entries: SessionEntry[] = [
    {
      appcode: 7,
      slot: 1,
      generation: 2,
      epoch: 3,
      seq: Number.MAX_SAFE_INTEGER,
      uid: '用户',
      device: 'a1',
    },
    {
      appcode: 65535,
      slot: 2 ** 32 - 1,
      generation: 2 ** 32 - 1,
      epoch: 2 ** 32 - 1,
      seq: 0,
      uid: 'u'.repeat(255),
      device: '',
    },
  ]
  const wire = Buffer.concat(entries.map(encodeEntry))
  const first = encodeEntry(entries[0]!).length
  for (let end = 0; end <= wire.length; end++) {
    const seen: SessionEntry[] = []
    eachEntry(wire.subarray(0, end), entry => seen.push({ ...entry }))
    const whole = end === wire.length ? 2 : end >= first ? 1 : 0
    if (seen.length !== whole) t.equal(seen.length, whole, `cut at ${end}`)
    t.same(seen, entries.slice(0, whole))
  }
  t.throws(() => encodeEntry({ ...entries[0]!, device: 'd'.repeat(256) }), RangeError)
  t.end()
})
