import { AWAKE, URGENCY } from '@longwire/proto'
import t from 'tap'
import { answer, EPOCH, ready, type Scene } from './support/delivery-scene.ts'

const LOW = { urgency: URGENCY.LOW }

/** What happens to a PING, or (`acts`) another frame of the client. */
const sign = (scene: Scene, acts = false): void => {
  const { delivery, wakes, slot } = scene
  if (acts) wakes.acted(slot)
  else {
    wakes.pinged(slot)
    delivery.heal(slot)
  }
  delivery.awoke(slot)
}

t.test('HELD: what is of low urgency waits for a PING', async t => {
  const scene = ready()
  scene.deliver(11, LOW)
  scene.deliver(12, LOW)
  t.same(scene.out(), ['held', 'held'])
  scene.table.now += 300_000
  t.equal(scene.delivery.due(scene.slot), Infinity, 'nothing is due')
  sign(scene)
  t.same(scene.out(), ['released 2 300000 sign', 'NOTIFY 12'])
  scene.deliver(13, LOW)
  t.same(scene.out(), [], 'awake for two seconds: it has been told of more, and will ask')
  scene.delivery.pulled(scene.slot, 10, 0)
  answer(scene, scene.page(10, 13))
  t.same(scene.out(), ['PULL 10', 'PAGE 10-13'])
})

t.test(
  'HELD: any frame of the client is a sign, and then nothing waits for ten seconds',
  async t => {
    const scene = ready()
    sign(scene, true)
    scene.table.now += 9_900
    scene.deliver(11, LOW)
    t.same(scene.out(), ['DATA 11'])
    scene.table.now += 200
    scene.deliver(12, { urgency: URGENCY.IDLE })
    t.same(scene.out(), ['held'])
    sign(scene, true)
    t.same(scene.out(), ['released 1 0 sign', 'NOTIFY 12'])
  },
)

t.test('HELD: what may wake the device takes along what waited', async t => {
  const scene = ready()
  scene.deliver(11, LOW)
  scene.table.now += 5_000
  scene.deliver(12)
  t.same(scene.out(), ['held', 'released 1 5000 push', 'NOTIFY 12'])
})

t.test('HELD: an older message that comes late takes along what waited', async t => {
  const scene = ready()
  scene.deliver(12, LOW)
  scene.deliver(11)
  t.same(scene.out(), ['held', 'DATA 11', 'released 1 0 push', 'NOTIFY 12'])
})

t.test('HELD: the same when an app reads all of it by itself', async t => {
  const scene = ready()
  scene.deliver(11, LOW)
  scene.wakes.acted(scene.slot)
  scene.delivery.pulled(scene.slot, 10, 0)
  answer(scene, scene.page(10, 11))
  t.same(scene.out(), ['held', 'released 1 0 sign', 'PULL 10', 'PAGE 10-11'])
  sign(scene)
  scene.delivery.acked(scene.slot, 1)
  t.same(scene.out(), ['NOTIFY 11', 'ACKED 11'], 'what is not acknowledged is healed, as ever')
})

t.test('HELD: a NOTIFY on a PING is not repeated to a device that sleeps again', async t => {
  const scene = ready()
  scene.deliver(11, LOW)
  sign(scene)
  scene.out()
  scene.table.now += 10_000
  scene.delivery.due(scene.slot)
  t.same(scene.out(), [])
  scene.deliver(12, LOW)
  t.same(scene.out(), ['held'])
  scene.deliver(13)
  t.same(scene.out(), ['released 1 0 push', 'NOTIFY 13'], 'it has not asked: it is told again')
  scene.table.now += 10_000
  scene.delivery.due(scene.slot)
  t.same(scene.out(), ['NOTIFY 13'], 'and this one is')
})

t.test('HELD: what must wake the device goes out within its time', async t => {
  const scene = ready()
  scene.deliver(11, LOW)
  scene.deliver(12, { ...LOW, withinMs: 60_000 })
  scene.deliver(13, { ...LOW, withinMs: 90_000 })
  scene.out()
  const at = scene.delivery.due(scene.slot)
  t.ok(at > scene.table.now && at <= scene.table.now + 59_000)
  scene.table.now += 57_000
  scene.delivery.due(scene.slot)
  t.same(scene.out(), [])
  scene.table.now += 1_500
  scene.delivery.due(scene.slot)
  t.same(scene.out(), ['released 3 58500 itself', 'NOTIFY 13'])
})

t.test('HELD: a head that is asked for wakes only for what may', async t => {
  const scene = ready()
  scene.deliver(11, LOW)
  scene.head(11, EPOCH, 1)
  scene.head(11, EPOCH, 0)
  t.same(scene.out(), ['held'], 'nothing new')
  scene.head(14, EPOCH, 3)
  t.same(scene.out(), ['held'], 'three more that may wait')
  scene.head(16, EPOCH, 1)
  t.same(scene.out(), ['released 2 0 push', 'NOTIFY 16'], '15 may not')
})

t.test('HELD: nothing waits for who looks at the app, and everything for who sleeps', async t => {
  const scene = ready()
  scene.wakes.says(scene.slot, AWAKE.FOREGROUND)
  scene.table.now += 3_600_000
  scene.deliver(11, LOW)
  t.same(scene.out(), ['DATA 11'])
  scene.wakes.says(scene.slot, AWAKE.BACKGROUND)
  scene.deliver(12, LOW)
  t.same(scene.out(), ['held'])
})

t.test('HELD: a device that dozes is woken by what is urgent now only', async t => {
  const scene = ready()
  scene.wakes.says(scene.slot, AWAKE.DOZE)
  scene.deliver(11)
  t.same(scene.out(), ['held'])
  scene.deliver(12, { urgency: URGENCY.NOW })
  t.same(scene.out(), ['released 1 0 push', 'NOTIFY 12'])
  scene.delivery.pulled(scene.slot, 10, 0)
  answer(scene, scene.page(10, 12))
  scene.out()
  scene.table.now += 3_000
  scene.deliver(13)
  scene.wakes.says(scene.slot, AWAKE.BACKGROUND)
  sign(scene)
  t.same(scene.out(), ['held', 'released 1 0 sign', 'NOTIFY 13'], 'its first sign afterwards')
})

t.test(
  'HELD: beyond the budget of wake-ups what is normal waits, what is urgent now does not',
  async t => {
    const scene = ready()
    let seq = 10
    /** Pushes and reads, then the device falls asleep again; how often it was woken. */
    const push = (urgency: number, times: number): number => {
      let woken = 0
      for (let count = 0; count < times; count++) {
        scene.table.now += 2_100
        scene.deliver(++seq, { urgency })
        const out = scene.out()
        if (!out.includes('held')) woken++
        else t.equal(out[0], `demoted ${seq}`)
        scene.delivery.acked(scene.slot, seq - 10)
        scene.out()
      }
      return woken
    }
    t.equal(push(URGENCY.NORMAL, 31), 30)
    t.equal(push(URGENCY.NORMAL, 20), 0)
    t.equal(push(URGENCY.NOW, 1), 1)
    scene.table.now += 20_000
    t.equal(push(URGENCY.NORMAL, 2), 1, 'one more two minutes after the first')
    scene.table.now += 3_600_000
    const woken = push(URGENCY.NOW, 200)
    t.ok(woken > 60 + 30 && woken < 60 + 30 + 15, `even those have their bound: ${woken} of 200`)
    scene.table.now += 3_600_000
    for (let count = 0; count < 100; count++) scene.deliver(++seq)
    t.notOk(scene.out().includes('held'), 'what comes at once wakes once')
  },
)

const IDLE = { urgency: URGENCY.IDLE }

t.test('IDLE: waits for its random time, also where the device is awake all the time', async t => {
  const scene = ready(10, 30_000)
  scene.wakes.says(scene.slot, AWAKE.FOREGROUND)
  scene.deliver(11, IDLE)
  sign(scene)
  t.same(scene.out(), ['held'])
  t.equal(scene.delivery.nextAt(scene.slot), scene.table.now + 15_000, 'drawn: half of 30 s')
  scene.table.now += 14_000
  sign(scene)
  scene.delivery.due(scene.slot)
  t.same(scene.out(), [])
  scene.table.now += 1_000
  t.equal(scene.delivery.due(scene.slot), scene.table.now + 10_000, 'only the repetition is due')
  t.same(scene.out(), ['released 1 15000 sign', 'NOTIFY 11'])
})

t.test('IDLE: who sleeps when that time is over gets it with the next sign', async t => {
  const scene = ready(10, 30_000)
  scene.deliver(11, IDLE)
  scene.table.now += 20_000
  t.equal(scene.delivery.due(scene.slot), Infinity)
  scene.table.now += 280_000
  t.same(scene.out(), ['held'])
  sign(scene)
  t.same(scene.out(), ['released 1 300000 sign', 'NOTIFY 11'])
})

t.test('IDLE: not over a network that counts bytes, unless something else goes out', async t => {
  const scene = ready()
  scene.wakes.saysMetered(scene.slot, true)
  scene.wakes.says(scene.slot, AWAKE.FOREGROUND)
  scene.deliver(11, IDLE)
  sign(scene)
  sign(scene, true)
  t.same(scene.out(), ['held'])
  scene.wakes.saysMetered(scene.slot, false)
  sign(scene)
  t.same(scene.out(), ['released 1 0 sign', 'NOTIFY 11'])
  scene.delivery.acked(scene.slot, 1)
  scene.wakes.saysMetered(scene.slot, true)
  scene.out()
  scene.deliver(12, IDLE)
  scene.deliver(13, LOW)
  t.same(scene.out(), ['held', 'released 1 0 push', 'NOTIFY 13'], 'the log has one order')
})

t.test('IDLE: what waits with it is no reason to keep what is low', async t => {
  const scene = ready(10, 30_000)
  scene.deliver(11, IDLE)
  scene.deliver(12, LOW)
  sign(scene)
  t.same(scene.out(), ['held', 'held', 'released 2 0 sign', 'NOTIFY 12'])
})

t.test('IDLE: what was handed over and is not acknowledged is healed all the same', async t => {
  const scene = ready(10, 30_000)
  scene.deliver(11)
  scene.deliver(12, IDLE)
  sign(scene)
  t.same(scene.out(), ['DATA 11', 'held', 'released 1 0 sign', 'NOTIFY 12'])
})

t.test('IDLE: a bound counts for it as well', async t => {
  const scene = ready(10, 30_000)
  scene.wakes.saysMetered(scene.slot, true)
  scene.deliver(11, { ...IDLE, withinMs: 60_000 })
  scene.table.now += 58_500
  scene.delivery.due(scene.slot)
  t.same(scene.out(), ['held', 'released 1 58500 itself', 'NOTIFY 11'])
})
