import { memoryRegistry, systemClock } from '@longwire/kit'
import { CODES, URGENCY } from '@longwire/proto'
import { holdSeconds, holdUrgency, TRUNK } from '@longwire/proto/trunk'
import t from 'tap'
import { startRig, tokenFor, type Rig } from '../rig.ts'
import type { ScriptedPeer } from '../scripted-gate.ts'

/** Longer than anything takes here, however busy the machine is. */
const PATIENT_MS = 60_000

interface Sent {
  readonly seq: number
  readonly msgid: string
  readonly logid: string
}
const send = async (rig: Rig, uid: string, body: string, over: object = {}): Promise<Sent> => {
  const response = await rig.send(uid, body, over)
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
  return (await response.json()) as Sent
}
const back = (body: Buffer): number => body.readUInt32BE(0)
const text = (body: Buffer): string => body.subarray(8).toString()

t.test(
  'a message reaches the gate of each end it is for, with everything the gate must know',
  async t => {
    const rig = await startRig(t)
    const phone = await rig.gate('gate-1')
    const desk = await rig.gate('gate-2')
    const token = await tokenFor('ann')
    const { epoch } = await phone.login({ uid: 'ann', token, appcode: 1, slot: 7, generation: 3 })
    await desk.login({ uid: 'ann', token, appcode: 2, slot: 5, generation: 9, device: 'tab' })
    const one = await send(rig, 'ann', 'hello', { msgtype: 12 })
    const delivered = await phone.next(TRUNK.DELIVER)
    t.match(delivered, {
      appcode: 1,
      msgtype: 12,
      slot: 7,
      generation: 3,
      sequenceid: one.seq,
      reserve: epoch,
      logid: one.logid,
    })
    t.equal(back(delivered.body), 1)
    t.equal(text(delivered.body), 'hello')
    const all = await send(rig, 'ann', 'both', { to: { uid: 'ann', appcode: 1, ends: 'all' } })
    t.equal((await phone.next(TRUNK.DELIVER)).sequenceid, all.seq)
    const other = await desk.next(TRUNK.DELIVER)
    t.match(other, { slot: 5, generation: 9, sequenceid: all.seq })
    t.equal(text(other.body), 'both')
    t.same(desk.of(TRUNK.DELIVER), [], 'the first message was not for this end')
  },
)

t.test('a large message is hinted at without its content', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate()
  const { epoch } = await gate.login({ uid: 'ann', token: await tokenFor('ann') })
  const { seq } = await send(rig, 'ann', 'x'.repeat(4097))
  t.match(await gate.next(TRUNK.HEAD), { slot: 1, generation: 1, sequenceid: seq, reserve: epoch })
  await send(rig, 'ann', 'x'.repeat(4096))
  t.equal((await gate.next(TRUNK.DELIVER)).body.length, 4104)
})

t.test('a repeat with the same key is answered alike, and hinted at by the head only', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate()
  await gate.login({ uid: 'ann', token: await tokenFor('ann') })
  const key = { 'idempotency-key': 'order-1' }
  const first = (await (await rig.send('ann', 'once', {}, key)).json()) as Sent
  await gate.next(TRUNK.DELIVER)
  t.same(await (await rig.send('ann', 'once', {}, key)).json(), { ...first, repeated: true })
  t.equal((await gate.next(TRUNK.HEAD)).sequenceid, first.seq, 'the first may have been lost')
  const conflict = await rig.send('ann', 'another', {}, key)
  t.equal(conflict.status, 409)
  t.match(await conflict.json(), { code: 'IDEMPOTENCY_CONFLICT' })
  const last = await send(rig, 'ann', 'last')
  t.equal((await gate.next(TRUNK.DELIVER)).sequenceid, last.seq)
  t.equal(last.seq, first.seq + 1)
})

t.test('many messages of one turn keep their order', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate()
  await gate.login({ uid: 'ann', token: await tokenFor('ann') })
  const messages = Array.from({ length: 500 }, (_, n) => ({
    to: { uid: 'ann', appcode: 1 },
    body: `m${n}`,
  }))
  const response = await rig.http('POST', '/v1/messages/batch', { messages })
  t.equal(response.status, 200)
  await gate.until(() => gate.of(TRUNK.DELIVER).length === 500)
  t.same(
    gate.of(TRUNK.DELIVER).map(frame => text(frame.body)),
    messages.map(message => message.body),
  )
})

/** The failing lookup comes after the answer. */
const untilNoticed = async (rig: Rig): Promise<void> => {
  while (rig.logic.ready()) await new Promise(setImmediate)
}

t.test(
  'while the route table is away publishing is refused, and what was stored before is made known later',
  async t => {
    const rig = await startRig(t)
    const gate = await rig.gate()
    const { epoch } = await gate.login({ uid: 'ann', token: await tokenFor('ann') })
    rig.faults.routes = true
    const { seq } = await send(rig, 'ann', 'stored')
    await untilNoticed(rig)
    const refused = await rig.send('ann', 'refused')
    t.equal(refused.status, 503)
    t.equal(refused.headers.get('retry-after'), '2')
    t.match(await refused.json(), { code: 'UNAVAILABLE', detail: /route table/ })
    t.equal(rig.logic.ready(), false)
    rig.faults.routes = false
    const head = await gate.next(TRUNK.HEAD)
    t.match(head, { slot: 1, generation: 1, reserve: epoch, sequenceid: seq })
    t.equal(rig.logic.ready(), true)
    t.equal((await rig.send('ann', 'again')).status, 200)
  },
)

t.test('more users than can be remembered are made good by a RESYNC of all gates', async t => {
  const rig = await startRig(t, { limits: { pendingUsers: 2 } })
  const gates: ScriptedPeer[] = [await rig.gate('gate-1'), await rig.gate('gate-2')]
  rig.faults.routes = true
  const messages = Array.from({ length: 10 }, (_, n) => ({
    to: { uid: `user-${n}`, appcode: 1 },
    body: 'x',
  }))
  t.equal((await rig.http('POST', '/v1/messages/batch', { messages })).status, 200)
  await untilNoticed(rig)
  rig.faults.routes = false
  for (const gate of gates) await gate.next(TRUNK.RESYNC)
  t.pass('both gates were told')
})

t.test('beyond its limit the node says BUSY at once instead of growing slow', async t => {
  const rig = await startRig(t, { limits: { publishesInFlight: 5 } })
  const messages = Array.from({ length: 20 }, (_, n) => ({
    to: { uid: `user-${n}`, appcode: 1 },
    body: 'x',
  }))
  const response = await rig.http('POST', '/v1/messages/batch', { messages })
  const { results } = (await response.json()) as {
    results: { seq?: number; error?: { code: string; status: number } }[]
  }
  t.equal(results.filter(result => result.seq === 1).length, 5)
  t.equal(
    results.filter(result => result.error?.code === 'BUSY' && result.error.status === 429).length,
    15,
  )
  t.equal((await rig.send('later', 'x')).status, 200, 'room again')
})

t.test('a store that is away refuses with 503 and leaves nothing half done', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate()
  await gate.login({ uid: 'ann', token: await tokenFor('ann') })
  rig.faults.table = () => true
  const refused = await rig.send('ann', 'lost')
  t.equal(refused.status, 503)
  t.match(await refused.json(), { code: 'UNAVAILABLE' })
  rig.faults.table = () => false
  const { seq } = await send(rig, 'ann', 'kept')
  const delivered = await gate.next(TRUNK.DELIVER)
  t.equal(delivered.sequenceid, seq)
  t.equal(text(delivered.body), 'kept')
})

t.test(
  'a draining node refuses new messages, finishes those in flight and leaves the registry',
  async t => {
    const rig = await startRig(t)
    const gate = await rig.gate()
    const { epoch, base } = await gate.login({ uid: 'ann', token: await tokenFor('ann') })
    t.equal((await rig.registry.list('logic')).length, 1)
    const inserts = rig.hold('insert')
    const pending = rig.send('ann', 'in flight')
    await inserts.reached(1)
    const drained = rig.logic.drain(PATIENT_MS)
    t.equal((await gate.next(TRUNK.LOAD)).reserve, 255, 'the gate is told to ask others')
    t.equal((await gate.pull('ann', { epoch, seq: base })).code, 0, 'reads go on meanwhile')
    const refused = await rig.send('ann', 'late')
    t.equal(refused.status, 503)
    t.match(await refused.json(), { code: 'DRAINING' })
    inserts.release()
    t.ok(await drained)
    t.equal(
      (await gate.next(TRUNK.DELIVER)).sequenceid,
      1,
      'told to its gate before the drain ends',
    )
    t.equal((await pending).status, 200)
    t.same(await rig.registry.list('logic'), [])
    t.equal(
      (await gate.pull('ann', { epoch, seq: base })).code,
      CODES.UNAVAILABLE.code,
      'what comes after the drain is asked elsewhere',
    )
    const late = await gate.login({ uid: 'ben', token: await tokenFor('ben') })
    t.equal(late.code, CODES.UNAVAILABLE.code)
  },
)

t.test('a drain is given up when its time is over, and tells so', async t => {
  const rig = await startRig(t)
  const inserts = rig.hold('insert')
  const pending = rig.send('ann', 'slow')
  await inserts.reached(1)
  t.notOk(await rig.logic.drain(100))
  inserts.release()
  t.equal((await pending).status, 200, 'who stops the node decides what becomes of it')
})

t.test('a registry that hangs does not keep a node from finishing', async t => {
  const registry = memoryRegistry(systemClock)
  registry.withdraw = () => new Promise(() => undefined)
  const rig = await startRig(t, { registry })
  t.ok(await rig.logic.drain(PATIENT_MS / 10))
})

t.test('LOGINs and PULLs under way are answered before a drain ends', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate()
  const reads = rig.hold('get')
  const login = gate.login({ uid: 'ann', token: await tokenFor('ann') })
  // frames are taken in order: this answer says that the LOGIN has come
  gate.writer.frame(TRUNK.PING, '')
  gate.flush()
  await gate.next(TRUNK.PONG)
  let drained = false
  const draining = rig.logic.drain(PATIENT_MS).then(finished => {
    drained = true
    return finished
  })
  gate.writer.frame(TRUNK.PING, '')
  gate.flush()
  await gate.next(TRUNK.PONG)
  t.notOk(drained, 'it waits for the LOGIN')
  reads.release()
  t.match(await login, { code: 0, message: '' })
  t.ok(await draining)
})

t.test('a gate is told how long a message may wait for its device', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate()
  await gate.login({ uid: 'ann', token: await tokenFor('ann') })
  const holds: [object, number, number][] = [
    [{}, URGENCY.NORMAL, 0],
    [{ urgency: 'now' }, URGENCY.NOW, 0],
    [{ urgency: 'low' }, URGENCY.LOW, 0],
    [{ urgency: 'idle', mustWake: true }, URGENCY.IDLE, 1_800],
    [{ urgency: 'low', mustWake: true, maxDeferSeconds: 60 }, URGENCY.LOW, 60],
    [{ urgency: 'low', mustWake: true, maxDeferSeconds: 60, ttlSeconds: 90 }, URGENCY.LOW, 45],
  ]
  for (const [terms, urgency, within] of holds) {
    await send(rig, 'ann', 'x', terms)
    const hold = (await gate.next(TRUNK.DELIVER)).body.readUInt32BE(4)
    t.same([holdUrgency(hold), holdSeconds(hold)], [urgency, within], JSON.stringify(terms))
  }
  await send(rig, 'ann', 'x'.repeat(5_000), { urgency: 'low' })
  const head = (await gate.next(TRUNK.HEAD)).body
  t.same([head.readUInt32BE(0), holdUrgency(head.readUInt32BE(4))], [1, URGENCY.LOW])
})

t.test('heads that a gate asks for say from where on everything may wait', async t => {
  const rig = await startRig(t)
  await send(rig, 'ann', 'x')
  await send(rig, 'ann', 'x', { urgency: 'low' })
  await send(rig, 'ann', 'x', { urgency: 'idle' })
  const gate = await rig.gate()
  const token = await tokenFor('ann')
  await gate.login({ uid: 'ann', token, appcode: 1, slot: 7, generation: 3 })
  const heads = async (): Promise<number[]> => {
    gate.list(TRUNK.HEADS, [{ uid: 'ann', appcode: 1, slot: 7, generation: 3 }])
    const { sequenceid, body } = await gate.next(TRUNK.HEAD)
    return [sequenceid, body.readUInt32BE(0), holdUrgency(body.readUInt32BE(4))]
  }
  t.same(await heads(), [3, 2, URGENCY.LOW])
  await send(rig, 'ann', 'x', { urgency: 'low', mustWake: true })
  await gate.next(TRUNK.DELIVER)
  t.same(await heads(), [4, 0, URGENCY.NORMAL], 'what must go out in time is not forgotten')
})

t.test('what is never stored goes to the sessions there are, and leaves nothing', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate()
  const token = await tokenFor('ann')
  await gate.login({ uid: 'ann', token, appcode: 1, slot: 7, generation: 3 })
  const live = { ttlSeconds: 0, msgtype: 12, urgency: 'now' }
  t.match(await send(rig, 'ann', 'ring', live), { seq: 0, sessions: 1 })
  const frame = await gate.next(TRUNK.LIVE)
  t.match(frame, { slot: 7, generation: 3, msgtype: 12 })
  t.equal(frame.body.subarray(4).toString(), 'ring')
  t.equal(holdUrgency(frame.body.readUInt32BE(0)), URGENCY.NOW)
  t.match(await send(rig, 'bob', 'ring', live), { seq: 0, sessions: 0 }, 'nobody is there')
  t.match(await send(rig, 'ann', 'x', {}), { seq: 1 }, 'no seq was used')
})

t.test(
  'senders are told in the statistics what waits because a device was woken too often',
  async t => {
    const rig = await startRig(t)
    const gate = await rig.gate()
    await gate.login({ uid: 'ann', token: await tokenFor('ann'), appcode: 1 })
    const { seq } = await send(rig, 'ann', 'x', { msgtype: 12 })
    const { seq: other } = await send(rig, 'ann', 'x', { msgtype: 13 })
    const demoted = (sequenceid: number): void => {
      Object.assign(gate.writer.head, { appcode: 1, sequenceid })
      gate.writer.frame(TRUNK.DEMOTED, 'ann')
    }
    for (const each of [seq, other, seq, 99, 0]) demoted(each)
    gate.flush()
    const of = async (msgtype: number): Promise<number> => {
      const answer = await rig.http('GET', `/v1/stats/arrival?msgtype=${msgtype}`)
      const { total } = (await answer.json()) as { total: { demoted: number } }
      return total.demoted
    }
    const end = Date.now() + 5_000
    while ((await of(12)) + (await of(13)) < 3 && Date.now() < end) await gate.until(() => true)
    t.same([await of(12), await of(13)], [2, 1])
  },
)
