import t from 'tap'
import { Message } from '../src/message.ts'
import {
  Sync,
  type Cursor,
  type LoginFrame,
  type PageFrame,
  type SyncWindow,
} from '../src/index.ts'

/** A core whose outputs are words, in the order they came. */
const coreAt = (saved: Cursor, window?: SyncWindow) => {
  const words: string[] = []
  const sync = new Sync(
    saved,
    {
      pull: cursor => void words.push(`pull ${cursor}`),
      ack: cumulative => void words.push(`ack ${cumulative}`),
      deliver: message => void words.push(`m${message.seq}`),
      gap: gap => void words.push(`gap ${gap.from}-${gap.to} ${gap.reason}`),
      reset: ({ previous, cursor }) =>
        void words.push(`reset ${previous.epoch}:${previous.seq} to ${cursor.epoch}:${cursor.seq}`),
    },
    window,
  )
  return { sync, words, said: () => words.splice(0).join(', ') }
}

const message = (seq: number, bytes = 1): Message =>
  new Message({ seq, msgtype: 1, content: new Uint8Array(bytes) })

const data = (seq: number, back = 1, bytes = 1) => ({
  seq,
  back,
  msgtype: 1,
  content: new Uint8Array(bytes),
})

const page = (
  from: number,
  next: number,
  seqs: readonly number[],
  more: Partial<PageFrame> = {},
): PageFrame => ({
  from,
  next,
  floor: -1,
  more: false,
  messages: seqs.map(seq => message(seq)),
  ...more,
})

const login = (base: number, more: Partial<LoginFrame> = {}): LoginFrame => ({
  epoch: 1,
  base,
  max: base,
  reset: false,
  ...more,
})

const online = (seq: number, window?: SyncWindow) => {
  const core = coreAt({ epoch: 1, seq }, window)
  core.sync.loggedIn(login(seq))
  return core
}

type Core = ReturnType<typeof coreAt>
const rows: readonly [string, number, (core: Core) => void, string][] = [
  ['DATA that follows is delivered', 10, ({ sync }) => sync.data(data(1)), 'm11'],
  ['DATA over holes is delivered', 10, ({ sync }) => sync.data(data(5, 5)), 'm15'],
  [
    'DATA whose predecessor is missing is pulled',
    10,
    ({ sync }) => sync.data(data(5, 4)),
    'pull 10',
  ],
  [
    'DATA seen before is acknowledged again',
    10,
    ({ sync }) => {
      sync.data(data(1))
      sync.delivered({ epoch: 1, seq: 11 })
      sync.data(data(1))
    },
    'm11, ack 1',
  ],
  ['NOTIFY is pulled', 10, ({ sync }) => sync.notify(12), 'pull 10'],
  [
    'NOTIFY of what is known is pulled too: the gate waits for it',
    10,
    ({ sync }) => sync.notify(10),
    'pull 10',
  ],
  [
    'one PULL is outstanding at most',
    10,
    ({ sync }) => {
      sync.notify(12)
      sync.notify(14)
      sync.data(data(9, 1))
    },
    'pull 10',
  ],
  [
    'a page is delivered, and nothing more is asked for',
    10,
    ({ sync }) => {
      sync.notify(12)
      sync.pullResp(page(10, 12, [11, 12]))
    },
    'pull 10, m11, m12',
  ],
  [
    'a page that is not the last is followed by the next',
    10,
    ({ sync }) => {
      sync.notify(20)
      sync.pullResp(page(10, 12, [11, 12], { more: true }))
    },
    'pull 10, m11, m12, pull 12',
  ],
  [
    'a NOTIFY during a PULL is pulled afterwards',
    10,
    ({ sync }) => {
      sync.notify(12)
      sync.notify(13)
      sync.pullResp(page(10, 12, [12]))
    },
    'pull 10, m12, pull 12',
  ],
  [
    'a page of holes moves the cursor',
    10,
    ({ sync }) => {
      sync.notify(12)
      sync.pullResp(page(10, 12, []))
      sync.data(data(3))
    },
    'pull 10, m13',
  ],
  [
    'a stale page delivers nothing',
    10,
    ({ sync }) => {
      sync.notify(11)
      sync.data(data(1))
      sync.data(data(2))
      sync.pullResp(page(10, 11, [11]))
    },
    'pull 10, m11, m12',
  ],
  [
    'a stale page that has more is pulled again: the gate waits for it',
    10,
    ({ sync }) => {
      sync.notify(11)
      sync.data(data(1))
      sync.data(data(2))
      sync.pullResp(page(10, 11, [11], { more: true }))
    },
    'pull 10, m11, m12, pull 12',
  ],
  [
    'a page that overlaps DATA delivers only what is new',
    10,
    ({ sync }) => {
      sync.notify(12)
      sync.data(data(1))
      sync.pullResp(page(10, 13, [11, 12, 13]))
    },
    'pull 10, m11, m12, m13',
  ],
  [
    'a flagged floor beyond the cursor is a gap',
    10,
    ({ sync }) => {
      sync.notify(20)
      sync.pullResp(page(10, 20, [18, 20], { floor: 17 }))
    },
    'pull 10, gap 11-17 trimmed, m18, m20',
  ],
  [
    'a flagged floor at or below the cursor is none',
    10,
    ({ sync }) => {
      sync.notify(12)
      sync.pullResp(page(10, 12, [11], { floor: 10 }))
    },
    'pull 10, m11',
  ],
  [
    'an answer that begins beyond the cursor is asked for again',
    10,
    ({ sync }) => {
      sync.notify(12)
      sync.pullResp(page(11, 12, [12]))
    },
    'pull 10, pull 10',
  ],
  [
    'frames of a connection that ended mean nothing',
    10,
    ({ sync }) => {
      sync.disconnected()
      sync.notify(20)
      sync.data(data(1))
      sync.pullResp(page(10, 11, [11]))
      sync.flushAck()
    },
    '',
  ],
  [
    'eight saved messages are acknowledged at once',
    10,
    ({ sync, words }) => {
      for (let seq = 1; seq <= 8; seq++) sync.data(data(seq))
      words.length = 0
      sync.delivered({ epoch: 1, seq: 17 })
      sync.delivered({ epoch: 1, seq: 18 })
    },
    'ack 8',
  ],
  [
    'fewer are acknowledged when flushed, once',
    10,
    ({ sync, words }) => {
      sync.data(data(1))
      sync.data(data(2))
      words.length = 0
      sync.flushAck()
      sync.delivered({ epoch: 1, seq: 11 })
      sync.flushAck()
      sync.flushAck()
    },
    'ack 1',
  ],
  [
    'a cursor of another epoch, or behind, saves nothing',
    10,
    ({ sync, words }) => {
      sync.data(data(1))
      words.length = 0
      sync.delivered({ epoch: 2, seq: 11 })
      sync.delivered({ epoch: 1, seq: 10 })
      sync.flushAck()
    },
    '',
  ],
]
for (const [name, seq, act, expected] of rows) {
  t.test(name, async test => {
    const core = online(seq)
    act(core)
    test.equal(core.said(), expected)
  })
}

t.test('the page promised by LOGIN_ACK is waited for, until something else comes', async test => {
  const core = coreAt({ epoch: 1, seq: 10 })
  core.sync.loggedIn(login(10, { max: 12 }))
  test.equal(core.said(), '')
  core.sync.pullResp(page(10, 12, [11, 12]))
  test.equal(core.said(), 'm11, m12')
  core.sync.disconnected()
  core.sync.loggedIn(login(10, { max: 14 }))
  core.sync.notify(14)
  test.equal(core.said(), 'pull 12')
})

t.test('a new end starts at the base without a reset', async test => {
  const core = coreAt({ epoch: 0, seq: 0 })
  core.sync.loggedIn(login(40, { epoch: 7 }))
  core.sync.data(data(1))
  test.equal(core.said(), 'm41')
  test.strictSame(core.sync.cursor, { epoch: 7, seq: 41 })
  test.strictSame(core.sync.saved, { epoch: 7, seq: 40 })
})

t.test('another epoch, or the flag, is a reset', async test => {
  for (const [ack, expected] of [
    [login(0, { epoch: 2, reset: true }), 'reset 1:10 to 2:0'],
    [login(0, { epoch: 2 }), 'reset 1:10 to 2:0'],
    [login(3, { reset: true }), 'reset 1:10 to 1:3'],
  ] as const) {
    const core = coreAt({ epoch: 1, seq: 10 })
    core.sync.loggedIn(ack)
    test.equal(core.said(), expected)
    test.strictSame(core.sync.saved, { epoch: ack.epoch, seq: ack.base })
    core.sync.flushAck()
    test.equal(core.said(), '')
  }
})

t.test('a base beyond the cursor is a gap', async test => {
  const core = coreAt({ epoch: 1, seq: 10 })
  core.sync.loggedIn(login(15))
  test.equal(core.said(), 'gap 11-15 trimmed')
})

t.test(
  'what was handed over but not saved is neither repeated nor acknowledged after a reconnect',
  async test => {
    const core = online(10)
    core.sync.data(data(1))
    core.sync.data(data(2))
    core.sync.delivered({ epoch: 1, seq: 11 })
    core.sync.disconnected()
    test.strictSame(core.sync.saved, { epoch: 1, seq: 11 }, 'LOGIN names what is saved')
    core.said()
    core.sync.loggedIn(login(11, { max: 13 }))
    core.sync.pullResp(page(11, 13, [12, 13]))
    test.equal(core.said(), 'm13')
    test.notOk(core.sync.ackPending)
    core.sync.delivered({ epoch: 1, seq: 13 })
    test.ok(core.sync.ackPending)
    core.sync.flushAck()
    test.equal(core.said(), 'ack 2')
  },
)

t.test('what is saved while there is no connection is acknowledged on the next one', async test => {
  const core = online(10)
  core.sync.data(data(1))
  core.sync.disconnected()
  const named = core.sync.saved
  core.sync.delivered({ epoch: 1, seq: 11 })
  core.said()
  core.sync.loggedIn(login(named.seq, { max: 11 }))
  core.sync.flushAck()
  test.equal(core.said(), 'ack 1')
})

t.test('an acknowledgement never goes beyond what the gate spoke of', async test => {
  const core = online(10)
  core.sync.data(data(1))
  core.sync.data(data(2))
  core.sync.disconnected()
  core.sync.loggedIn(login(10))
  core.sync.delivered({ epoch: 1, seq: 12 })
  core.said()
  test.notOk(core.sync.ackPending, 'this gate knows of 10 only')
  core.sync.notify(12)
  test.ok(core.sync.ackPending)
  core.sync.flushAck()
  test.equal(core.said(), 'pull 12, ack 2')
})

t.test('a full window stops pulls and DATA; room brings them back', async test => {
  for (const window of [
    { messages: 2, bytes: 1e6 },
    { messages: 100, bytes: 20 },
  ]) {
    const core = online(0, window)
    core.sync.data(data(1, 1, 10))
    core.sync.data(data(2, 1, 10))
    core.sync.data(data(3, 1, 10))
    core.sync.notify(5)
    core.sync.pullResp(page(2, 5, [3, 4, 5]))
    test.equal(core.said(), 'm1, m2')
    core.sync.delivered({ epoch: 1, seq: 1 })
    test.equal(core.said(), 'pull 2')
    core.sync.pullResp(page(2, 5, [3, 4, 5]))
    test.equal(core.said(), 'm3, m4, m5', 'one page may come on top')
  }
})

t.test('a PULL asks for what fits the window', async test => {
  const sizes: number[] = []
  const out = { ack() {}, deliver() {}, gap() {}, reset() {} }
  const sync = new Sync(
    { epoch: 1, seq: 0 },
    { ...out, pull: (_cursor, maxBytes) => void sizes.push(maxBytes) },
  )
  sync.loggedIn(login(0))
  sync.notify(1)
  sync.pullResp(page(0, 1, [], { messages: [message(1, 980_000)] }))
  sync.notify(2)
  test.strictSame(sizes, [131_072, 68_576])
})

t.test('outputs may call inputs', async test => {
  const words: string[] = []
  const sync: Sync = new Sync(
    { epoch: 1, seq: 0 },
    {
      pull: cursor => void words.push(`pull ${cursor}`),
      ack: cumulative => void words.push(`ack ${cumulative}`),
      deliver: ({ seq }) => {
        words.push(`m${seq}`)
        sync.delivered({ epoch: 1, seq })
      },
      gap() {},
      reset() {},
    },
  )
  sync.loggedIn(login(0, { max: 9 }))
  sync.pullResp(page(0, 9, [1, 2, 3, 4, 5, 6, 7, 8, 9]))
  test.equal(words.join(' '), 'm1 m2 m3 m4 m5 m6 m7 m8 ack 8 m9')
})

t.test('the acceptance test sits in one method that a mutant can break', async test => {
  class Mutant extends Sync {
    protected override accepts(): boolean {
      return true
    }
  }
  const seqs: number[] = []
  const out = { pull() {}, ack() {}, gap() {}, reset() {} }
  const sync = new Mutant(
    { epoch: 1, seq: 0 },
    { ...out, deliver: ({ seq }) => void seqs.push(seq) },
  )
  sync.loggedIn(login(0))
  sync.data(data(1))
  sync.data(data(1))
  test.strictSame(seqs, [1, 1])
})
