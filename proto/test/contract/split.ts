import type { Test } from 'tap'

export interface StreamParser {
  /** Frames of `wire`, one text each, in order. */
  readonly expected: readonly string[]
  readonly wire: Uint8Array
  /** Parses the chunks one after the other, starting afresh, and returns a text per frame. */
  parse(chunks: Iterable<Uint8Array>): readonly string[]
}

/** The law of every stream reader: how bytes were cut and glued on the way changes nothing. */
export const splitContract = (t: Test, make: () => StreamParser): void => {
  t.test('a stream cut at any one offset gives the same frames', t => {
    const { wire, expected, parse } = make()
    for (let at = 0; at <= wire.length; at++) {
      const frames = parse([wire.subarray(0, at), wire.subarray(at)])
      if (!sameList(frames, expected)) t.same(frames, expected, `cut at ${at}`)
    }
    t.ok(expected.length > 0, `${wire.length + 1} cuts`)
    t.end()
  })

  t.test('a stream in pieces of any size from 1 to 64 gives the same frames', t => {
    const { wire, expected, parse } = make()
    for (let size = 1; size <= 64; size++) {
      const frames = parse(pieces(wire, size))
      if (!sameList(frames, expected)) t.same(frames, expected, `pieces of ${size}`)
    }
    t.ok(wire.length > 64, 'the stream has more than one piece')
    t.end()
  })

  t.test('empty pieces change nothing', t => {
    const { wire, expected, parse } = make()
    const chunks = pieces(wire, 7).flatMap(piece => [
      wire.subarray(0, 0),
      piece,
      wire.subarray(0, 0),
    ])
    t.same(parse(chunks), expected)
    t.end()
  })

  t.test('a piece may be overwritten after it was taken', t => {
    const { wire, expected, parse } = make()
    const scratch = Buffer.alloc(5)
    const overwritten = (function* () {
      for (const piece of pieces(wire, scratch.length)) {
        scratch.fill(0xff)
        scratch.set(piece)
        yield scratch.subarray(0, piece.length)
      }
    })()
    t.same(parse(overwritten), expected)
    t.end()
  })
}

/** Consecutive pieces of `size` bytes; the last one may be shorter. */
export const pieces = (wire: Uint8Array, size: number): Uint8Array[] => {
  const out: Uint8Array[] = []
  for (let at = 0; at < wire.length; at += size) out.push(wire.subarray(at, at + size))
  return out
}

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index])
