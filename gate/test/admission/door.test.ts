import t from 'tap'
import { seededRandom } from '@longwire/kit'
import { CODES } from '@longwire/proto'
import { Door } from '../../src/admission/door.ts'
import { blockList, within } from '@longwire/kit'
import { DEFENCE, type Defence } from '../../src/admission/defence.ts'

const make = (over: Partial<Defence> = {}, connectionsMax = 1_000_000): Door =>
  new Door({ defence: { ...DEFENCE, exempt: [], ...over }, connectionsMax, seed: 7 })

const address = (over: Partial<Defence['address']>): Pick<Defence, 'address'> => ({
  address: { ...DEFENCE.address, ...over },
})

t.test('one address is let in as fast as its bucket fills, others are not concerned', async t => {
  const door = make(address({ accept: { perSecond: 2, burst: 3 } }))
  const enter = (ip: string, now: number): number => door.enter(ip, now)
  t.ok([1, 2, 3].every(() => enter('10.0.0.1', 1_000) >= 0))
  t.equal(enter('10.0.0.1', 1_000), -CODES.RATE_LIMITED.code)
  t.equal(enter('10.0.0.1', 1_499), -CODES.RATE_LIMITED.code)
  t.ok(enter('10.0.0.1', 1_500) >= 0, 'one token came back')
  t.equal(enter('10.0.0.1', 1_500), -CODES.RATE_LIMITED.code)
  t.ok(enter('10.0.0.2', 1_500) >= 0)
  t.ok(enter('2001:db8::1', 1_500) >= 0)
})

t.test('one address holds so many connections at once', async t => {
  const door = make(address({ connections: 2 }))
  const first = door.enter('10.0.0.1', 1)
  t.equal(door.enter('10.0.0.1', 1), first)
  t.equal(door.enter('10.0.0.1', 1), -CODES.ADDRESS_LIMIT.code)
  t.equal(door.openOf(first), 2)
  door.leave(first)
  t.equal(door.enter('10.0.0.1', 1), first)
})

t.test('addresses of one IPv6 /64 count together', async t => {
  const door = make(address({ connections: 1 }))
  t.ok(door.enter('2001:db8::1', 1) >= 0)
  t.equal(door.enter('2001:db8::2', 1), -CODES.ADDRESS_LIMIT.code)
  t.ok(door.enter('2001:db8:0:1::2', 1) >= 0)
})

t.test('the process takes so many per second, and so many at all', async t => {
  const slow = make({ accept: { perSecond: 10, burst: 2 } })
  t.ok(slow.enter('10.0.0.1', 0) >= 0)
  t.ok(slow.enter('10.0.0.2', 0) >= 0)
  t.equal(slow.enter('10.0.0.3', 0), -CODES.BUSY.code)
  t.ok(slow.enter('10.0.0.3', 100) >= 0)
  const full = make({}, 1)
  const only = full.enter('10.0.0.1', 0)
  t.equal(full.enter('10.0.0.2', 0), -CODES.BUSY.code)
  full.leave(only)
  t.ok(full.enter('10.0.0.2', 0) >= 0)
})

t.test('breaches within the window shut an address out, for longer each time', async t => {
  const ban = { strikes: 3, windowMs: 3_000, firstMs: 10_000, maxMs: 25_000 }
  const door = make({ ban })
  const offend = (now: number): boolean => {
    const source = door.enter('10.0.0.1', now)
    const banned = door.strike(source, now)
    door.leave(source)
    return banned
  }
  const lasts = (from: number): number => {
    let until = from
    while (door.enter('10.0.0.1', until) === -CODES.BANNED.code) until += 1_000
    door.leave(door.enter('10.0.0.1', until))
    return until - from
  }
  t.same([offend(0), offend(1_000), offend(2_000), offend(3_000)], [false, false, false, false])
  t.same([offend(100_000), offend(100_000), offend(100_000)], [false, false, true])
  t.ok(door.enter('10.0.0.2', 100_000) >= 0, 'nobody else is')
  t.equal(lasts(100_000), 10_000)
  t.same([offend(120_000), offend(120_000), offend(120_000)], [false, false, true])
  t.equal(lasts(120_000), 20_000)
  t.same([offend(150_000), offend(150_000), offend(150_000)], [false, false, true])
  t.equal(lasts(150_000), 25_000)
})

t.test('exempt blocks know neither limits per address nor bans', async t => {
  const door = make({
    ...address({ connections: 1, accept: { perSecond: 1, burst: 1 } }),
    ban: { strikes: 1, windowMs: 1_000, firstMs: 10_000, maxMs: 10_000 },
    exempt: ['10.0.0.0/8', 'fd00::/8'],
  })
  for (const ip of ['10.9.9.9', 'fd00::1']) {
    for (let count = 0; count < 5; count++) {
      const source = door.enter(ip, 0)
      t.ok(source >= 0)
      t.notOk(door.strike(source, 0))
    }
  }
})

const ipOf = (number: number): string => `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`

t.test('random comings and goings are counted right, however full the table is', async t => {
  const random = seededRandom(3)
  const door = make(address({ remembered: 64, connections: 5 }))
  const open = new Map<string, number[]>()
  const wrong: string[] = []
  for (let step = 0; step < 50_000; step++) {
    const ip = ipOf(Math.floor(random() * 3_000))
    const sources = open.get(ip) ?? []
    open.set(ip, sources)
    if (random() > 0.52 && sources.length > 0) {
      door.leave(sources.pop() ?? -1)
      continue
    }
    const source = door.enter(ip, step * 100)
    if (sources.length === 5) {
      if (source !== -CODES.ADDRESS_LIMIT.code) wrong.push(`${ip} was let in a sixth time`)
      continue
    }
    sources.push(source)
    if (sources.some(other => other !== source)) wrong.push(`${ip} has two rows`)
    if (door.openOf(source) !== sources.length) wrong.push(`${ip} is miscounted`)
    if (door.nameOf(source) !== ip) wrong.push(`${ip} has the row of another`)
  }
  t.same(wrong, [])
  const all = [...open.values()].flat()
  t.equal(door.open, all.length)
  t.ok(door.addresses <= 3_000)
  for (const source of all) door.leave(source)
  const most = door.addresses
  for (let number = 0; number < 10_000; number++)
    door.leave(door.enter(ipOf(1_000_000 + number), 10_000_000 + number))
  t.equal(door.addresses, most, 'strangers that come and go take no more room')
})

t.test('blocks are read as people write them', async t => {
  const list = blockList(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32'])
  t.same(
    ['10.255.0.1', '192.0.2.1', '192.0.2.2', '2001:db8:1::1', '2001:db9::', 'x'].map(ip =>
      within(list, ip),
    ),
    [true, true, false, true, false, false],
  )
  for (const wrong of ['10.0.0.0/33', '10.0.0/8', 'x', '::/129', '10.0.0.0/'])
    t.throws(() => blockList([wrong]), /CIDR/)
})
