import t from 'tap'
import { encodePayload, Ledger, PAYLOAD_BYTES } from '../../src/load/payload.ts'

const message = (user: number, publisher: number, number: number, scheduledMs = 0): Buffer => {
  const bytes = Buffer.alloc(PAYLOAD_BYTES)
  encodePayload(bytes, { scheduledMs, user, publisher, number })
  return bytes
}

const enter = (ledger: Ledger, user: number, bytes: Buffer): number =>
  ledger.enter(user, bytes, 0, bytes.length)

t.test('messages of each publisher and user in order are as they should be', async t => {
  const ledger = new Ledger(10, 2, 2)
  for (let number = 1; number <= 3; number++) {
    for (const user of [10, 11])
      for (const publisher of [0, 1]) enter(ledger, user, message(user, publisher, number))
  }
  t.match(ledger.verdict(), { received: 12, duplicates: 0, disordered: 0, foreign: 0 })
  t.same([...ledger.verdict().last], [3, 3, 3, 3])
})

t.test('a repeated, a skipped, an overtaken and a misdirected message are each found', async t => {
  const ledger = new Ledger(0, 2, 1)
  for (const number of [1, 1]) enter(ledger, 0, message(0, 0, number))
  t.equal(ledger.verdict().duplicates, 1)
  enter(ledger, 0, message(0, 0, 3))
  t.equal(ledger.verdict().disordered, 1)
  enter(ledger, 0, message(0, 0, 2))
  t.equal(ledger.verdict().disordered, 2)
  enter(ledger, 1, message(0, 0, 4))
  enter(ledger, 1, Buffer.from('short'))
  enter(ledger, 1, message(1, 5, 1))
  t.equal(ledger.verdict().foreign, 3)
})

t.test('the scheduled time comes back', async t => {
  const ledger = new Ledger(0, 1, 1)
  t.equal(enter(ledger, 0, message(0, 0, 1, 1234.5)), 1234.5)
})
