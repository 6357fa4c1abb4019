import type { Test } from 'tap'
import { boundAt, type RouteTable, type SessionRule } from '../../src/routes/route-table.ts'

import {
  ALL_LIVE,
  ANN,
  lastingContract,
  oldest,
  route,
  type RoutesContract,
} from './routes-lasting.ts'

/** What every RouteTable does. */
export const routesContract = (t: Test, contract: RoutesContract): void => {
  const { make } = contract
  bindContract(t, make)
  sessionsContract(t, make)
  lateContract(t, contract)
  unbindContract(t, make)
  lookupContract(t, make)
  lastingContract(t, contract)
}

const bindContract = (t: Test, make: () => RouteTable): void => {
  t.test('a bound route is found with everything that was said about it', async t => {
    const table = make()
    const bound = await table.bind(
      route({ dial: 9_007_199_254_740_991, slot: 4_294_967_295 }),
      oldest(1),
      ALL_LIVE,
    )
    t.match(bound, { bound: true, replaced: undefined, kicked: [] })
    const [found] = await table.lookup([ANN])
    t.same(found, [
      { ...route({ dial: 9_007_199_254_740_991, slot: 4_294_967_295 }), fence: bound.fence },
    ])
  })

  t.test('the same device replaces its route, and the old one is told', async t => {
    const table = make()
    const first = await table.bind(route(), oldest(1), ALL_LIVE)
    const second = await table.bind(
      route({ gate: 'gate-2@b', slot: 9, dial: 2 }),
      oldest(1),
      ALL_LIVE,
    )
    t.ok(second.fence > first.fence)
    t.same(second.replaced, { ...route(), fence: first.fence })
    t.same(second.kicked, [])
    t.same(
      (await table.lookup([ANN]))[0]?.map(found => found.gate),
      ['gate-2@b'],
    )
  })

  t.test('a dial lower than the current one is refused and changes nothing', async t => {
    const table = make()
    const first = await table.bind(route({ dial: 5 }), oldest(1), ALL_LIVE)
    const late = await table.bind(route({ dial: 4, gate: 'gate-2@b' }), oldest(1), ALL_LIVE)
    t.equal(late.bound, false)
    t.same(await table.lookup([ANN]), [[{ ...route({ dial: 5 }), fence: first.fence }]])
  })

  t.test('the same dial again replaces: a LOGIN may be repeated', async t => {
    const table = make()
    const first = await table.bind(route({ dial: 5 }), oldest(1), ALL_LIVE)
    const again = await table.bind(route({ dial: 5 }), oldest(1), ALL_LIVE)
    t.ok(again.bound)
    t.ok(again.fence > first.fence)
  })
}

const sessionsContract = (t: Test, make: () => RouteTable): void => {
  t.test('another device beyond the allowed sessions kicks the oldest first', async t => {
    const table = make()
    const devices = ['a', 'b', 'c', 'd']
    const fences: number[] = []
    for (const device of devices.slice(0, 3))
      fences.push((await table.bind(route({ device }), oldest(3), ALL_LIVE)).fence)
    const fourth = await table.bind(route({ device: 'd' }), oldest(3), ALL_LIVE)
    t.same(fourth.kicked, [{ ...route({ device: 'a' }), fence: fences[0] }])
    const fifth = await table.bind(route({ device: 'e' }), oldest(1), ALL_LIVE)
    t.same(
      fifth.kicked.map(kicked => kicked.device),
      ['b', 'c', 'd'],
    )
    t.same(
      (await table.lookup([ANN]))[0]?.map(found => found.device),
      ['e'],
    )
  })

  t.test('where the rule is to refuse, one device too many changes nothing', async t => {
    const table = make()
    const rule: SessionRule = { sessions: 2, full: 'refuse', rivals: [] }
    const first = await table.bind(route({ device: 'a' }), rule, ALL_LIVE)
    const second = await table.bind(route({ device: 'b' }), rule, ALL_LIVE)
    const third = await table.bind(route({ device: 'c' }), rule, ALL_LIVE)
    t.match(third, { bound: false, kicked: [], replaced: undefined })
    t.same(third.occupants, [{ ...route({ device: 'a' }), fence: first.fence }])
    t.same(
      (await table.lookup([ANN]))[0]?.map(found => found.device),
      ['a', 'b'],
    )
    const again = await table.bind(route({ device: 'a', dial: 2, slot: 8 }), rule, ALL_LIVE)
    t.ok(again.bound, 'a device that is there may come again')
    t.equal(again.replaced?.fence, first.fence)
    t.ok(again.fence > first.fence, 'nothing was counted for the refused one')
    await table.unbind(route({ device: 'b' }), second.fence)
    t.ok(
      (await table.bind(route({ device: 'c' }), rule, ALL_LIVE)).bound,
      'once there is room it is let in',
    )
  })

  t.test('a rival appcode leaves no room: its sessions end, or it refuses', async t => {
    const table = make()
    const phone: SessionRule = { sessions: 2, full: 'oldest', rivals: [11, 3] }
    await table.bind(route({ appcode: 1, device: 'web' }), oldest(1), ALL_LIVE)
    await table.bind(route({ appcode: 3, device: 'x' }), oldest(1), ALL_LIVE)
    await table.bind(route({ appcode: 11, device: 'y' }), oldest(2), ALL_LIVE)
    await table.bind(route({ appcode: 11, device: 'z' }), oldest(2), ALL_LIVE)
    const refused = await table.bind(
      route({ appcode: 2, device: 'x' }),
      {
        ...phone,
        full: 'refuse',
      },
      ALL_LIVE,
    )
    t.equal(refused.bound, false)
    t.same(
      refused.occupants.map(old => [old.appcode, old.device]),
      [
        [3, 'x'],
        [11, 'y'],
        [11, 'z'],
      ],
    )
    const bound = await table.bind(route({ appcode: 2, device: 'x' }), phone, ALL_LIVE)
    t.same(bound.occupants, [])
    t.same(
      bound.kicked.map(old => [old.appcode, old.device]),
      [
        [3, 'x'],
        [11, 'y'],
        [11, 'z'],
      ],
    )
    t.same(
      (await table.lookup([ANN]))[0]?.map(old => [old.appcode, old.device]),
      [
        [1, 'web'],
        [2, 'x'],
      ],
    )
  })

  t.test('devices of other appcodes are not counted', async t => {
    const table = make()
    await table.bind(route({ appcode: 1 }), oldest(1), ALL_LIVE)
    const other = await table.bind(route({ appcode: 11, device: 'desk' }), oldest(1), ALL_LIVE)
    t.same(other.kicked, [])
    t.same(
      (await table.lookup([ANN]))[0]?.map(found => found.appcode),
      [1, 11],
    )
  })

  t.test(
    'of 100 binds at once exactly one stays, and all others were kicked or replaced once',
    async t => {
      const table = make()
      const bounds = await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          table.bind(route({ device: `device-${n}` }), oldest(1), ALL_LIVE),
        ),
      )
      const [left] = await table.lookup([ANN])
      t.equal(left?.length, 1)
      const kicked = bounds.flatMap(bound => bound.kicked.map(old => old.device))
      t.equal(new Set(kicked).size, 99)
      t.equal(kicked.length, 99)
      t.notOk(kicked.includes(left?.[0]?.device ?? ''))
      t.equal(new Set(bounds.map(bound => bound.fence)).size, 100)
      t.equal(left?.[0]?.fence, Math.max(...bounds.map(bound => bound.fence)))
    },
  )

  t.test('of 100 dials of one device at once the highest stays', async t => {
    const table = make()
    const dials = Array.from({ length: 100 }, (_, n) => ((n * 37) % 100) + 1)
    const bounds = await Promise.all(
      dials.map(dial => table.bind(route({ dial }), oldest(1), ALL_LIVE)),
    )
    const [left] = await table.lookup([ANN])
    t.equal(left?.[0]?.dial, 100)
    const replaced = bounds.filter(bound => bound.replaced !== undefined).length
    t.equal(replaced, bounds.filter(bound => bound.bound).length - 1)
  })
}

const lateContract = (t: Test, { make, lose }: RoutesContract): void => {
  t.test(
    'a device that had to go is let in only by a new dial, so nobody late kicks anybody',
    async t => {
      const table = make()
      const refuses = async (dial: number): Promise<boolean> =>
        !(await table.bind(route({ device: 'a', dial, gate: 'gate-2@b' }), oldest(1), ALL_LIVE))
          .bound
      await table.bind(route({ device: 'a', dial: 5 }), oldest(1), ALL_LIVE)
      const { fence } = await table.bind(route({ device: 'b' }), oldest(1), ALL_LIVE)
      for (const dial of [1, 4, 5]) t.ok(await refuses(dial), `dial ${dial} is late`)
      t.same(await table.lookup([ANN]), [[{ ...route({ device: 'b' }), fence }]])
      t.notOk(await refuses(6), 'who dials anew is let in')
      t.ok(await refuses(5), 'and its route says what is late')
    },
  )

  t.test('also one that had to go for a route that came back', async t => {
    const table = make()
    const { fence } = await table.bind(route({ device: 'a' }), oldest(1), ALL_LIVE)
    await lose(table)
    await table.bind(route({ device: 'b', dial: 3 }), oldest(1), ALL_LIVE)
    const newer = { ...route({ device: 'a' }), fence: fence + 600_000_000 }
    t.equal((await table.restore(newer, oldest(1), ALL_LIVE)).outcome, 'restored')
    t.notOk((await table.bind(route({ device: 'b', dial: 3 }), oldest(1), ALL_LIVE)).bound)
    t.ok((await table.bind(route({ device: 'b', dial: 4 }), oldest(1), ALL_LIVE)).bound)
  })

  t.test(
    'a device whose route was unbound may repeat its LOGIN, and is late with those before',
    async t => {
      const table = make()
      const { fence } = await table.bind(route({ dial: 5 }), oldest(1), ALL_LIVE)
      await table.unbind(route(), fence)
      t.notOk((await table.bind(route({ dial: 4 }), oldest(1), ALL_LIVE)).bound)
      t.ok((await table.bind(route({ dial: 5 }), oldest(1), ALL_LIVE)).bound)
    },
  )

  t.test('of a user with many devices the latest that had to go are remembered', async t => {
    const table = make()
    for (let n = 0; n < 200; n++)
      await table.bind(route({ device: `device-${n}` }), oldest(1), ALL_LIVE)
    for (let n = 190; n < 199; n++)
      t.notOk((await table.bind(route({ device: `device-${n}` }), oldest(1), ALL_LIVE)).bound)
    t.equal((await table.lookup([ANN]))[0]?.length, 1)
  })
}

const unbindContract = (t: Test, make: () => RouteTable): void => {
  t.test('a route is removed by its own fence only, and once', async t => {
    const table = make()
    const first = await table.bind(route(), oldest(1), ALL_LIVE)
    const second = await table.bind(route({ dial: 2 }), oldest(1), ALL_LIVE)
    t.equal(await table.unbind(route(), first.fence), false)
    t.equal((await table.lookup([ANN]))[0]?.length, 1)
    t.equal(await table.unbind(route(), second.fence), true)
    t.equal(await table.unbind(route(), second.fence), false)
    t.same(await table.lookup([ANN]), [[]])
  })

  t.test('a fence says when the route was bound', async t => {
    const bound = await make().bind(route(), oldest(1), ALL_LIVE)
    // the clock of the table may be another host's
    t.ok(Math.abs(boundAt(bound) - Date.now()) < 600_000, `${boundAt(bound)}`)
  })

  t.test('fences keep rising after the last route has gone', async t => {
    const table = make()
    const first = await table.bind(route(), oldest(1), ALL_LIVE)
    await table.unbind(route(), first.fence)
    t.ok((await table.bind(route(), oldest(1), ALL_LIVE)).fence > first.fence)
  })

  t.test('unbinding one device leaves the others', async t => {
    const table = make()
    const phone = await table.bind(route(), oldest(2), ALL_LIVE)
    await table.bind(route({ device: 'tablet' }), oldest(2), ALL_LIVE)
    t.ok(await table.unbind(route(), phone.fence))
    t.same(
      (await table.lookup([ANN]))[0]?.map(found => found.device),
      ['tablet'],
    )
  })
}

const lookupContract = (t: Test, make: () => RouteTable): void => {
  t.test('lookups come back in the order asked, unknown users and repeats included', async t => {
    const table = make()
    const uids = Array.from({ length: 30 }, (_, n) => `user-${n}`)
    for (const uid of uids.filter((_, n) => n % 3 === 0))
      await table.bind(route({ uid }), oldest(1), ALL_LIVE)
    const asked = ['nobody', ...uids.toReversed(), 'user-3']
    const found = await table.lookup(asked.map(uid => ({ system: 'shop', uid })))
    t.same(
      found.map(routes => routes.map(one => one.uid)),
      asked.map(uid => (uids.indexOf(uid) % 3 === 0 ? [uid] : [])),
    )
    t.same(await table.lookup([]), [])
  })

  t.test('odd characters in names neither mix users up nor get lost', async t => {
    const table = make()
    const odd = [
      'a/b',
      '{a}',
      'a}b{',
      'a|b',
      'ü ✓ 🙂',
      '%7b',
      '{',
      'fence',
      'quote\'"',
      ' ',
      'a:b',
      '..',
    ]
    for (const uid of odd)
      await table.bind(route({ uid, device: uid, gate: `gate-1@${uid}` }), oldest(1), ALL_LIVE)
    const found = await table.lookup(odd.map(uid => ({ system: 'shop', uid })))
    t.same(
      found.map(routes => routes.map(one => [one.uid, one.device, one.gate])),
      odd.map(uid => [[uid, uid, `gate-1@${uid}`]]),
    )
    t.same(await table.lookup([{ system: 'other', uid: 'a/b' }]), [[]])
  })
}
