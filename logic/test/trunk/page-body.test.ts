import { edgeBody } from '@longwire/proto'
import { trunkBody } from '@longwire/proto/trunk'
import { seededRandom } from '@longwire/kit'
import t from 'tap'
import type { LogMessage, Page } from '../../src/log/log.ts'
import { BodyWriter, varintBytes } from '../../src/trunk/body-writer.ts'
import { writePageHead, writePullBody } from '../../src/trunk/page-body.ts'

const hex = (random: () => number): string =>
  Array.from({ length: 16 }, () => Math.floor(random() * 16).toString(16)).join('')

const messages = (count: number, random: () => number): LogMessage[] =>
  Array.from({ length: count }, (_, index) => ({
    seq: Math.floor(random() ** 8 * (Number.MAX_SAFE_INTEGER - 1)) + 1,
    collapse: '',
    urgency: 1,
    mustWake: false,
    business: 'shop',
    appcode: 1,
    msgtype: index % 3 === 0 ? 0 : Math.floor(random() * 65_536),
    content: Buffer.alloc(Math.floor(random() ** 4 * 70_000), index),
    msgid: hex(random),
    logid: hex(random),
    sentAt: index % 5 === 0 ? 0 : Math.floor(random() * 2 ** 45),
    expiresAt: 0,
    fromUid: '',
    fromAppcode: 0,
    toUid: '',
    retracts: '',
  }))

const page = (over: Partial<Page>): Page => ({
  from: 0,
  next: 0,
  head: 0,
  gapFloor: -1,
  more: false,
  messages: [],
  ...over,
})

t.test('the generated decoder reads what the page writer wrote', t => {
  const seed = 7
  const random = seededRandom(seed)
  const rows = messages(300, random)
  const written = page({
    from: 3,
    next: 2 ** 40,
    head: Number.MAX_SAFE_INTEGER,
    gapFloor: 17,
    more: true,
    messages: rows,
  })
  const body = new BodyWriter(16)
  writePullBody(body, written)
  const whole = new BodyWriter(16)
  writePageHead(whole, written, body.size)
  whole.raw(body.bytes)
  const decoded = trunkBody.Page.decode(whole.bytes)
  t.match(
    decoded,
    {
      from: 3,
      next: 2 ** 40,
      head: Number.MAX_SAFE_INTEGER,
      gap: true,
      floor: 17,
      more: true,
      code: 0,
    },
    { seed },
  )
  const pulled = edgeBody.PullBody.decode(decoded.body)
  t.equal(pulled.more, true)
  t.same(
    pulled.messages.map(message => ({
      seq: message.seq,
      msgtype: message.msgtype,
      content: Buffer.from(message.content ?? []).toString('hex'),
      msgid: Buffer.from(message.msgid ?? []).toString('hex'),
      logid: Buffer.from(message.logid ?? []).toString('hex'),
      sentAt: message.sentAt,
    })),
    rows.map(({ seq, msgtype, content, msgid, logid, sentAt }) => ({
      seq,
      msgtype,
      content: Buffer.from(content).toString('hex'),
      msgid,
      logid,
      sentAt,
    })),
    { seed },
  )
  t.end()
})

t.test('an empty page is a page', t => {
  const whole = new BodyWriter()
  writePageHead(whole, page({ from: 5, next: 9, head: 9 }), 0)
  t.match(trunkBody.Page.decode(whole.bytes), {
    from: 5,
    next: 9,
    head: 9,
    gap: false,
    more: false,
  })
  t.end()
})

t.test('varints are as long as they say, at every power of two', t => {
  for (let bits = 0; bits < 53; bits++) {
    for (const value of [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]) {
      if (value < 1 || value > Number.MAX_SAFE_INTEGER) continue
      const writer = new BodyWriter()
      writer.uint(1, value)
      t.equal(writer.size, 1 + varintBytes(value), `${value}`)
      t.equal(trunkBody.Page.decode(writer.bytes).from, value)
    }
  }
  t.end()
})
