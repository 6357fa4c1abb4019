import { createBackend } from '@longwire/client/backend'
import { createClient, memoryCursors, type Client } from '@longwire/client/node'
import { signToken } from '@longwire/logic'
import t from 'tap'
import { startAll, type RunningAll } from '../src/compose/all.ts'
import { silent, trialConfig } from './support.ts'

interface Numbers {
  readonly accepted: number
  readonly notified: number
  readonly inline: number
  readonly pulled: number
  readonly acked: number
  readonly expired: number
}
interface Arrival {
  readonly business: string
  readonly total: Numbers
  readonly buckets: readonly (Numbers & { readonly at: string })[]
}

const API = { kind: 'jwt', secret: 's'.repeat(32) }
const APPS = { apps: [{ appcode: 1, sessions: 2 }, { appcode: 2 }], auth: API }
const BUSINESSES = [
  { name: 'shop', key: 'shop-key-shop-key', appcodes: [1, 2] },
  { name: 'mall', key: 'mall-key-mall-key', appcodes: [1] },
]

const ask = async (running: RunningAll, query = '', key = BUSINESSES[0]!.key): Promise<Response> =>
  fetch(`${running.addresses.http ?? ''}/v1/stats/arrival${query}`, {
    headers: { authorization: `Bearer ${key}` },
  })
const arrival = async (running: RunningAll, query = '', key?: string): Promise<Arrival> =>
  (await (await ask(running, query, key)).json()) as Arrival

const clientOf = (running: RunningAll, uid: string, appcode = 1): Client =>
  createClient({
    urls: [running.addresses.tcp ?? ''],
    appcode,
    uid,
    device: 'phone',
    token: () => signToken(API.secret, { uid, ttlSeconds: 60, nowMs: Date.now() }),
    cursors: memoryCursors(),
  })

const hears = (client: Client, count: number): Promise<void> => {
  let heard = 0
  return new Promise(resolve => client.on('message', () => void (++heard === count && resolve())))
}

t.test('the numbers of arrival are what was published and what clients got', async t => {
  const config = trialConfig(t.testdir(), { ...APPS, businesses: BUSINESSES })
  const running = await startAll(config, silent)
  t.teardown(() => running.stop())
  const url = running.addresses.backend ?? ''
  await using shop = createBackend({ url, key: BUSINESSES[0]!.key })
  await using mall = createBackend({ url, key: BUSINESSES[1]!.key })

  await using ann = clientOf(running, 'ann')
  await ann.connect()
  const annHeard = hears(ann, 30 + 5 + 1)
  for (let n = 0; n < 30; n++)
    await shop.publish({ to: { uid: 'ann', appcode: 1 }, msgtype: 7, body: 'at once' })
  for (let n = 0; n < 5; n++)
    await mall.publish({ to: { uid: 'ann', appcode: 1 }, msgtype: 7, body: 'of another' })
  // Too large to go along with the hint: the client is told of it, and pulls.
  await shop.publish({ to: { uid: 'ann', appcode: 1 }, msgtype: 8, body: 'x'.repeat(20_000) })
  await annHeard

  const bob = { uid: 'bob', appcode: 2 }
  for (let n = 0; n < 20; n++) await shop.publish({ to: bob, msgtype: 7, body: 'later' })
  await using away = clientOf(running, 'bob', 2)
  const bobHeard = hears(away, 20)
  await away.connect()
  await bobHeard

  const all = await arrival(running)
  t.match(all, { business: 'shop', bucketSeconds: 600 })
  t.match(all.total, { accepted: 51, inline: 30, notified: 1, pulled: 21, expired: 0 })
  t.equal(
    all.buckets.reduce((sum, { accepted }) => sum + accepted, 0),
    51,
  )
  t.match((await arrival(running, '?msgtype=8')).total, { accepted: 1, notified: 1, pulled: 1 })
  t.match((await arrival(running, '?appcode=2')).total, { accepted: 20, inline: 0, pulled: 20 })
  t.match((await arrival(running, '?appcode=1&msgtype=7')).total, { accepted: 30, inline: 30 })
  const malls = await arrival(running, '', BUSINESSES[1]!.key)
  t.match(malls.total, { accepted: 5, inline: 5, pulled: 0 })
  const past = '?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z'
  t.match(await arrival(running, past), { total: { accepted: 0 }, buckets: [] })

  const metrics = await (await fetch(`${running.addresses.http ?? ''}/metrics`)).text()
  const line = (labels: string): RegExp =>
    new RegExp(`^longwire_logic_arrivals_total\\{${labels}\\} (\\d+)$`, 'm')
  t.equal(line('business="shop",appcode="1",msgtype="7",stage="inline"').exec(metrics)?.[1], '30')

  t.equal((await ask(running, '?business=mall')).status, 403)
  t.equal((await ask(running, '?from=yesterday')).status, 422)
  t.equal((await ask(running, '', 'nobody')).status, 401)
})

t.test('a node that starts again adds to what it counted before', async t => {
  const data = t.testdir()
  const publish = async (count: number): Promise<Arrival> => {
    const running = await startAll(trialConfig(data, { ...APPS, businesses: BUSINESSES }), silent)
    const url = running.addresses.backend ?? ''
    const backend = createBackend({ url, key: BUSINESSES[0]!.key })
    for (let n = 0; n < count; n++)
      await backend.publish({ to: { uid: 'ann', appcode: 1 }, msgtype: 1, body: 'x' })
    await backend.close()
    const answer = await arrival(running)
    await running.stop()
    return answer
  }
  t.equal((await publish(3)).total.accepted, 3)
  t.equal((await publish(4)).total.accepted, 7)
})
