import { tcpDial, tcpLinkServer } from '@longwire/kit'
import { TRUNK, encodePublishPrefix, trunkBody } from '@longwire/proto/trunk'
import t, { type Test } from 'tap'
import { KEY, startRig, type Rig, type RigOptions } from '../rig.ts'
import { ScriptedPeer } from '../scripted-gate.ts'

const MOST = 4
const LIMITS = { publishesInFlight: MOST, publishesAtLeast: MOST, retryAfterMs: 1_500 }

/** A node whose store inserts only once it is let go. */
const busyNode = async (t: Test, options: RigOptions = {}) => {
  const rig = await startRig(t, { limits: LIMITS, ...options })
  const inserts = rig.hold('insert')
  return { rig, letGo: () => inserts.release() }
}

const inFlight = async (rig: Rig): Promise<number> => {
  const text = await (await rig.http('GET', '/metrics')).text()
  return Number(/^longwire_logic_in_flight (\d+)$/m.exec(text)?.[1])
}
const shed = async (rig: Rig, reason: string): Promise<number> => {
  const text = await (await rig.http('GET', '/metrics')).text()
  return Number(
    new RegExp(`^longwire_logic_shed_total{reason="${reason}"} (\\d+)$`, 'm').exec(text)?.[1],
  )
}

t.test(
  'over HTTP: what is too much gets 429 with Retry-After, before its body is read',
  async t => {
    const { rig, letGo } = await busyNode(t)
    const taken = Array.from({ length: MOST }, (_, n) => rig.send(`u${n}`, 'taken'))
    while ((await inFlight(rig)) < MOST) await new Promise(setImmediate)
    for (const path of ['/v1/messages', '/v1/messages/batch']) {
      const refused = await rig.http('POST', path, 'this is not even JSON')
      t.equal(refused.status, 429)
      t.equal(refused.headers.get('retry-after'), '2', 'whole seconds, rounded up')
      t.match(refused.headers.get('content-type'), /^application\/problem\+json/)
      t.match(await refused.json(), { code: 'BUSY', status: 429 })
    }
    t.equal(await shed(rig, 'load'), 2)
    letGo()
    t.same(
      (await Promise.all(taken)).map(({ status }) => status),
      [200, 200, 200, 200],
      'what was taken in is finished',
    )
    t.equal((await rig.send('later', 'x')).status, 200, 'room again')
  },
)

t.test('over the backend link: BUSY with retry_after, and the link goes on', async t => {
  const { rig, letGo } = await busyNode(t, { backend: tcpLinkServer('127.0.0.1:0') })
  const backend = new ScriptedPeer(await tcpDial(rig.addresses.backend ?? ''))
  t.teardown(() => backend.link.close())
  await backend.hello({ role: 'backend', key: KEY })
  const publish = (id: number): void => {
    Object.assign(backend.writer.head, { appcode: 1, sequenceid: id })
    backend.writer.frame(TRUNK.PUBLISH, `u${id}`, Buffer.from('x'), encodePublishPrefix(0, ''))
  }
  for (let id = 1; id <= MOST + 3; id++) publish(id)
  backend.flush()
  const resultOf = async (id: number): Promise<trunkBody.PublishResult> =>
    trunkBody.PublishResult.decode((await backend.next(TRUNK.PUBLISH_RESULT, id)).body)
  for (let id = MOST + 1; id <= MOST + 3; id++) {
    const { code, retryAfter, message } = await resultOf(id)
    t.same([code, retryAfter], ['BUSY', 1_500])
    t.match(message, 'Retry-After')
  }
  letGo()
  for (let id = 1; id <= MOST; id++) t.equal((await resultOf(id)).code, '')
  publish(99)
  backend.flush()
  t.equal((await resultOf(99)).code, '')
  t.equal(await shed(rig, 'load'), 3)
})

t.test('a draining node says so without looking at the message, and counts it', async t => {
  const rig = await startRig(t)
  await rig.logic.drain()
  const refused = await rig.send('ann', 'late')
  t.equal(refused.status, 503)
  t.equal(refused.headers.get('retry-after'), '1')
  t.match(await refused.json(), { code: 'DRAINING' })
  t.equal(await shed(rig, 'draining'), 1)
})

t.test('gates are told the load of the node, and when it leaves', async t => {
  const rig = await startRig(t)
  const gate = await rig.gate()
  t.equal((await gate.next(TRUNK.LOAD)).reserve, 0, 'nothing to do')
  await rig.logic.drain()
  t.equal((await gate.next(TRUNK.LOAD)).reserve, 255, 'ask others')
})
