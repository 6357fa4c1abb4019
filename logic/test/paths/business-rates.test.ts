import { systemClock, tcpDial, tcpLinkServer, VirtualClock } from '@longwire/kit'
import { TRUNK, encodePublishPrefix, trunkBody } from '@longwire/proto/trunk'
import t from 'tap'
import { LimiterUnavailable, type Limiter } from '../../src/limiter/limiter.ts'
import { memoryLimiter } from '../../src/limiter/memory.ts'
import { BusinessRates } from '../../src/paths/business-rates.ts'
import { KEY, startRig } from '../rig.ts'
import { ScriptedPeer } from '../scripted-gate.ts'

const shop = (perSecond: number, burst: number) => ({
  name: 'shop',
  key: KEY,
  appcodes: [1, 2],
  rate: { perSecond, burst },
})

t.test('over HTTP a business is held to its rate by all nodes together', async t => {
  const clock = new VirtualClock()
  const limiter = memoryLimiter(clock)
  const businesses = [shop(0.1, 5), { name: 'free', key: 'free-key', appcodes: [1] }]
  const nodes = [
    await startRig(t, { limiter, businesses }),
    await startRig(t, { limiter, businesses }),
  ]
  const statuses: number[] = []
  for (let count = 0; count < 6; count++)
    statuses.push((await nodes[count % 2]!.send('ann', `m${count}`)).status)
  t.same(statuses, [200, 200, 200, 200, 200, 429])
  const refused = await nodes[1]!.send('ann', 'no more')
  t.match(await refused.json(), { code: 'RATE_LIMITED', status: 429 })
  t.ok(Number(refused.headers.get('retry-after')) >= 9)
  t.equal(refused.headers.get('ratelimit-limit'), '5')
  t.equal(refused.headers.get('ratelimit-remaining'), '0')
  t.ok(Number(refused.headers.get('ratelimit-reset')) >= 9)
  const free = await nodes[1]!.send('ann', 'free', {}, { authorization: 'Bearer free-key' })
  t.equal(free.status, 200)
  t.equal(free.headers.get('ratelimit-limit'), null)
})

t.test('what is left of the rate is on every answer', async t => {
  const rig = await startRig(t, { businesses: [shop(0.001, 3)] })
  const left: (string | null)[] = []
  for (let count = 0; count < 3; count++)
    left.push((await rig.send('ann', `m${count}`)).headers.get('ratelimit-remaining'))
  t.same(left, ['2', '1', '0'])
})

t.test('a batch counts each of its messages', async t => {
  const rig = await startRig(t, { businesses: [shop(0.001, 2)] })
  const messages = ['a', 'b', 'c'].map(body => ({ to: { uid: 'ann', appcode: 1 }, body }))
  const answer = await rig.http('POST', '/v1/messages/batch', { messages })
  t.match(await answer.json(), {
    results: [{ seq: 1 }, { seq: 2 }, { error: { code: 'RATE_LIMITED' } }],
  })
})

t.test('over the backend connection too, in the order of the messages', async t => {
  const businesses = [shop(0.001, 3)]
  const rig = await startRig(t, { businesses, backend: tcpLinkServer('127.0.0.1:0') })
  const peer = new ScriptedPeer(await tcpDial(rig.addresses.backend ?? ''))
  t.teardown(() => peer.link.close())
  await peer.hello({ role: 'backend', key: KEY })
  for (let number = 1; number <= 5; number++) {
    Object.assign(peer.writer.head, { appcode: 1, sequenceid: number })
    peer.writer.frame(TRUNK.PUBLISH, 'ann', Buffer.from('m'), encodePublishPrefix(0, ''))
  }
  peer.flush()
  await peer.until(() => peer.of(TRUNK.PUBLISH_RESULT).length === 5)
  const results = peer
    .of(TRUNK.PUBLISH_RESULT)
    .toSorted((a, b) => a.sequenceid - b.sequenceid)
    .map(({ body }) => trunkBody.PublishResult.decode(body))
  t.same(
    results.map(({ code }) => code),
    ['', '', '', 'RATE_LIMITED', 'RATE_LIMITED'],
  )
  t.ok(results[4]!.retryAfter > 0)
  t.same(
    results.slice(0, 3).map(({ seq }) => seq),
    [1, 2, 3],
  )
})

t.test('a business that is switched off is refused everywhere', async t => {
  const businesses = [{ name: 'shop', key: KEY, appcodes: [1], enabled: false }]
  const rig = await startRig(t, { businesses, backend: tcpLinkServer('127.0.0.1:0') })
  const refused = await rig.send('ann', 'm')
  t.equal(refused.status, 403)
  t.match(await refused.json(), { code: 'DISABLED' })
  const peer = new ScriptedPeer(await tcpDial(rig.addresses.backend ?? ''))
  t.teardown(() => peer.link.close())
  t.match((await peer.hello({ role: 'backend', key: KEY })).message, /switched off/)
})

t.test(
  'businesses and limits that are read again hold at once, also for open connections',
  async t => {
    const fast = { name: 'shop', key: KEY, appcodes: [1, 2] }
    const other = { name: 'other', key: 'another-key', appcodes: [1] }
    const backend = tcpLinkServer('127.0.0.1:0')
    const rig = await startRig(t, { businesses: [fast, other], backend })
    const dial = async (key: string): Promise<ScriptedPeer> => {
      const peer = new ScriptedPeer(await tcpDial(rig.addresses.backend ?? ''))
      t.teardown(() => peer.link.close())
      t.equal((await peer.hello({ role: 'backend', key })).message, '')
      return peer
    }
    const [kept, cut] = [await dial(KEY), await dial('another-key')]
    rig.logic.reload({
      businesses: [
        { ...fast, appcodes: [2] },
        { ...other, enabled: false },
      ],
    })
    await cut.until(() => cut.closed)
    Object.assign(kept.writer.head, { appcode: 1, sequenceid: 7 })
    kept.writer.frame(TRUNK.PUBLISH, 'ann', Buffer.from('m'), encodePublishPrefix(0, ''))
    kept.flush()
    const result = await kept.next(TRUNK.PUBLISH_RESULT, 7)
    t.equal(trunkBody.PublishResult.decode(result.body).code, 'FORBIDDEN', 'as it is now')
    t.equal((await rig.send('ann', 'm')).status, 403)

    const twice = [fast, { ...other, key: KEY }]
    rig.logic.reload({ businesses: twice })
    t.equal((await rig.send('ann', 'm')).status, 403, 'what makes no sense changes nothing')
    rig.logic.reload({ businesses: [fast] })
    t.equal((await rig.send('ann', 'm')).status, 200)
  },
)

t.test('tokens are fetched in lots, and nobody asks while there are none', async t => {
  let calls = 0
  const inner = memoryLimiter(systemClock)
  const counting: Limiter = {
    take(bucket, allowance, most) {
      calls++
      return inner.take(bucket, allowance, most)
    },
    hold: () => Promise.reject(new LimiterUnavailable('not asked here')),
    close: () => inner.close(),
  }
  const clock = new VirtualClock()
  const rates = new BusinessRates(counting, clock)
  const business = shop(0.001, 1_000)
  for (let count = 0; count < 100; count++) await rates.spend(business)
  const fast = { ...business, name: 'fast', rate: { perSecond: 1_000, burst: 1_000 } }
  calls = 0
  for (let count = 0; count < 500; count++) await rates.spend(fast)
  t.ok(calls <= 10, `${calls} fetches for 500 publishes`)
  const poor = { ...business, name: 'poor', rate: { perSecond: 0.001, burst: 1 } }
  await rates.spend(poor)
  await t.rejects(Promise.resolve(rates.spend(poor)), { code: 'RATE_LIMITED' })
  calls = 0
  for (let count = 0; count < 50; count++)
    t.throws(() => rates.spend(poor), { code: 'RATE_LIMITED' })
  t.equal(calls, 0)
})
