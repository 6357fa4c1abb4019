import fc from 'fast-check'
import t from 'tap'
import { compareKeys } from '../../src/store/sorted-docs.ts'
import { keyAfter, keyEnd, keyPart, keyPartText, keySeq } from '../../src/store/table.ts'

const byBytes = (a: string, b: string): number =>
  Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)))
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('\ud7ff', '\ue000', '\uffff', '\u{10ffff}', '\u007f'),
)

await t.test(
  'keyEnd is behind every key with the prefix, and before all others behind it',
  async test => {
    const property = fc.property(text, text, (prefix, other) => {
      if (prefix === '' || /^\u{10ffff}+$/u.test(prefix)) return true
      const end = keyEnd(prefix)
      if (byBytes(prefix + other, end) >= 0 || byBytes(prefix, end) >= 0) return false
      return other.startsWith(prefix) || byBytes(other, prefix) < 0 || byBytes(other, end) >= 0
    })
    fc.assert(property, { numRuns: 2_000 })
    for (const [prefix, end] of [
      ['a/', 'a0'],
      ['a\u{10ffff}', 'b'],
      ['\ud7ff', '\ue000'],
      ['\u{1f600}', '\u{1f601}'],
    ] as const) {
      test.equal(keyEnd(prefix), end)
    }
    for (const prefix of ['', '\u{10ffff}\u{10ffff}']) test.throws(() => keyEnd(prefix), RangeError)
  },
)

await t.test('keyPart keeps texts apart and their keys well-formed', async test => {
  const any = fc.string({ unit: fc.nat(0xffff).map(unit => String.fromCharCode(unit)) })
  const property = fc.property(any, source => {
    const part = keyPart(source)
    // oxlint-disable-next-line no-control-regex -- control characters are what must not be left
    return keyPartText(part) === source && !/\p{Cs}/u.test(part) && !/[/\u0000-\u001f]/.test(part)
  })
  fc.assert(property, { numRuns: 2_000 })
  test.equal(keyPart('plain.user-1@x:y'), 'plain.user-1@x:y')
  test.equal(keyPart('a/b%c\n'), 'a%2fb%25c%0a')
})

await t.test('keys in memory compare as their bytes do', async test => {
  fc.assert(
    fc.property(text, text, (a, b) => Math.sign(compareKeys(a, b)) === byBytes(a, b)),
    { numRuns: 2_000 },
  )
  test.equal(keySeq(42), '0000000000000042')
  test.ok(compareKeys(keyAfter('a'), 'a') > 0 && compareKeys(keyAfter('a'), 'a!') < 0)
})
