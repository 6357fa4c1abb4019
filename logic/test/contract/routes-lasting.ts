import type { Test } from 'tap'
import {
  ENDS_MAX,
  type Judge,
  type NewRoute,
  type Route,
  type RouteTable,
  type SessionRule,
} from '../../src/routes/route-table.ts'

export interface RoutesContract {
  /** A fresh, empty table. */
  make(): RouteTable
  /** Everything in a table that was made is gone, as after FLUSHALL. */
  lose(table: RouteTable): Promise<void>
  /** Lets time pass. */
  elapse(ms: number): Promise<void>
}

export const route = (over: Partial<NewRoute> = {}): NewRoute => ({
  system: 'shop',
  uid: 'ann',
  appcode: 1,
  device: 'phone',
  gate: 'gate-1@a',
  slot: 7,
  generation: 3,
  dial: 1,
  ...over,
})
export const ANN = { system: 'shop', uid: 'ann' }
export const ALL_LIVE: Judge = async () => () => true
export const oldest = (sessions: number): SessionRule => ({ sessions, full: 'oldest', rivals: [] })

/** What every RouteTable does when gates die and when it loses what it holds. */
export const lastingContract = (t: Test, contract: RoutesContract): void => {
  const { make } = contract
  deadContract(t, make)
  endsContract(t, make)
  restoreContract(t, contract)
  roomContract(t, contract)
  lossContract(t, contract)
  sweepContract(t, make)
  claimContract(t, contract)
}

/** A judge for whom the gates named are dead; it notes what it was asked. */
const without = (...dead: string[]): Judge & { readonly asked: string[] } => {
  const asked: string[] = []
  const judge: Judge = async gates => {
    asked.push(...gates)
    return gate => !dead.includes(gate)
  }
  return Object.assign(judge, { asked })
}

const deadContract = (t: Test, make: () => RouteTable): void => {
  t.test("a route of a dead gate takes nobody's room, refuses nobody, and goes", async t => {
    const table = make()
    const judge = without('gate-9@x')
    await table.bind(route({ device: 'a' }), oldest(2), ALL_LIVE)
    await table.bind(route({ device: 'b', gate: 'gate-9@x' }), oldest(2), ALL_LIVE)
    const third = await table.bind(route({ device: 'c' }), oldest(2), judge)
    t.same(
      third.kicked.map(({ device }) => device),
      ['b'],
      'the older one that lives is not kicked for the dead one',
    )
    t.same(
      (await table.lookup([ANN]))[0]?.map(({ device }) => device),
      ['a', 'c'],
    )
    const rule: SessionRule = { sessions: 1, full: 'refuse', rivals: [] }
    await table.bind(route({ uid: 'bob', device: 'a', gate: 'gate-9@x' }), rule, ALL_LIVE)
    t.ok((await table.bind(route({ uid: 'bob', device: 'b' }), rule, judge)).bound)
    await table.bind(route({ uid: 'eve', dial: 9, gate: 'gate-9@x' }), oldest(1), ALL_LIVE)
    t.ok(
      (await table.bind(route({ uid: 'eve', dial: 3 }), oldest(1), judge)).bound,
      'not even the same device with a lower dial',
    )
    t.ok(judge.asked.includes('gate-9@x'))
  })
}

const endsContract = (t: Test, make: () => RouteTable): void => {
  t.test('a user has a bounded number of ends; one more is refused', async t => {
    const table = make()
    const many = (n: number): NewRoute => route({ appcode: 1 + (n % 40), device: `device-${n}` })
    for (let n = 0; n < ENDS_MAX; n++) t.ok((await table.bind(many(n), oldest(16), ALL_LIVE)).bound)
    const over = await table.bind(many(ENDS_MAX), oldest(16), ALL_LIVE)
    t.equal(over.bound, false)
    t.equal(over.occupants.length, ENDS_MAX)
    t.ok((await table.bind(many(7), oldest(16), ALL_LIVE)).bound, 'one that is there may return')
    const restored = await table.restore(
      { ...many(ENDS_MAX), fence: 2 ** 52 },
      oldest(16),
      ALL_LIVE,
    )
    t.equal(restored.outcome, 'room')
    t.equal((await table.lookup([ANN]))[0]?.length, ENDS_MAX)
  })
}

/** Binds, and answers the whole route. */
const bound = async (table: RouteTable, wanted: NewRoute, rule: SessionRule): Promise<Route> => ({
  ...wanted,
  fence: (await table.bind(wanted, rule, ALL_LIVE)).fence,
})

const restoreContract = (t: Test, { make, lose }: RoutesContract): void => {
  t.test('routes come back as they were, in any order, and again without effect', async t => {
    const table = make()
    const routes: Route[] = []
    for (const device of ['a', 'b', 'c'])
      routes.push(
        await bound(table, route({ device, dial: 2 ** 41, generation: 2 ** 32 - 1 }), oldest(3)),
      )
    await lose(table)
    t.same(await table.lookup([ANN]), [[]])
    for (const lost of routes.toReversed())
      t.same(await table.restore(lost, oldest(3), ALL_LIVE), { outcome: 'restored', left: [] })
    t.same(await table.lookup([ANN]), [routes])
    for (const lost of routes)
      t.same(await table.restore(lost, oldest(3), ALL_LIVE), { outcome: 'kept', left: [] })
    t.same(await table.lookup([ANN]), [routes])
  })

  t.test('a restored route never pushes out a newer one of its device', async t => {
    const table = make()
    const old = await bound(table, route(), oldest(1))
    await lose(table)
    const wanted = route({ dial: 2, gate: 'gate-2@b' })
    const { fence } = await table.bind(wanted, oldest(1), ALL_LIVE)
    t.ok(fence > old.fence)
    t.same(await table.restore(old, oldest(1), ALL_LIVE), { outcome: 'device', left: [] })
    t.same(await table.lookup([ANN]), [[{ ...wanted, fence }]])
  })

  t.test('the higher dial of a device stays even with the lower fence', async t => {
    const table = make()
    const good = await bound(table, route({ dial: 5 }), oldest(1))
    await lose(table)
    const late = route({ dial: 4, slot: 9 })
    const { fence } = await table.bind(late, oldest(1), ALL_LIVE)
    t.same(await table.restore(good, oldest(1), ALL_LIVE), {
      outcome: 'restored',
      left: [{ ...late, fence }],
    })
    t.same(await table.lookup([ANN]), [[good]])
    t.same(await table.restore({ ...late, fence }, oldest(1), ALL_LIVE), {
      outcome: 'dial',
      left: [],
    })
    t.ok((await table.bind(route({ dial: 6 }), oldest(1), ALL_LIVE)).fence > fence)
  })
}

const roomContract = (t: Test, { make, lose }: RoutesContract): void => {
  t.test('of too many devices the latest logins stay, whatever the order', async t => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const table = make()
      const routes: Route[] = []
      for (const device of ['a', 'b', 'c'])
        routes.push(await bound(table, route({ device }), oldest(3)))
      await lose(table)
      const lost: string[] = []
      for (const n of order) {
        const { outcome, left } = await table.restore(routes[n]!, oldest(2), ALL_LIVE)
        lost.push(
          ...left.map(({ device }) => device),
          ...(outcome === 'room' ? [routes[n]!.device] : []),
        )
      }
      t.same(lost, ['a'], `order ${order.join()}`)
      t.same(await table.lookup([ANN]), [routes.slice(1)])
    }
  })

  t.test('of appcodes that exclude each other the latest login stays', async t => {
    const table = make()
    const rule = (rival: number): SessionRule => ({ sessions: 2, full: 'oldest', rivals: [rival] })
    const first = await bound(table, route(), rule(2))
    await lose(table)
    const { fence } = await table.bind(route({ appcode: 2 }), rule(1), ALL_LIVE)
    t.same(await table.restore(first, rule(2), ALL_LIVE), { outcome: 'room', left: [] })
    await table.unbind(route({ appcode: 2 }), fence)
    t.equal((await table.restore(first, rule(2), ALL_LIVE)).outcome, 'restored')
  })

  t.test('routes of dead gates do not keep one from coming back', async t => {
    const table = make()
    const old = await bound(table, route(), oldest(1))
    await lose(table)
    await table.bind(route({ device: 'b', gate: 'gate-9@x' }), oldest(1), ALL_LIVE)
    const { outcome, left } = await table.restore(old, oldest(1), without('gate-9@x'))
    t.equal(outcome, 'restored')
    t.same(
      left.map(({ gate }) => gate),
      ['gate-9@x'],
    )
    t.same(await table.lookup([ANN]), [[old]])
  })
}

const lossContract = (t: Test, { make, lose }: RoutesContract): void => {
  t.test('a loss is another life, and fences go on rising behind it', async t => {
    const table = make()
    const life = await table.life()
    t.ok(life !== '')
    let { fence } = await table.bind(route(), oldest(1), ALL_LIVE)
    t.equal(await table.life(), life)
    for (let round = 0; round < 3; round++) {
      await lose(table)
      const next = await table.bind(route(), oldest(1), ALL_LIVE)
      t.ok(next.fence > fence, `${next.fence} > ${fence}`)
      t.ok(Number.isSafeInteger(next.fence))
      fence = next.fence
    }
    t.not(await table.life(), life)
    t.equal(await table.life(), await table.life())
    t.equal(
      (await table.lookup([ANN]))[0]?.[0]?.gate,
      'gate-1@a',
      'the gate is known by name again',
    )
  })
}

const sweepContract = (t: Test, make: () => RouteTable): void => {
  t.test('a sweep takes the routes of dead gates, slice by slice, and no others', async t => {
    const table = make()
    const uids = Array.from({ length: 200 }, (_, n) => `user-{${n}}%`)
    for (const [n, uid] of uids.entries()) {
      await table.bind(
        route({ uid, gate: n % 3 === 0 ? 'gate-9@x' : 'gate-1@a' }),
        oldest(2),
        ALL_LIVE,
      )
      if (n % 2 === 0)
        await table.bind(route({ uid, device: 'b', gate: 'gate-8@y' }), oldest(2), ALL_LIVE)
    }
    const judge = without('gate-9@x', 'gate-8@y')
    const removed: string[] = []
    let slices = 0
    for (let from = ''; slices === 0 || from !== ''; slices++) {
      const slice = await table.sweep(from, 20, judge)
      removed.push(...slice.removed.map(({ uid, device }) => `${uid} ${device}`))
      from = slice.next
    }
    t.ok(slices > 1)
    const expected = uids.flatMap((uid, n) => [
      ...(n % 3 === 0 ? [`${uid} phone`] : []),
      ...(n % 2 === 0 ? [`${uid} b`] : []),
    ])
    t.same(removed.toSorted(), expected.toSorted())
    const left = (await table.lookup(uids.map(uid => ({ system: 'shop', uid })))).flat()
    t.ok(left.every(({ gate }) => gate === 'gate-1@a'))
    t.equal(left.length, uids.filter((_, n) => n % 3 !== 0).length)
  })
}

const claimContract = (t: Test, { make, elapse }: RoutesContract): void => {
  t.test('a task has one holder until its time is over or it is given back', async t => {
    const table = make()
    t.equal(await table.claim('sweep', 'one', 60_000), true)
    t.equal(await table.claim('sweep', 'two', 60_000), false)
    t.equal(await table.claim('sweep', 'one', 60_000), true)
    t.equal(await table.claim('other', 'two', 60_000), true)
    t.equal(await table.claim('sweep', 'two', 0), false)
    t.equal(await table.claim('sweep', 'one', 0), true)
    t.equal(await table.claim('sweep', 'two', 50), true)
    await elapse(100)
    t.equal(await table.claim('sweep', 'one', 50), true)
  })
}
