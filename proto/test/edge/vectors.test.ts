import t from 'tap'
import {
  bucketOf,
  codeName,
  CODES,
  CMD,
  encodePreamble,
  FrameWriter,
  hashOf,
  PROTOCOL_VERSION,
  ProtocolError,
  readPreamble,
} from '@longwire/proto'
import { splitContract } from '../contract/split.ts'
import {
  bytesOf,
  commandName,
  describe,
  edgeVectors,
  hexOf,
  parseEdge,
  write,
} from '../fixtures.ts'

const vectors = edgeVectors()

/** The code that `act` fails with; anything but a ProtocolError comes through. */
const codeOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    if (error instanceof ProtocolError) return error.code
    throw error
  }
  return 'none'
}

t.test('every golden frame is read as written down', t => {
  for (const { name, hex, readOnly, ...expected } of vectors.frames) {
    t.same(parseEdge([bytesOf(hex)], describe), [expected], name)
  }
  t.end()
})

t.test('every golden frame is written byte for byte', t => {
  for (const vector of vectors.frames.filter(vector => !vector.readOnly)) {
    const writer = new FrameWriter()
    write(writer, vector)
    t.equal(hexOf(writer.take()), vector.hex, vector.name)
  }
  t.end()
})

t.test('a uid is in the same bucket for every SDK', t => {
  for (const { uid, hash, bucket } of vectors.buckets) {
    t.equal(hashOf(uid), hash, uid)
    t.equal(bucketOf(uid), bucket, uid)
  }
  const half = '\ud800'
  t.equal(hashOf(half), hashOf('\ufffd'), 'half of a pair is what UTF-8 makes of it')
  const filled = new Set(Array.from({ length: 60_000 }, (_, index) => bucketOf(`${index}`)))
  t.ok(filled.size > 9_900, 'neighbours are spread over all buckets')
  t.end()
})

t.test('there is a golden frame for every command', t => {
  const seen = new Set(vectors.frames.map(vector => vector.cmd))
  t.same([...seen].sort(), Object.keys(CMD).sort())
  t.end()
})

t.test('optional commands and added fields are skipped', t => {
  for (const { name, hex, commands } of vectors.streams) {
    t.same(
      parseEdge([bytesOf(hex)], view => commandName(view.cmd)),
      commands,
      name,
    )
  }
  t.end()
})

t.test('every bad frame is refused with its code', t => {
  for (const { name, hex, code, maxPayload } of vectors.bad) {
    t.equal(
      codeOf(() => parseEdge([bytesOf(hex)], describe, maxPayload)),
      code,
      name,
    )
    const bytes = [...bytesOf(hex)].map(byte => Uint8Array.of(byte))
    t.equal(
      codeOf(() => parseEdge(bytes, describe, maxPayload)),
      code,
      `${name}, a byte at a time`,
    )
    t.ok(codeName(CODES[code].code))
  }
  t.end()
})

t.test('a preamble picks a version or is refused', t => {
  for (const { name, hex, version, code } of vectors.preambles) {
    const read = (): number => readPreamble(bytesOf(hex), PROTOCOL_VERSION, PROTOCOL_VERSION)
    if (code === undefined) t.equal(read(), version, name)
    else t.equal(codeOf(read), code, name)
  }
  t.equal(hexOf(encodePreamble(1, 1, 0)), vectors.preambles[0]!.hex)
  t.equal(readPreamble(encodePreamble(5, 2, 0), 1, 3), 3, 'the highest that both speak')
  t.equal(
    codeOf(() => readPreamble(encodePreamble(1, 1, 0), 2, 3)),
    'UNSUPPORTED_VERSION',
  )
  t.end()
})

t.test('the golden frames as one stream', t => {
  const frames = vectors.frames
  splitContract(t, () => ({
    wire: bytesOf(frames.map(frame => frame.hex).join('')),
    expected: frames.map(({ name, hex, readOnly, ...decoded }) => JSON.stringify(decoded)),
    parse: chunks => parseEdge(chunks, view => JSON.stringify(describe(view))),
  }))
  t.end()
})

const size = (name: string): number => {
  const vector = vectors.frames.find(frame => frame.name === name)
  if (vector === undefined) throw new Error(`no vector is called ${name}`)
  return vector.hex.length / 2
}

t.test('the byte counts that the protocol promises', t => {
  t.equal(size('a ping is one byte') + size('a pong is one byte'), 2, 'keepalive')
  t.equal(size('a message of 100 bytes'), 104)
  t.equal(size('an acknowledgement'), 3, 'so that a delivery of 100 bytes takes 107')
  t.equal(size('a first login'), 57)
  t.equal(size('the answer to a login'), 34)
  t.end()
})
