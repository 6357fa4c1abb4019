import { createClient, memoryCursors } from '@longwire/client/node'
import { signToken } from '@longwire/logic'
import t from 'tap'
import { startAll, type RunningAll } from '../src/compose/all.ts'
import { silent, trialConfig } from './support.ts'

const clientOf = ({ dev }: RunningAll, url: string, appcode: number) =>
  createClient({
    urls: [url],
    appcode,
    uid: 'ann',
    device: `device-${appcode}`,
    token: () => signToken(dev?.secret ?? '', { uid: 'ann', ttlSeconds: 60, nowMs: Date.now() }),
    cursors: memoryCursors(),
  })

t.test('a user with too many sessions is told to stop, over TCP and WebSocket', async t => {
  const running = await startAll(
    trialConfig(t.testdir(), {
      apps: [{ appcode: 1 }, { appcode: 2 }, { appcode: 3 }],
      limits: { userSessions: 1 },
    }),
    silent,
  )
  t.teardown(() => running.stop())
  const { tcp = '', ws = '' } = running.addresses
  await using first = clientOf(running, tcp, 1)
  await first.connect()
  await using second = clientOf(running, tcp, 2)
  await t.rejects(second.connect(), { code: 'USER_LIMIT' })
  await using third = clientOf(running, ws, 3)
  await t.rejects(third.connect(), { code: 'USER_LIMIT' })
})

t.test('a business is held to the rate of its configuration', async t => {
  const key = 'a-key-of-the-shop'
  const running = await startAll(
    trialConfig(t.testdir(), {
      businesses: [
        { name: 'shop', key, appcodes: [1], rate: { perSecond: 0.001, burst: 2 } },
        { name: 'off', key: 'a-key-that-is-off', appcodes: [1], enabled: false },
      ],
    }),
    silent,
  )
  t.teardown(() => running.stop())
  const send = (apiKey: string): Promise<Response> =>
    fetch(`${running.addresses.http}/v1/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ to: { uid: 'ann', appcode: 1 }, body: 'm' }),
    })
  t.same([(await send(key)).status, (await send(key)).status], [200, 200])
  const refused = await send(key)
  t.equal(refused.status, 429)
  t.ok(Number(refused.headers.get('retry-after')) > 0)
  t.equal((await send('a-key-that-is-off')).status, 403)

  await running.reload?.(
    trialConfig(t.testdir(), {
      businesses: [{ name: 'off', key: 'a-key-that-is-off', appcodes: [1] }],
    }),
  )
  t.equal((await send('a-key-that-is-off')).status, 200, 'as the configuration is now')
  t.equal((await send(key)).status, 401)
})
