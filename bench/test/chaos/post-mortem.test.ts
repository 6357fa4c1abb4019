import { openLmdb } from '@longwire/logic'
import t from 'tap'
import type { NumberedEnd } from '../../src/chaos/clients.ts'
import { postMortem } from '../../src/chaos/post-mortem.ts'

const end = (over: Partial<NumberedEnd>): NumberedEnd => ({
  end: 0,
  user: 7,
  uid: 'user-7/ü',
  appcode: 1,
  device: 'device-0',
  transport: 'tcp',
  crew: 'apps',
  bridged: false,
  roams: false,
  urls: [],
  ...over,
})

t.test('it tells what was seen of a user, and what the store holds of him', async t => {
  const path = t.testdir()
  const table = await openLmdb(path)
  const row = (seq: number): [{ key: string; doc: { msgid: string } }] => [
    { key: `messages/main/user-7%2fü/${String(seq).padStart(16, '0')}`, doc: { msgid: `m${seq}` } },
  ]
  await table.insert([
    row(7),
    row(9),
    [{ key: 'ends/main/user-7%2fü/2/device-1', doc: { acked: 6, seen: 1 } }],
    [{ key: 'mailboxes/main/user-7%2fü', doc: { floor: 3, head: 3 } }],
  ])
  const text = await postMortem(
    [7],
    {
      ends: [
        end({}),
        end({ end: 1, appcode: 2, device: 'device-1', roams: true }),
        end({ end: 2, user: 8 }),
      ],
      events: [
        { op: 'acked', t: 2, id: 31, seq: 8 },
        { op: 'send', t: 1, id: 31, user: 7, appcodes: [2], ttlMs: 0 },
        { op: 'up', t: 3, end: 1 },
        { op: 'up', t: 3, end: 2 },
        { op: 'send', t: 4, id: 32, user: 8, appcodes: [], ttlMs: 0 },
      ],
    },
    { kind: 'lmdb', path },
  )
  t.same(text.split('\n').slice(0, 8), [
    'user 7, uid user-7/ü',
    '  end 0: appcode 1, device-0, apps',
    '  end 1: appcode 2, device-1, apps, roams',
    '  what was seen:',
    '    1.000 send {"id":31,"user":7,"appcodes":[2],"ttlMs":0}',
    '    2.000 acked {"id":31,"seq":8}',
    '    3.000 up {"end":1}',
    '  mailbox: {"floor":3,"head":3}',
  ])
  t.match(text, '  cursor 2/device-1: {"acked":6,"seen":1}\n')
  t.match(text, '  HOLE: no rows 8 to 8\n')
  t.match(text, '  row 9: {"msgid":"m9"}\n')
  await table.close()
})
