import { Bridge } from '@longwire/bench'
import { createBackend } from '@longwire/client/backend'
import { createClient, memoryCursors, type Client } from '@longwire/client/node'
import { signToken } from '@longwire/logic'
import t from 'tap'
import { startAll } from '../src/compose/all.ts'
import { silent, trialConfig } from './support.ts'

const STALLED = 10
const EACH = 200

/** What an app was told, and a wait for all of it. */
class Hearing {
  readonly heard: string[] = []
  readonly all: Promise<void>

  constructor(client: Client) {
    this.all = new Promise(resolve => {
      client.on('message', message => {
        if (this.heard.push(message.text()) === EACH) resolve()
      })
    })
  }
}

for (const transport of ['tcp', 'ws'] as const) {
  t.test(
    `${transport}: while clients stall others are served, and later they have all, once and in order`,
    async t => {
      const { addresses, dev, stop } = await startAll(trialConfig(t.testdir()), silent)
      t.teardown(() => stop())
      const direct = new URL(addresses[transport] ?? '')
      const proxy = await Bridge.open({ host: direct.hostname, port: Number(direct.port) })
      t.teardown(() => proxy.close())
      const proxied = new URL(direct)
      proxied.port = String(proxy.port)
      const join = async (uid: string, url: URL): Promise<Hearing> => {
        const token = (): Promise<string> =>
          signToken(dev?.secret ?? '', { uid, ttlSeconds: 60, nowMs: Date.now() })
        const urls = [url.href]
        const cursors = memoryCursors()
        const client = createClient({ urls, appcode: 1, uid, device: 'phone', token, cursors })
        t.teardown(() => client.close())
        const hearing = new Hearing(client)
        await client.connect()
        return hearing
      }
      const uids = Array.from({ length: STALLED }, (_, user) => `stalled-${user}`)
      const stalled = await Promise.all(uids.map(uid => join(uid, proxied)))
      const good = await join('good', direct)
      proxy.stall()
      await using backend = createBackend({ url: addresses.backend ?? '', key: dev?.key ?? '' })
      const bodies = Array.from({ length: EACH }, (_, at) => `${at} ${'x'.repeat(1_000)}`)
      for (const body of bodies) {
        const sends = [...uids, 'good'].map(uid =>
          backend.publish({ to: { uid, appcode: 1 }, msgtype: 0, body }),
        )
        await Promise.all(sends)
      }
      await good.all
      t.strictSame(good.heard, bodies)
      const most = Math.max(...stalled.map(({ heard }) => heard.length))
      t.equal(most, 0, 'who stalls has heard nothing yet')
      proxy.flow()
      await Promise.all(stalled.map(({ all }) => all))
      for (const { heard } of stalled) t.strictSame(heard, bodies)
    },
  )
}
