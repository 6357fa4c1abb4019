import { LIMITS } from '@longwire/proto'
import t from 'tap'
import { FLAG, MODE, STATE } from '../src/session-table.ts'
import { answer, EPOCH, ready } from './support/delivery-scene.ts'

t.test('IDLE: messages in order go out as DATA', async t => {
  const scene = ready()
  scene.deliver(11)
  scene.deliver(12)
  scene.deliver(15, { back: 3 })
  t.same(scene.out(), ['DATA 11', 'DATA 12', 'DATA 15'])
  t.equal(scene.mode(), MODE.IDLE)
})

t.test('what was already handed over is dropped', async t => {
  const scene = ready()
  scene.deliver(11)
  scene.deliver(11)
  scene.deliver(9)
  t.same(scene.out(), ['DATA 11'])
})

t.test(
  'a message whose predecessor was missed becomes one NOTIFY; more only raise the head',
  async t => {
    const scene = ready()
    scene.deliver(13)
    scene.deliver(14)
    scene.deliver(15)
    t.same(scene.out(), ['NOTIFY 13'])
    t.same([scene.mode(), scene.table.head[scene.slot]], [MODE.NOTIFIED, 15])
  },
)

t.test('back may reach behind what was sent: a hole', async t => {
  const scene = ready()
  scene.deliver(14, { back: 6 })
  t.same(scene.out(), ['DATA 14'])
})

t.test('32 unacknowledged frames stop DATA until the client acknowledges', async t => {
  const scene = ready(0)
  for (let seq = 1; seq <= LIMITS.unackedFrames + 2; seq++) scene.deliver(seq)
  t.equal(scene.out().filter(frame => frame.startsWith('DATA')).length, LIMITS.unackedFrames)
  t.equal(scene.mode(), MODE.NOTIFIED)
})

t.test('64 KiB unacknowledged stop DATA, but one message of any size passes', async t => {
  const scene = ready()
  scene.deliver(11, { bytes: LIMITS.messageBytes })
  scene.deliver(12, { bytes: LIMITS.messageBytes })
  t.same(scene.out(), ['DATA 11', 'NOTIFY 12'])
})

t.test('a slow connection gets one NOTIFY', async t => {
  const scene = ready()
  scene.table.raise(scene.slot, FLAG.SLOW)
  for (let seq = 11; seq < 2_000; seq++) scene.deliver(seq)
  t.same(scene.out(), ['NOTIFY 11'])
  t.equal(scene.table.head[scene.slot], 1_999)
})

t.test('a suspect session gets NOTIFY until an ACK makes progress', async t => {
  const scene = ready()
  scene.deliver(11)
  scene.table.now += 10_001
  scene.deliver(12)
  t.same(scene.out(), ['DATA 11', 'NOTIFY 12'])
  scene.delivery.acked(scene.slot, 2)
  scene.deliver(13)
  t.same(scene.out(), ['ACKED 12', 'DATA 13'])
})

t.test('a partial ACK frees its share of the window and restarts suspicion', async t => {
  const scene = ready(0)
  for (let seq = 1; seq <= 4; seq++) scene.deliver(seq)
  scene.table.now += 9_000
  scene.delivery.acked(scene.slot, 3)
  t.same([scene.table.unackedFrames[scene.slot], scene.table.unackedBytes[scene.slot]], [1, 100])
  scene.table.now += 9_000
  scene.out()
  scene.deliver(5)
  t.same(scene.out(), ['DATA 5'])
})

t.test('PULL asks logic; the page ends in IDLE when it reaches the head', async t => {
  const scene = ready()
  scene.head(20, EPOCH)
  t.same(scene.out(), ['NOTIFY 20'])
  scene.delivery.pulled(scene.slot, 10, 1_000)
  t.equal(scene.mode(), MODE.PULLING)
  scene.deliver(21)
  t.same(scene.out(), ['PULL 10'], 'no DATA while a page is on its way')
  answer(scene, scene.page(10, 21))
  t.same(scene.out(), ['PAGE 10-21'])
  t.same([scene.mode(), scene.table.sent[scene.slot]], [MODE.IDLE, 21])
  scene.deliver(22)
  t.same(scene.out(), ['DATA 22'])
})

t.test('a page with more leaves the next step to the client', async t => {
  const scene = ready()
  scene.delivery.pulled(scene.slot, 10, 1_000)
  answer(scene, scene.page(10, 15, { more: true, head: 30 }))
  t.same(scene.out(), ['PULL 10', 'PAGE 10-15+'])
  t.equal(scene.mode(), MODE.NOTIFIED)
})

t.test('a head that rose while the page was read is told after it', async t => {
  const scene = ready()
  scene.delivery.pulled(scene.slot, 10, 1_000)
  scene.deliver(12)
  answer(scene, scene.page(10, 11))
  t.same(scene.out(), ['PULL 10', 'PAGE 10-11', 'NOTIFY 12'])
  t.equal(scene.mode(), MODE.NOTIFIED)
})

t.test('PULLs while one is under way are one more, with the latest cursor', async t => {
  const scene = ready()
  scene.delivery.pulled(scene.slot, 10, 1_000)
  scene.delivery.pulled(scene.slot, 11, 1_000)
  scene.delivery.pulled(scene.slot, 12, 1_000)
  answer(scene, scene.page(10, 12))
  t.same(scene.out(), ['PULL 10', 'PAGE 10-12', 'PULL 12'])
  answer(scene, scene.page(12, 12))
  t.same(scene.out(), ['PAGE 12-12'])
  t.equal(scene.mode(), MODE.IDLE)
})

t.test('the size of a page is bounded, and zero means as much as is allowed', async t => {
  const scene = ready()
  const pulled = (cursor: number, maxBytes: number): number => {
    scene.delivery.pulled(scene.slot, cursor, maxBytes)
    return scene.table.pullBytes[scene.slot] ?? 0
  }
  t.equal(pulled(10, 0), 64 * 1024)
  t.equal(pulled(10, 2 ** 40), 64 * 1024)
  answer(scene, scene.page(10, 20, { more: true }))
  const most = pulled(20, 0)
  t.ok(most > 200_000 && most < LIMITS.downlinkBytes, 'a client that took a page gets larger ones')
  t.equal(pulled(20, 2 ** 40), most)
  t.equal(pulled(20, 4_096), 4_096)
  answer(scene, scene.page(20, 30, { more: true }))
  scene.table.now += 5_000
  t.equal(pulled(30, 0), 64 * 1024, 'one that was long about it does not')
})

t.test('a PULL waits for logic and for a slow connection', async t => {
  const scene = ready()
  scene.reachable = false
  scene.delivery.pulled(scene.slot, 10, 1_000)
  scene.delivery.pulled(scene.slot, 11, 1_000)
  t.same(scene.out(), [])
  scene.table.raise(scene.slot, FLAG.SLOW)
  scene.reachable = true
  scene.delivery.resume(scene.slot)
  t.same(scene.out(), [])
  scene.delivery.drained(scene.slot)
  t.same(scene.out(), ['PULL 11'])
  scene.delivery.resume(scene.slot)
  t.same(scene.out(), [], 'it is sent once')
})

t.test('a PULL that failed is repeated when it is due', async t => {
  const scene = ready()
  scene.delivery.pulled(scene.slot, 10, 1_000)
  scene.table.request[scene.slot] = 0
  scene.delivery.pullFailed(scene.slot, 1_000)
  t.equal(scene.delivery.due(scene.slot), scene.table.now + 1_000)
  scene.table.now += 1_000
  t.equal(scene.delivery.due(scene.slot), Infinity)
  t.same(scene.out(), ['PULL 10', 'PULL 10'])
})

t.test('ACK is cumulative, monotone, and never beyond what exists', async t => {
  const scene = ready()
  scene.deliver(11)
  scene.deliver(12)
  scene.delivery.acked(scene.slot, 2)
  scene.delivery.acked(scene.slot, 1)
  scene.delivery.acked(scene.slot, 2)
  scene.delivery.acked(scene.slot, 3)
  t.same(scene.out(), ['DATA 11', 'DATA 12', 'ACKED 12', 'FAIL BAD_FIELD'])
})

t.test('an ACK of everything ends NOTIFIED', async t => {
  const scene = ready()
  scene.deliver(11)
  scene.head(11, EPOCH)
  scene.head(12, EPOCH)
  t.equal(scene.mode(), MODE.NOTIFIED)
  scene.delivery.acked(scene.slot, 2)
  t.equal(scene.mode(), MODE.IDLE)
  scene.deliver(13)
  t.same(scene.out().at(-1), 'DATA 13')
})

t.test('a PING with something unacknowledged is answered with NOTIFY too', async t => {
  const scene = ready()
  scene.delivery.heal(scene.slot)
  t.same(scene.out(), [])
  scene.deliver(11)
  scene.delivery.heal(scene.slot)
  t.same(scene.out(), ['DATA 11', 'NOTIFY 11'])
  t.equal(scene.mode(), MODE.IDLE, 'it may just be unread: DATA goes on')
  scene.delivery.pulled(scene.slot, 10, 1_000)
  scene.delivery.heal(scene.slot)
  t.same(scene.out(), ['PULL 10'], 'the page that is on its way heals as well')
})

t.test('NOTIFY is repeated after 10, 20, 40 … s until a PULL comes', async t => {
  const scene = ready()
  scene.deliver(13)
  const gaps: number[] = []
  for (let repeat = 0; repeat < 5; repeat++) {
    const at = scene.delivery.due(scene.slot)
    gaps.push(at - scene.table.now)
    scene.table.now = at
    scene.delivery.due(scene.slot)
  }
  t.same(gaps, [10_000, 20_000, 40_000, 60_000, 60_000])
  t.same(
    scene.out(),
    Array.from({ length: 6 }, () => 'NOTIFY 13'),
  )
  scene.delivery.pulled(scene.slot, 10, 1_000)
  t.equal(scene.delivery.due(scene.slot), Infinity)
})

t.test('a hint of another epoch sends the client to log in again', async t => {
  const scene = ready()
  scene.deliver(11, { epoch: EPOCH + 1 })
  scene.head(11, EPOCH + 1)
  t.same(scene.out(), ['FAIL RESYNC', 'FAIL RESYNC'])
})

t.test(
  'hints that overtake the answer to LOGIN count, unless they are of another epoch',
  async t => {
    for (const [epoch, expected] of [
      [EPOCH, ['PAGE 10-11', 'NOTIFY 12']],
      [EPOCH + 1, ['PAGE 10-11']],
    ] as const) {
      const scene = ready()
      scene.table.state[scene.slot] = STATE.LOGIN
      scene.table.epoch[scene.slot] = 0
      scene.deliver(12, { epoch })
      t.same(scene.out(), [])
      const page = scene.page(10, 11)
      scene.delivery.begin(scene.slot, EPOCH, 10, page)
      scene.table.enter(scene.slot, STATE.READY)
      scene.delivery.firstPage(scene.slot, page)
      t.same(scene.out(), expected)
    }
  },
)

t.test('an empty first page is not sent, a flagged gap is', async t => {
  const scene = ready()
  scene.delivery.firstPage(scene.slot, scene.page(10, 10))
  t.same(scene.out(), [])
  scene.delivery.firstPage(scene.slot, scene.page(10, 10, { floor: 10 }))
  t.same(scene.out(), ['PAGE 10-10'])
})
