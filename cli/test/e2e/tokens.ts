import { createClient, type Client } from '@longwire/client/node'
import type { LongwireError, TokenRequest } from '@longwire/client'
import type { Test } from 'tap'
import { APPCODE, KEY, tokenFor, type Cluster } from './cluster.ts'
import { Waiters } from './waiters.ts'

let names = 0

/** A client that remembers what it was told. */
class Watched {
  readonly client: Client
  readonly errors: LongwireError[] = []
  readonly renewed: number[] = []
  disconnects = 0
  readonly #waiters = new Waiters()

  constructor(
    t: Test,
    options: {
      uid: string
      urls: readonly string[]
      token: string | ((request: TokenRequest) => Promise<string>)
      device?: string
    },
  ) {
    const { device = 'phone' } = options
    this.client = createClient({ appcode: APPCODE.desk, device, ...options })
    this.client.on('error', error => {
      this.errors.push(error)
      this.#waiters.look()
    })
    this.client.on('renewed', ({ expiresInMs }) => {
      this.renewed.push(expiresInMs)
      this.#waiters.look()
    })
    this.client.on('state', ({ state, previous }) => {
      if (previous === 'ready' && state !== 'closed') this.disconnects++
      this.#waiters.look()
    })
    t.teardown(() => this.client.close())
  }

  until(done: () => boolean): Promise<void> {
    return this.#waiters.until(done)
  }
}

const post = (cluster: Cluster, at: number, body: object): Promise<Response> =>
  fetch(`${cluster.http[at % cluster.http.length]}/v1/revocations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

/** Tokens that end, are renewed and are revoked, seen from outside. */
export const tokensSuite = async (t: Test, cluster: Cluster): Promise<void> => {
  for (const transport of ['tcp', 'ws'] as const) {
    const urls = cluster[transport]

    await t.test(`${transport}: a session outlives its tokens without a disconnect`, async t => {
      const uid = `renews ${names++}`
      let asked = 0
      const token = (): Promise<string> => {
        asked++
        return tokenFor(uid, { ttlSeconds: asked < 3 ? 2 : 3_600 })
      }
      const end = new Watched(t, { uid, urls, token })
      await end.client.connect()
      await end.until(() => end.renewed.some(ms => ms > 3_000_000))
      t.same([end.disconnects, end.errors, asked >= 3], [0, [], true])
      t.equal(end.client.state, 'ready')
    })

    await t.test(`${transport}: a token that ends cuts its session with a reason`, async t => {
      const uid = `ends ${names++}`
      const token = await tokenFor(uid, { ttlSeconds: 4 })
      const end = new Watched(t, { uid, urls, token })
      const told: number[] = []
      end.client.on('expiring', ({ inMs }) => void told.push(inMs))
      await end.client.connect()
      await end.until(() => end.client.state === 'closed')
      t.match(end.errors.at(-1), { code: 'AUTH_EXPIRED', action: 'stop' })
      t.equal(told.length, 1, 'it was warned')
    })

    await t.test(`${transport}: revoking ends live sessions on every gate`, async t => {
      const uid = `revoked ${names++}`
      const issuedAt = Date.now() - 60_000
      const tokenId = `id of ${uid}`
      const old = await tokenFor(uid, { nowMs: issuedAt, tokenId })
      const ends = urls.map(
        (url, at) => new Watched(t, { uid, urls: [url], token: old, device: `old ${at}` }),
      )
      const fresh = new Watched(t, { uid, urls, token: await tokenFor(uid), device: 'fresh' })
      for (const each of [...ends, fresh]) await each.client.connect()
      const issuedBefore = new Date(issuedAt + 30_000).toISOString()
      const made = await post(cluster, 1, { uid, issuedBefore, reason: 'signed out' })
      t.equal(made.status, 200, await made.clone().text())
      for (const each of ends) {
        await each.until(() => each.client.state === 'closed')
        t.match(each.errors.at(-1), { code: 'REVOKED', action: 'stop', message: /signed out/ })
      }
      const again = new Watched(t, { uid, urls, token: old, device: 'again' })
      await t.rejects(again.client.connect(), { code: 'REVOKED' })
      t.equal(fresh.client.state, 'ready')
      t.equal(fresh.disconnects, 0)
    })
  }

  await t.test('one token by its id; lifted, it is good again', async t => {
    const uid = `one token ${names++}`
    const tokenId = `jti ${uid}`
    const token = await tokenFor(uid, { tokenId })
    const end = new Watched(t, { uid, urls: cluster.tcp, token })
    await end.client.connect()
    const made = (await (await post(cluster, 0, { tokenId })).json()) as { id: string }
    await end.until(() => end.client.state === 'closed')
    const url = `${cluster.http.at(-1)}/v1/revocations/${made.id}`
    const lifted = await fetch(url, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${KEY}` },
    })
    t.equal(lifted.status, 200)
    for (;;) {
      const error = await end.client.connect().then(
        () => undefined,
        (refused: unknown) => refused,
      )
      if (error === undefined) break
      t.match(error, { code: 'REVOKED' }, 'not every node has heard of it yet')
    }
    t.equal(end.client.state, 'ready')
  })
}

/** The logic that took a revocation dies right after it said so: the others see to it. */
export const revocationOutlivesItsLogic = async (t: Test, cluster: Cluster): Promise<void> => {
  const uid = `widowed ${names++}`
  const token = await tokenFor(uid, { nowMs: Date.now() - 60_000 })
  const ends = cluster.tcp.map(
    (url, at) => new Watched(t, { uid, urls: [url], token, device: `device ${at}` }),
  )
  for (const each of ends) await each.client.connect()
  const made = await post(cluster, 0, { uid, issuedBefore: new Date().toISOString() })
  t.equal(made.status, 200)
  await cluster.logics[0]!.kill()
  for (const each of ends) {
    await each.until(() => each.client.state === 'closed')
    t.match(each.errors.at(-1), { code: 'REVOKED' })
  }
}
