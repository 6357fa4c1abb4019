import { VirtualClock } from '@longwire/kit'
import t from 'tap'
import { claimNodeNumber, createIds } from '../src/ids.ts'
import { memoryWorld } from './log/harness.ts'

const HEX16 = /^[0-9a-f]{16}$/

/** A clock that ticks on its own: a millisecond every `tick` looks. */
class BusyClock extends VirtualClock {
  readonly #tick: number
  #calls = 0

  constructor(tick: number) {
    super()
    this.#tick = tick
  }

  override now(): number {
    if (++this.#calls % this.#tick === 0) this.advance(1)
    return super.now()
  }
}

await t.test('ten nodes make a million msgids each, and none twice', async test => {
  const NODES = 10
  const IDS = 1_000_000
  // equal clocks, and more ids in a millisecond than it has room for
  const all = new Float64Array(NODES * IDS)
  const nodes = Array.from({ length: NODES }, (_, node) =>
    createIds({ clock: new BusyClock(2_000), node: node * 409 }),
  )
  let rising = true
  for (const [node, ids] of nodes.entries()) {
    let before = ''
    for (let n = 0; n < IDS; n++) {
      const id = ids.msgid()
      rising &&= id > before
      before = id
      // 53 bits are enough to tell these apart: the time's upper bits do not change
      all[node * IDS + n] = Number.parseInt(id.slice(3), 16)
    }
  }
  test.ok(rising, 'each is greater than the one before')
  all.sort()
  let duplicates = 0
  for (let n = 1; n < all.length; n++) if (all[n] === all[n - 1]) duplicates++
  test.equal(duplicates, 0)
})

await t.test('ids say when and where they were made', async test => {
  const clock = new VirtualClock(0x1_2345_6789)
  const ids = createIds({ clock, node: 0xabc })
  test.equal(
    ids.msgid(),
    ((0x1_2345_6789n << 22n) | (0xabcn << 10n)).toString(16).padStart(16, '0'),
  )
  test.equal(
    ids.msgid(),
    ((0x1_2345_6789n << 22n) | (0xabcn << 10n) | 1n).toString(16).padStart(16, '0'),
  )
  const second = BigInt(Math.floor(0x1_2345_6789 / 1000))
  test.equal(ids.logid(), ((0xabcn << 52n) | (second << 20n)).toString(16))
  test.equal(ids.logid(), ((0xabcn << 52n) | (second << 20n) | 1n).toString(16))
  test.match(createIds({ clock: new VirtualClock(2 ** 42 - 1), node: 4095 }).msgid(), HEX16)
})

await t.test('a clock that steps back is not followed', async test => {
  const start = 1_700_000_000_000
  let now = start
  const clock = new (class extends VirtualClock {
    override now(): number {
      return now
    }
  })()
  const ids = createIds({ clock, node: 7 })
  let msgid = ''
  let logid = ''
  let rising = true
  const make = (count: number): void => {
    for (let n = 0; n < count; n++) {
      const [nextMsgid, nextLogid] = [ids.msgid(), ids.logid()]
      rising &&= nextMsgid > msgid && nextLogid > logid
      msgid = nextMsgid
      logid = nextLogid
    }
  }
  make(3_000)
  now = start - 5_000
  make(5_000)
  for (now = start - 5_000; now < start + 100; now += 50) make(10)
  test.ok(rising)
  now = start + 60_000
  make(1)
  test.ok(rising)
  test.equal(
    Number.parseInt(msgid.slice(0, 11), 16) >>> 0,
    Math.floor((now * 4) % 2 ** 44) >>> 0,
    'and is followed again when it is ahead',
  )
})

await t.test('more ids in a second than there is room for borrow from the next', async test => {
  const ids = createIds({ clock: new VirtualClock(1_700_000_000_000), node: 1 })
  let before = ''
  let rising = true
  for (let n = 0; n < (1 << 20) + 10; n++) {
    const id = ids.logid()
    rising &&= id > before
    before = id
  }
  test.ok(rising)
  test.equal(Number.parseInt(before.slice(3, 11), 16), 1_700_000_001)
})

await t.test('a node number that does not fit is refused', async test => {
  for (const node of [-1, 4096, 1.5, Number.NaN])
    test.throws(() => createIds({ clock: new VirtualClock(), node }), RangeError)
})

await t.test(
  'every incarnation claims another node number, also when many start at once',
  async test => {
    const { table, settle } = memoryWorld()
    const claimed = await settle(
      Promise.all(Array.from({ length: 50 }, () => claimNodeNumber(table))),
    )
    test.same(
      [...claimed].sort((a, b) => a - b),
      Array.from({ length: 50 }, (_, n) => n),
    )
    await settle(table.swap('settings/node-number', 50, { next: 4095 }))
    test.same(
      [await settle(claimNodeNumber(table)), await settle(claimNodeNumber(table))],
      [4095, 0],
    )
  },
)
