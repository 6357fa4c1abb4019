import { tcpDial, tcpLinkServer } from '@longwire/kit'
import { TRUNK, encodePublishPrefix, trunkBody } from '@longwire/proto/trunk'
import t, { type Test } from 'tap'
import { KEY, startRig, tokenFor, type Rig } from '../rig.ts'
import { ScriptedPeer, type Frame } from '../scripted-gate.ts'

const start = async (t: Test): Promise<{ rig: Rig; dial: () => Promise<ScriptedPeer> }> => {
  const rig = await startRig(t, { backend: tcpLinkServer('127.0.0.1:0') })
  const dial = async (): Promise<ScriptedPeer> => {
    const peer = new ScriptedPeer(await tcpDial(rig.addresses.backend ?? ''))
    t.teardown(() => peer.link.close())
    return peer
  }
  return { rig, dial }
}

interface Publish {
  uid?: string
  appcode?: number
  allEnds?: boolean
  ttl?: number
  key?: string
  body?: Buffer
}

const publish = (peer: ScriptedPeer, context: number, over: Publish = {}): void => {
  const {
    uid = 'ann',
    appcode = 1,
    allEnds = false,
    ttl = 0,
    key = '',
    body = Buffer.from(`m${context}`),
  } = over
  Object.assign(peer.writer.head, {
    appcode,
    msgtype: 5,
    sequenceid: context,
    reserve: allEnds ? 1 : 0,
  })
  peer.writer.frame(TRUNK.PUBLISH, uid, body, encodePublishPrefix(ttl, key))
}
const resultOf = (frame: Frame): trunkBody.PublishResult =>
  trunkBody.PublishResult.decode(frame.body)

t.test('a thousand messages go out in one write and each is answered', async t => {
  const { rig, dial } = await start(t)
  const gate = await rig.gate()
  await gate.login({ uid: 'ann', token: await tokenFor('ann') })
  const backend = await dial()
  t.equal((await backend.hello({ role: 'backend', key: KEY })).message, '')
  for (let n = 1; n <= 1000; n++) publish(backend, n)
  backend.flush()
  await backend.until(() => backend.of(TRUNK.PUBLISH_RESULT).length === 1000)
  const results = backend.of(TRUNK.PUBLISH_RESULT)
  t.same(
    results.map(frame => frame.sequenceid).toSorted((a, b) => a - b),
    Array.from({ length: 1000 }, (_, n) => n + 1),
  )
  t.ok(results.every(frame => resultOf(frame).code === '' && frame.logid !== '0'.repeat(16)))
  t.equal(new Set(results.map(frame => resultOf(frame).seq)).size, 1000)
  t.equal(
    new Set(results.map(frame => Buffer.from(resultOf(frame).msgid).toString('hex'))).size,
    1000,
  )
  await gate.until(() => gate.of(TRUNK.DELIVER).length === 1000)
  const byLogid = new Map(results.map(frame => [frame.logid, frame.sequenceid]))
  for (const frame of gate.of(TRUNK.DELIVER)) {
    if (frame.body.subarray(8).toString() !== `m${byLogid.get(frame.logid)}`)
      t.fail('the logid of the answer names another message')
  }
})

t.test('a message that is refused says why, and the link stays', async t => {
  const { dial } = await start(t)
  const backend = await dial()
  await backend.hello({ role: 'backend', key: KEY })
  const rows: [Publish, string][] = [
    [{ appcode: 9 }, 'FORBIDDEN'],
    [{ appcode: 77 }, 'UNKNOWN_APPCODE'],
    [{ uid: '' }, 'INVALID'],
    [{ uid: 'x'.repeat(65) }, 'INVALID'],
    [{ ttl: 29 * 86_400 }, 'INVALID'],
    [{ key: 'with space' }, 'INVALID'],
    [{ body: Buffer.alloc(61_441) }, 'INVALID'],
    [{ body: Buffer.alloc(61_440) }, ''],
    [{ body: Buffer.alloc(0) }, ''],
    [{ key: 'k1', body: Buffer.from('a') }, ''],
    [{ key: 'k1', body: Buffer.from('a') }, ''],
    [{ key: 'k1', body: Buffer.from('b') }, 'IDEMPOTENCY_CONFLICT'],
    [{ allEnds: true }, ''],
  ]
  for (const [index, [over, code]] of rows.entries()) {
    publish(backend, index + 1, over)
    backend.flush()
    const result = resultOf(await backend.next(TRUNK.PUBLISH_RESULT, index + 1))
    t.equal(result.code, code, `row ${index}: ${result.message}`)
  }
})

t.test('a store or route table that is away is told as such', async t => {
  const { rig, dial } = await start(t)
  const backend = await dial()
  await backend.hello({ role: 'backend', key: KEY })
  rig.faults.table = () => true
  publish(backend, 1)
  backend.flush()
  const result = resultOf(await backend.next(TRUNK.PUBLISH_RESULT, 1))
  t.equal(result.code, 'UNAVAILABLE')
  t.ok(result.retryAfter > 0)
})

t.test('strangers and nonsense are cut', async t => {
  const { dial } = await start(t)
  const stranger = await dial()
  t.match((await stranger.hello({ role: 'backend', key: 'wrong' })).message, /API key/)
  await stranger.until(() => stranger.closed)
  const wrong = await dial()
  await wrong.hello({ role: 'backend', key: KEY })
  wrong.list(TRUNK.HEADS, [])
  await wrong.until(() => wrong.closed)
  const short = await dial()
  await short.hello({ role: 'backend', key: KEY })
  short.writer.frame(TRUNK.PUBLISH, 'ann', Buffer.alloc(3))
  short.flush()
  await short.until(() => short.closed)
  const noise = await dial()
  noise.link.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'.padEnd(64)))
  await noise.until(() => noise.closed)
  t.pass('all were cut')
})

t.test('a gate cannot link up as a backend, nor a backend as a gate', async t => {
  const { rig, dial } = await start(t)
  const gate = await dial()
  t.match((await gate.hello({ role: 'gate', key: 'cluster' })).message, /role "gate"/)
  const backend = new ScriptedPeer(rig.link())
  t.match((await backend.hello({ role: 'backend', key: KEY })).message, /role "backend"/)
})
