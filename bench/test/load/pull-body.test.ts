import { edgeBody } from '@longwire/proto'
import t from 'tap'
import { PullBodyReader } from '../../src/load/pull-body.ts'

const read = (bytes: Uint8Array): { seqs: number[]; contents: string[]; more: boolean } => {
  const reader = new PullBodyReader()
  const seqs: number[] = []
  const contents: string[] = []
  reader.open(bytes, 0, bytes.length)
  while (reader.next()) {
    seqs.push(reader.seq)
    contents.push(Buffer.from(bytes.subarray(reader.contentStart, reader.contentEnd)).toString())
  }
  return { seqs, contents, more: reader.more }
}

t.test('it reads what the generated code writes', async t => {
  const messages = [
    {
      seq: 1,
      msgtype: 300,
      content: Buffer.from('one'),
      msgid: Buffer.alloc(8, 255),
      sentAt: 1_700_000_000_000,
    },
    { seq: 2 ** 40, content: Buffer.alloc(200, 'x'), logid: Buffer.alloc(8) },
    { seq: 2 ** 40 + 1 },
  ]
  const bytes = edgeBody.PullBody.encode({ messages, more: true }).finish()
  t.same(read(bytes), {
    seqs: [1, 2 ** 40, 2 ** 40 + 1],
    contents: ['one', 'x'.repeat(200), ''],
    more: true,
  })
  t.same(read(new Uint8Array(0)), { seqs: [], contents: [], more: false })
})

t.test('a body that is cut short throws', async t => {
  const bytes = edgeBody.PullBody.encode({
    messages: [{ seq: 5, content: Buffer.from('content') }],
  }).finish()
  for (let length = 1; length < bytes.length; length++)
    t.throws(() => read(bytes.subarray(0, length)), `${length} bytes`)
})
