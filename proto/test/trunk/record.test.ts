import fc from 'fast-check'
import t from 'tap'
import { decodeRecord, encodeRecord } from '@longwire/proto/trunk'

const record = fc.record({
  topic: fc.string({ minLength: 1, maxLength: 60 }),
  partition: fc.nat(0xffff_ffff),
  offset: fc.maxSafeNat(),
  time: fc.maxSafeNat(),
  key: fc.string({ unit: 'binary', maxLength: 80 }),
  headers: fc.dictionary(
    fc.string({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 90 }),
    {
      maxKeys: 6,
      noNullPrototype: true,
    },
  ),
  value: fc.uint8Array({ maxLength: 200 }),
})

t.test('a record is read as it was written, and never where its head is cut', t => {
  const property = fc.property(record, each => {
    delete each.headers['__proto__']
    const bytes = encodeRecord(each)
    const read = decodeRecord(bytes)
    const plain = { ...read, value: [...(read?.value ?? [])] }
    if (JSON.stringify(plain) !== JSON.stringify({ ...plain, ...each, value: [...each.value] }))
      return false
    const head = bytes.length - each.value.length
    for (let size = 0; size < head; size++)
      if (decodeRecord(bytes.subarray(0, size)) !== undefined) return false
    return true
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 300 }))
  t.end()
})

t.test('what is too long is refused', t => {
  const sound = { topic: 't', partition: 0, offset: 0, time: 0, key: '', value: new Uint8Array(0) }
  t.throws(() => encodeRecord({ ...sound, headers: { ['n'.repeat(256)]: '' } }), RangeError)
  t.throws(() => encodeRecord({ ...sound, headers: {}, key: 'k'.repeat(70_000) }), RangeError)
  t.end()
})
