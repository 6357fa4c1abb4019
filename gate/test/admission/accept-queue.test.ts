import t from 'tap'
import { AcceptQueue } from '../../src/admission/accept-queue.ts'
import { hasMoved, reconnectWindow } from '../../src/reconnect-window.ts'

/** Connections that come at one moment until one would be turned away. */
const room = (queue: AcceptQueue, now: number): number => {
  let taken = 0
  while (!queue.isCrowded(now)) {
    queue.join(now)
    taken++
  }
  return taken
}

t.test('nobody is turned away before it is known what the process can do', async t => {
  const queue = new AcceptQueue()
  for (let n = 0; n < 100_000; n++) queue.join(0)
  t.equal(queue.isCrowded(0), false)
  queue.measured(19, 1, false)
  t.equal(queue.perSecond, undefined, 'a few logins tell nothing')
})

t.test('as many wait as are served in three seconds', async t => {
  const queue = new AcceptQueue()
  queue.measured(1_000, 1, false)
  t.equal(room(queue, 0), 3_001)
  t.equal(room(queue, 1_000), 1_000, 'a second later a thousand were served')
  t.equal(room(queue, 60_000), 3_001)
})

t.test('half busy with 500 logins a second, it can take 1000', async t => {
  const queue = new AcceptQueue()
  queue.measured(500, 0.5, false)
  t.equal(queue.perSecond, 1_000)
  for (let n = 0; n < 60; n++) queue.measured(1_500, 1, false)
  t.ok(Math.abs(queue.perSecond! - 1_500) < 5, 'what is seen under full load counts most')
})

/**
 * Seconds of a process that logs in `logins` each, at `ms` of its time; `coldTimes` as much while its
 * code is new; `rest` of its time goes into what it does for those that are there.
 */
const live = (
  queue: AcceptQueue,
  seconds: number,
  {
    logins,
    ms = 0.5,
    coldTimes = 1,
    rest = 0,
    from = 0,
  }: Record<string, number> & { logins: number },
): void => {
  for (let second = 0; second < seconds; second++) {
    const done = from + second * logins
    const cost = (ms / 1_000) * (1 + (coldTimes - 1) * Math.exp(-done / 400))
    queue.measured(logins, Math.min(1, rest + logins * cost), false)
  }
}

t.test('what else keeps it busy is not taken for the price of logins', async t => {
  for (const rest of [0.05, 0.2, 0.5]) {
    const queue = new AcceptQueue()
    live(queue, 60, { logins: 2, rest })
    live(queue, 60, { logins: 25, rest })
    const can = 2_000 * (1 - rest)
    t.ok(Math.abs(queue.perSecond! - can) < can / 4, `${rest}: ${queue.perSecond}, and can ${can}`)
  }
})

t.test('code that was new is not held against it for long', async t => {
  const queue = new AcceptQueue()
  t.equal(queue.isSure, false)
  live(queue, 20, { logins: 25, coldTimes: 8 })
  t.equal(queue.isSure, true)
  live(queue, 60, { logins: 25, coldTimes: 8, from: 500 })
  t.ok(queue.perSecond! > 1_600, `2,000 logins in, at ${queue.perSecond} of 2,000 a second`)
})

t.test('where it waits for logic, it can take what it takes', async t => {
  const queue = new AcceptQueue()
  queue.measured(300, 0.1, true)
  t.equal(queue.perSecond, 300)
  queue.measured(20, 0.1, true)
  queue.measured(20, 0, true)
  t.ok(queue.perSecond! >= 100)
})

t.test('the window is 1.2 times what the others need, from 0.3 s to 5 minutes', async t => {
  t.equal(reconnectWindow(300_000, 10_000), 36_000)
  t.equal(reconnectWindow(10, 10_000), 300)
  t.equal(reconnectWindow(1e9, 1), 300_000)
  t.equal(reconnectWindow(0, 5_000), 300)
  t.equal(hasMoved(1_000, 1_250), false)
  t.equal(hasMoved(1_000, 1_251), true)
  t.equal(hasMoved(1_000, 700), true)
})
