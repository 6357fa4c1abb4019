import { CODES } from '@longwire/proto'
import { eachRouteEntry, type RouteEntry, TRUNK } from '@longwire/proto/trunk'
import t from 'tap'
import { kickOf, login, loginBytes } from '../support/raw-client.ts'
import { ScriptedLogic } from '../support/scripted-logic.ts'
import { stage, type Stage } from '../support/stage.ts'
import { turn, until } from '../support/test-clock.ts'

const who = (logic: ScriptedLogic, life: string): void =>
  logic.push(writer => writer.frame(TRUNK.WHO, '', Buffer.from(life)))

const announced = (logic: ScriptedLogic): RouteEntry[] => {
  const entries: RouteEntry[] = []
  for (const frame of logic.of(TRUNK.ANNOUNCE))
    eachRouteEntry(frame.body, entry => entries.push(entry))
  return entries
}

const logins = async (scene: Stage, count: number): Promise<void> => {
  for (let user = 0; user < count; user++)
    await login(await scene.dial(user % 2 === 0 ? 'tcp' : 'ws'), {
      uid: `u${user}`,
      dial: 7 + user,
    })
}

t.test('asked WHO, a gate tells all sessions with dial and fence, once per life', async t => {
  const scene = await stage(t)
  scene.logic.welcome = ({ dial }) => ({ base: 0, fence: 2 ** 50 + dial })
  await logins(scene, 5)
  who(scene.logic, 'life-1')
  await turn()
  await scene.pass(250)
  await until('all came', () => announced(scene.logic).length === 5)
  const sessions = scene.logic.of(TRUNK.LOGIN)
  t.same(
    announced(scene.logic).toSorted((a, b) => a.dial - b.dial),
    sessions.map(({ uid, slot, generation }, n) => ({
      appcode: 1,
      slot,
      generation,
      dial: 7 + n,
      fence: 2 ** 50 + 7 + n,
      uid,
      device: 'd1',
    })),
  )
  who(scene.logic, 'life-1')
  await turn()
  await scene.pass(1_000)
  t.equal(announced(scene.logic).length, 5, 'another node that asks for the same life gets nothing')
  who(scene.logic, 'life-2')
  await until('asked again, all come again', () => {
    scene.clock.advance(250)
    return announced(scene.logic).length === 10
  })
  who(scene.logic, 'life-1')
  await turn()
  await scene.pass(1_000)
  t.equal(announced(scene.logic).length, 10, 'a node that lags behind changes nothing')
})

t.test('sessions are announced at a bounded rate', async t => {
  const scene = await stage(t, { limits: { announcePerSecond: 8 } })
  await logins(scene, 5)
  who(scene.logic, 'life-1')
  await turn()
  await scene.pass(250)
  await until('the first came', () => announced(scene.logic).length > 0)
  t.equal(announced(scene.logic).length, 2)
  await scene.pass(500)
  await until('all came', () => announced(scene.logic).length === 5)
})

t.test('what logic does not answer is announced again, and over another link', async t => {
  const scene = await stage(t)
  scene.logic.answersDone = false
  await logins(scene, 3)
  who(scene.logic, 'life-1')
  await turn()
  await scene.pass(500)
  await until('it came', () => announced(scene.logic).length === 3)
  await scene.pass(5_250)
  await until('it came again', () => announced(scene.logic).length === 6)
  await scene.registry.withdraw(scene.logic.node)
  scene.logic.kill()
  await turn()
  const next = new ScriptedLogic(scene.clock, 'logic-2')
  await scene.join(next)
  await scene.pass(500)
  await until('the other node got it', () => announced(next).length === 3)
  await scene.pass(20_000)
  t.equal(announced(next).length, 3, 'which has answered')
})

t.test('once an announcement is answered that had not been, heads are asked for', async t => {
  const scene = await stage(t)
  scene.logic.answersDone = false
  await logins(scene, 3)
  who(scene.logic, 'life-1')
  await turn()
  await scene.pass(500)
  await until('it came', () => announced(scene.logic).length === 3)
  const asked = (): number => scene.logic.of(TRUNK.HEADS).length
  const before = asked()
  scene.logic.answersDone = true
  who(scene.logic, 'life-2')
  await turn()
  await scene.pass(500)
  await until('it came again', () => announced(scene.logic).length === 6)
  await until('heads were asked for', () => asked() === before + 3)
  who(scene.logic, 'life-3')
  await turn()
  await scene.pass(500)
  await until('it came once more', () => announced(scene.logic).length === 9)
  await turn()
  t.equal(asked(), before + 3, 'there is no need where all was answered')
})

t.test('after its lease had run out, a gate tells all sessions again', async t => {
  const scene = await stage(t)
  await logins(scene, 3)
  await scene.pass(4_000)
  t.equal(announced(scene.logic).length, 0, 'while it stands there is no need')
  scene.clock.stall(4_000)
  await scene.pass(3_000)
  await until('they came', () => announced(scene.logic).length === 3)
})

t.test('a node that links up is told of the sessions that are its, at leisure', async t => {
  const scene = await stage(t)
  await logins(scene, 8)
  const next = new ScriptedLogic(scene.clock, 'logic-2')
  await scene.join(next)
  const both = (): RouteEntry[] => [...announced(scene.logic), ...announced(next)]
  await scene.pass(500)
  await until('all came', () => both().length === 8)
  t.equal(new Set(both().map(({ uid }) => uid)).size, 8)
  t.ok(announced(next).length > 0)
})

t.test('a login that was asked for before WHO is announced when it is welcomed', async t => {
  const scene = await stage(t)
  scene.logic.welcome = () => undefined
  const client = await scene.dial('tcp')
  client.send(loginBytes({ uid: 'slow' }))
  await until('logic was asked', () => scene.logic.of(TRUNK.LOGIN).length === 1)
  who(scene.logic, 'life-1')
  await turn()
  await scene.pass(500)
  t.same(announced(scene.logic), [], 'it may be refused')
  scene.logic.answerLogin(scene.session(), { base: 0, fence: 9 })
  await turn()
  await scene.pass(250)
  await until('it came', () => announced(scene.logic).length === 1)
  t.match(announced(scene.logic), [{ uid: 'slow', fence: 9 }])
})

t.test('GONE is told until logic has taken note, over another link if need be', async t => {
  const scene = await stage(t)
  scene.logic.answersDone = false
  const client = await scene.dial('tcp')
  await login(client)
  client.wire?.destroy()
  await until('logic was told', () => scene.logic.of(TRUNK.GONE).length === 1)
  await scene.pass(5_250)
  await until('and told again', () => scene.logic.of(TRUNK.GONE).length === 2)
  t.equal(await scene.metric('longwire_gate_departures'), 1)
  await scene.registry.withdraw(scene.logic.node)
  scene.logic.kill()
  await turn()
  const next = new ScriptedLogic(scene.clock, 'logic-2')
  await scene.join(next)
  await scene.pass(6_000)
  await until('the other node was told', () => next.of(TRUNK.GONE).length === 1)
  await turn()
  t.match(next.of(TRUNK.GONE), [{ uid: 'u1', body: Buffer.from('d1') }])
  t.equal(await scene.metric('longwire_gate_departures'), 0)
})

t.test('departures that nobody takes are bounded', async t => {
  const scene = await stage(t, { limits: { departures: 3 } })
  scene.logic.answersDone = false
  for (let user = 0; user < 5; user++) {
    const client = await scene.dial('tcp')
    await login(client, { uid: `u${user}` })
    client.wire?.destroy()
    await until('logic was told', () => scene.logic.of(TRUNK.GONE).length === user + 1)
  }
  t.equal(await scene.metric('longwire_gate_departures'), 3)
  t.equal(await scene.metric('longwire_gate_departures_dropped_total'), 2)
})

t.test('hints and kicks for a session that is not there are answered STALE', async t => {
  const scene = await stage(t)
  const client = await scene.dial('tcp')
  await login(client)
  const { slot, generation, uid } = scene.session()
  scene.logic.deliver({ slot, generation: generation + 1, uid }, 1, 'nobody')
  scene.logic.head({ slot: 900_000, generation: 5, uid }, 3)
  scene.logic.kick({ slot, generation: generation - 1, uid }, CODES.KICKED.code, {})
  await until('all were answered', () => scene.logic.of(TRUNK.STALE).length === 3)
  t.match(scene.logic.of(TRUNK.STALE), [
    { slot, generation: generation + 1 },
    { slot: 900_000, generation: 5 },
    { slot, generation: generation - 1 },
  ])
  t.equal(client.closed, false)
  t.equal(client.frames.length, 0)
})

t.test('a welcome that comes too late is undone: by GONE at once, and by STALE', async t => {
  const scene = await stage(t)
  scene.logic.welcome = () => undefined
  const client = await scene.dial('tcp')
  client.send(loginBytes({ uid: 'slow' }))
  await until('logic was asked', () => scene.logic.of(TRUNK.LOGIN).length === 1)
  const asked = scene.session()
  await scene.pass(4_750)
  scene.clock.advance(500)
  t.equal((await kickOf(client)).code, CODES.UNAVAILABLE.code)
  await until('logic was told', () => scene.logic.of(TRUNK.GONE).length === 1)
  t.match(scene.logic.of(TRUNK.GONE), [{ uid: 'slow', slot: asked.slot }])
  scene.logic.answerLogin(asked, { base: 0, fence: 9 })
  await until('it was answered', () => scene.logic.of(TRUNK.STALE).length === 1)
  t.match(scene.logic.of(TRUNK.STALE), [{ slot: asked.slot, generation: asked.generation }])
})
