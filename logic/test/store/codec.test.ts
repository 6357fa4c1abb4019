import fc from 'fast-check'
import t from 'tap'
import { DocEncoder, decodeDoc } from '../../src/store/codec.ts'
import type { Doc, Value } from '../../src/store/table.ts'

const value: fc.Arbitrary<Value> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ maxLength: 200 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.nat(0xffffffff),
  fc.boolean(),
  fc.uint8Array({ maxLength: 300 }),
)
const name = fc.oneof(
  fc.constantFrom('msgid', 'senddate', 'msgcontent', 'rev'),
  fc.string({ unit: 'binary', maxLength: 60 }),
)

/** Comparable, with bytes as text and −0 told from 0. */
const plain = (doc: Doc | undefined): string =>
  JSON.stringify(
    Object.entries(doc ?? {}).map(([field, item]) => [
      field,
      item instanceof Uint8Array
        ? `bytes ${Buffer.from(item).toString('hex')}`
        : Object.is(item, -0)
          ? 'minus zero'
          : item,
    ]),
  )

await t.test('what is encoded is decoded, also when much follows it', async test => {
  const encoder = new DocEncoder()
  const docs: Doc[] = []
  const encoded: Buffer[] = []
  const property = fc.property(
    fc.dictionary(name, value, { maxKeys: 12, noNullPrototype: true }),
    source => {
      delete source['__proto__']
      docs.push(source)
      encoded.push(encoder.encode(source))
    },
  )
  fc.assert(property, { numRuns: 3_000 })
  let wrong = 0
  for (const [at, bytes] of encoded.entries())
    if (plain(decodeDoc(bytes)) !== plain(docs[at])) wrong++
  test.equal(wrong, 0)
})

await t.test('a document larger than a slab', async test => {
  const encoder = new DocEncoder()
  const content = new Uint8Array(1_000_000).fill(7)
  test.equal(plain(decodeDoc(encoder.encode({ content }))), plain({ content }))
  test.equal(plain(decodeDoc(encoder.encode({ small: 1 }))), plain({ small: 1 }))
})

await t.test('what cannot be stored is refused by name', async test => {
  const encoder = new DocEncoder()
  test.throws(() => encoder.encode({ bad: Number.NaN }), /field bad/)
  test.throws(() => encoder.encode({ bad: Infinity }), /field bad/)
  const untyped: Doc = JSON.parse('{"bad":{"deep":1}}')
  test.throws(() => encoder.encode(untyped), /field bad/)
  const wide: Doc = Object.fromEntries(Array.from({ length: 256 }, (_, n) => [`f${n}`, n]))
  test.throws(() => encoder.encode(wide), /256 fields/)
})

await t.test('damage is noticed', async test => {
  test.throws(() => decodeDoc(Buffer.from([9, 0])), /format 9/)
  test.throws(() => decodeDoc(Buffer.from([1, 1, 200, 0])), /field 200/)
  test.throws(() => decodeDoc(Buffer.from([1, 1, 0, 99])), /damaged/)
})
