import { TRUNK } from '@longwire/proto/trunk'
import { CODES } from '@longwire/proto'
import t from 'tap'
import { startRig, StillClock, tokenFor } from '../rig.ts'
import { ScriptedPeer, textsOf } from '../scripted-gate.ts'

t.test('HELLO is refused with the reason, and the link closed', async t => {
  const rig = await startRig(t)
  const rows: [Parameters<ScriptedPeer['hello']>[0], RegExp][] = [
    [{ key: 'wrong' }, /secret/],
    [{ role: 'backend' }, /role "backend"/],
    [{ version: 9 }, /version 9/],
    [{ node: '' }, /required/],
  ]
  for (const [hello, reason] of rows) {
    const peer = new ScriptedPeer(rig.link())
    t.match((await peer.hello(hello)).message, reason)
    await peer.until(() => peer.closed)
  }
  const mute = new ScriptedPeer(rig.link())
  mute.list(TRUNK.HEADS, [])
  await mute.until(() => mute.closed)
  t.pass('a frame before HELLO closes too')
})

t.test('a newer link of the same gate takes the place of the older one', async t => {
  const rig = await startRig(t)
  const first = await rig.gate()
  await first.login({ uid: 'ann', token: await tokenFor('ann') })
  const second = await rig.gate()
  await first.until(() => first.closed)
  await rig.send('ann', 'hello')
  t.equal((await second.next(TRUNK.DELIVER)).slot, 1)
})

t.test('bytes that are no trunk close the link', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate()
  gate.link.write(Buffer.alloc(64, 'x'))
  await gate.until(() => gate.closed)
  t.pass('closed')
})

t.test('a login brings the first page; what an end has read it is not given again', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate()
  const token = await tokenFor('ann')
  for (const body of ['a', 'b', 'c']) await rig.send('ann', body)
  await rig.send('ann', 'not for this end', { to: { uid: 'ann', appcode: 2 } })
  const first = await gate.login({ uid: 'ann', token })
  t.match(first, { code: 0, base: 0, reset: false })
  t.match(first.page, { from: 0, next: 4, head: 4, more: false, gap: false })
  t.same(textsOf(first.page), ['a', 'b', 'c'])
  const epoch = first.epoch
  t.ok(epoch > 0)
  const second = await gate.login({ uid: 'ann', token, epoch, seq: 2, dial: 2, generation: 2 })
  t.match(second, { base: 2, reset: false })
  t.same(textsOf(second.page), ['c'])
  const foreign = await gate.login({
    uid: 'ann',
    token,
    epoch: epoch + 1,
    seq: 2,
    dial: 3,
    generation: 3,
  })
  t.match(foreign, { base: 0, reset: true, epoch })
  const ahead = await gate.login({ uid: 'ann', token, epoch, seq: 99, dial: 4, generation: 4 })
  t.match(ahead, { base: 0, reset: true })
})

t.test('a new end is known to the store before it is welcomed', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate()
  await rig.send('ann', 'a')
  await gate.login({ uid: 'ann', token: await tokenFor('ann') })
  // Nobody has written cursors yet, and a process that is killed now never will.
  t.match(await rig.table.get('ends/shop/ann/1/phone'), { acked: 0 })
})

t.test('logins are refused with a code that says what to do', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate()
  const token = await tokenFor('ann')
  t.match(await gate.login({ uid: 'bob', token }), { code: CODES.AUTH_INVALID.code, retryAfter: 0 })
  t.match(await gate.login({ uid: 'ann', token, appcode: 77 }), {
    code: CODES.UNKNOWN_APPCODE.code,
  })
  t.match(await gate.login({ uid: 'ann', token: await tokenFor('ann', 0) }), {
    code: CODES.AUTH_EXPIRED.code,
  })
  t.match(await gate.login({ uid: 'ann', token, device: '' }), { code: CODES.BAD_FIELD.code })
  rig.faults.routes = true
  const away = await gate.login({ uid: 'ann', token })
  t.equal(away.code, CODES.UNAVAILABLE.code)
  t.ok(away.retryAfter >= 1000)
  rig.faults.routes = false
  rig.faults.table = () => true
  t.match(await gate.login({ uid: 'new', token: await tokenFor('new') }), {
    code: CODES.UNAVAILABLE.code,
  })
  t.same(
    await rig.routes.lookup([{ system: 'shop', uid: 'new' }]),
    [[]],
    'no route is left of a login that failed',
  )
})

t.test(
  'the same device replaces silently, another one is kicked, a late dial is refused',
  async t => {
    const rig = await startRig(t, { clock: new StillClock() })
    const [old, gate] = [await rig.gate('gate-1'), await rig.gate('gate-2')]
    const token = await tokenFor('ann')
    await old.login({ uid: 'ann', token, dial: 5, slot: 4, generation: 8 })
    await gate.login({ uid: 'ann', token, dial: 6 })
    t.match(await old.next(TRUNK.KICK), { slot: 4, generation: 8, reserve: CODES.SUPERSEDED.code })
    t.match(await old.login({ uid: 'ann', token, dial: 5 }), { code: CODES.STALE_DIAL.code })
    await old.login({ uid: 'ann', token, device: 'tablet', slot: 9 })
    t.match(await gate.next(TRUNK.KICK), { slot: 1, generation: 1, reserve: CODES.KICKED.code })
  },
)

t.test('where an appcode refuses one device too many, dead gates hold no place', async t => {
  const apps = [
    { appcode: 1, system: 'shop', platform: 'tv', sessions: 1, whenFull: 'refuse' as const },
  ]
  // Else the look that is taken now and then may come between, and find the dying one alive.
  const rig = await startRig(t, { apps, businesses: [], clock: new StillClock() })
  const token = await tokenFor('ann')
  const dying = await rig.gate('dying')
  await dying.login({ uid: 'ann', token, device: 'old' })
  const gate = await rig.gate()
  const refused = await gate.login({ uid: 'ann', token, device: 'new' })
  t.match(refused, { code: CODES.NO_ROOM.code, retryAfter: 0 })
  t.match(await gate.login({ uid: 'ann', token, device: 'old', dial: 2 }), { code: 0 })
  t.match(await dying.next(TRUNK.KICK), { reserve: CODES.SUPERSEDED.code })
  await dying.login({ uid: 'ann', token, device: 'old', dial: 3, slot: 2 })
  dying.link.close()
  await dying.until(() => dying.closed)
  t.match(await gate.login({ uid: 'ann', token, device: 'new', slot: 5 }), { code: 0 })
  const [left = []] = await rig.routes.lookup([{ system: 'shop', uid: 'ann' }])
  t.same(
    left.map(route => route.device),
    ['new'],
  )
})

t.test('of an exclusive group a user is on one appcode at a time', async t => {
  const phone = { system: 'shop', sessions: 2, exclusive: 'phone' }
  const apps = [
    { appcode: 1, platform: 'ios', ...phone },
    { appcode: 2, platform: 'android', ...phone },
    { appcode: 3, platform: 'web', system: 'shop', sessions: 1 },
    { appcode: 4, platform: 'ios', ...phone, system: 'mall' },
  ]
  const rig = await startRig(t, { apps, businesses: [], clock: new StillClock() })
  const gate = await rig.gate()
  const token = await tokenFor('ann')
  const logIn = (appcode: number, slot: number): Promise<unknown> =>
    gate.login({ uid: 'ann', token, appcode, device: `device-${slot}`, slot })
  for (const [appcode, slot] of [
    [3, 1],
    [4, 2],
    [1, 3],
    [1, 4],
  ] as const)
    t.match(await logIn(appcode, slot), { code: 0 })
  t.same(gate.of(TRUNK.KICK), [])
  await logIn(2, 5)
  t.same(
    gate.of(TRUNK.KICK).map(({ slot, reserve }) => [slot, reserve]),
    [
      [3, CODES.KICKED.code],
      [4, CODES.KICKED.code],
    ],
  )
})

t.test(
  'a session that is gone loses its route, but not a newer one of the same device',
  async t => {
    const rig = await startRig(t)
    const gate = await rig.gate()
    const token = await tokenFor('ann')
    const routes = async (): Promise<number> =>
      (await rig.routes.lookup([{ system: 'shop', uid: 'ann' }]))[0]!.length
    await gate.login({ uid: 'ann', token, dial: 1, slot: 1 })
    await gate.login({ uid: 'ann', token, dial: 2, slot: 2 })
    gate.gone({ uid: 'ann', slot: 1 })
    await gate.login({ uid: 'eve', token: await tokenFor('eve'), slot: 3 })
    t.equal(await routes(), 1)
    gate.gone({ uid: 'ann', slot: 2 })
    while ((await routes()) > 0) await new Promise(setImmediate)
    t.pass('removed')
  },
)

t.test('a session that ends during its login leaves no route', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate()
  const late = gate.login({ uid: 'ann', token: await tokenFor('ann') }).catch(() => undefined)
  gate.gone({ uid: 'ann' })
  await gate.login({ uid: 'eve', token: await tokenFor('eve'), slot: 2 })
  while ((await rig.routes.lookup([{ system: 'shop', uid: 'ann' }]))[0]!.length > 0)
    await new Promise(setImmediate)
  t.same(gate.of(TRUNK.LOGIN_RESULT), [], 'nor an answer that nobody waits for')
  gate.link.close()
  await late
})

t.test('pages are read by cursor, cut by size, and refused for another epoch', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate()
  const { epoch } = await gate.login({ uid: 'ann', token: await tokenFor('ann') })
  for (let n = 0; n < 10; n++) await rig.send('ann', `${n}`.repeat(1000))
  const page = await gate.pull('ann', { epoch, seq: 2 }, { maxBytes: 3500 })
  t.match(page, { from: 2, more: true, code: 0 })
  t.ok(page.next < 10 && page.next > 2)
  const rest = await gate.pull('ann', { epoch, seq: page.next })
  t.match(rest, { from: page.next, next: 10, more: false })
  t.equal(textsOf(page).length + textsOf(rest).length, 8)
  t.match(await gate.pull('ann', { epoch: epoch + 1, seq: 0 }), {
    code: CODES.RESYNC.code,
    from: 0,
    next: 0,
  })
  t.match(await gate.pull('ann', { epoch, seq: 0 }, { appcode: 77 }), {
    code: CODES.UNKNOWN_APPCODE.code,
  })
  rig.faults.table = operation => operation === 'range'
  t.match(await gate.pull('ann', { epoch, seq: 0 }), { code: CODES.UNAVAILABLE.code })
  rig.faults.table = () => false
  t.equal(textsOf(await gate.pull('ann', { epoch, seq: 0 })).length, 10)
})

t.test('every session asked about is told its head', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate()
  const uids = Array.from({ length: 200 }, (_, n) => `user-${n}`)
  await rig.http('POST', '/v1/messages/batch', {
    messages: uids.map(uid => ({ to: { uid, appcode: 1 }, body: 'x' })),
  })
  gate.list(
    TRUNK.HEADS,
    ['nobody', ...uids].map((uid, slot) => ({ uid, slot, generation: slot + 1 })),
  )
  await gate.until(() => gate.of(TRUNK.HEAD).length === 201)
  for (const { slot, generation, sequenceid } of gate.of(TRUNK.HEAD)) {
    if (generation !== slot + 1 || sequenceid !== (slot === 0 ? 0 : 1))
      t.fail(`slot ${slot}: ${generation}, ${sequenceid}`)
  }
})

t.test('a gate that does not take its hints gets none, and a RESYNC once it does', async t => {
  const rig = await startRig(t, { limits: { linkBytes: 10_000 } })
  let stuck = 0
  const far = rig.stuckLink(() => stuck)
  const gate = new ScriptedPeer(far)
  await gate.hello()
  await gate.login({ uid: 'ann', token: await tokenFor('ann') })
  await rig.send('ann', 'one')
  t.equal((await gate.next(TRUNK.DELIVER)).sequenceid, 1)
  stuck = 20_000
  await rig.send('ann', 'two')
  await rig.send('ann', 'three')
  stuck = 5_000
  await rig.send('ann', 'four')
  t.same(gate.of(TRUNK.DELIVER), [], 'until it has drained well, too')
  stuck = 0
  await gate.next(TRUNK.RESYNC)
  t.same(gate.of(TRUNK.DELIVER), [])
  await rig.send('ann', 'five')
  t.equal((await gate.next(TRUNK.DELIVER)).sequenceid, 5)
})

t.test('reads for a full link wait, and are answered when there is room', async t => {
  const rig = await startRig(t, { limits: { linkBytes: 10_000 } })
  let stuck = 0
  const gate = new ScriptedPeer(rig.stuckLink(() => stuck))
  await gate.hello()
  const { epoch } = await gate.login({ uid: 'ann', token: await tokenFor('ann') })
  stuck = 20_000
  const page = gate.pull('ann', { epoch, seq: 0 })
  await rig.send('ann', 'one')
  t.same(gate.of(TRUNK.PULL_RESULT), [])
  stuck = 0
  t.match(await page, { from: 0, code: 0 })
})

t.test(
  'acknowledgements are kept per end; one of another epoch or appcode counts for nothing',
  async t => {
    const rig = await startRig(t)
    const gate = await rig.gate()
    const { epoch } = await gate.login({ uid: 'ann', token: await tokenFor('ann') })
    for (const body of ['a', 'b', 'c']) await rig.send('ann', body)
    await rig.send('bob', 'd')
    gate.list(TRUNK.ACKS, [
      { uid: 'ann', epoch, seq: 2 },
      { uid: 'ann', epoch: epoch + 1, seq: 3 },
      { uid: 'ann', epoch, seq: 1 },
      { uid: 'ann', appcode: 77, epoch, seq: 3 },
      { uid: 'bob', epoch, seq: 1 },
      { uid: 'bob', device: 'tablet', epoch: epoch + 1, seq: 1 },
    ])
    // Nothing answers an acknowledgement: what is asked after it was read after it.
    await gate.pull('bob', { epoch, seq: 0 })
    await rig.logic.stop()
    t.match(await rig.table.get('ends/shop/ann/1/phone'), { acked: 2 })
    t.match(await rig.table.get('ends/shop/bob/1/phone'), { acked: 1 })
    t.equal(await rig.table.get('ends/shop/bob/1/tablet'), undefined)
  },
)
