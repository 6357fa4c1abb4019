import { createBackend, type Backend } from '@longwire/client/backend'
import type { Test } from 'tap'
import { KEY, type Cluster } from './cluster.ts'
import { Person } from './people.ts'

let names = 0
const newUid = (): string => `user/${names++} ü`

const bodies = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, n) => `m${from + n}`)

const publishAll = async (
  backend: Backend,
  uid: string,
  texts: readonly string[],
): Promise<void> => {
  for (const body of texts) await backend.publish({ to: { uid, appcode: 1 }, msgtype: 7, body })
}

/** What every deployment must do over every transport, seen from outside. */
export const deliverySuite = async (t: Test, cluster: Cluster): Promise<void> => {
  const link = createBackend({ url: cluster.backends[0]!, key: KEY })
  const http = createBackend({ url: cluster.http[cluster.http.length - 1]!, key: KEY })
  t.teardown(() => Promise.all([link.close(), http.close()]))

  for (const transport of ['tcp', 'ws'] as const) {
    const urls = cluster[transport]
    await t.test(`${transport}: online, each message arrives once and in order`, async t => {
      const person = new Person(newUid(), urls)
      await person.comesOnline(t)
      await publishAll(link, person.uid, bodies(0, 30))
      await publishAll(http, person.uid, bodies(30, 40))
      await person.until(() => person.heard.length >= 40)
      t.strictSame(person.heard, bodies(0, 40))
    })

    await t.test(`${transport}: away, everything missed arrives at the next login`, async t => {
      const person = new Person(newUid(), urls)
      await publishAll(http, person.uid, bodies(0, 5))
      await person.comesOnline(t)
      await person.until(() => person.heard.length >= 5)
      await person.goesAway()
      await Promise.all(
        bodies(5, 305).map(body =>
          link.publish({ to: { uid: person.uid, appcode: 1 }, msgtype: 7, body }),
        ),
      )
      await person.comesOnline(t)
      await person.until(() => person.heard.length >= 305)
      t.equal(new Set(person.heard).size, 305, 'nothing came twice')
      t.strictSame(person.heard.slice(0, 5), bodies(0, 5))
    })

    await t.test(
      `${transport}: another device on the same appcode takes over, the first stays away`,
      async t => {
        const first = new Person(newUid(), urls, { device: 'first' })
        const second = new Person(first.uid, urls, { device: 'second' })
        await first.comesOnline(t)
        await second.comesOnline(t)
        await first.until(() => first.state === 'closed')
        t.equal(first.errors.at(-1)?.code, 'KICKED')
        await publishAll(link, first.uid, ['for the second'])
        await second.until(() => second.heard.length === 1)
        t.equal(first.state, 'closed', 'no loop of reconnects')
        t.equal(second.disconnects, 0)
      },
    )

    await t.test(
      `${transport}: two appcodes of a user each get their own and what is for all`,
      async t => {
        const phone = new Person(newUid(), urls)
        const web = new Person(phone.uid, urls, { appcode: 2, device: 'web' })
        await phone.comesOnline(t)
        await web.comesOnline(t)
        await link.publish({ to: { uid: phone.uid, appcode: 2 }, msgtype: 1, body: 'web' })
        await link.publish({ to: { uid: phone.uid, appcode: 1 }, msgtype: 1, body: 'phone' })
        await link.publish({
          to: { uid: phone.uid, appcode: 1, ends: 'all' },
          msgtype: 1,
          body: 'all',
        })
        await phone.until(() => phone.heard.includes('all'))
        await web.until(() => web.heard.includes('all'))
        t.strictSame(phone.heard, ['phone', 'all'])
        t.strictSame(web.heard, ['web', 'all'])
      },
    )

    await t.test(`${transport}: an idempotency key used twice is one message`, async t => {
      const person = new Person(newUid(), urls)
      await person.comesOnline(t)
      const message = {
        to: { uid: person.uid, appcode: 1 },
        msgtype: 1,
        body: 'once',
        idempotencyKey: `key-${names}`,
      }
      const [first, second] = await Promise.all([link.publish(message), http.publish(message)])
      t.equal(first.msgid, second.msgid)
      await publishAll(link, person.uid, ['end'])
      await person.until(() => person.heard.includes('end'))
      t.strictSame(person.heard, ['once', 'end'])
    })
  }

  await t.test('after a logout the route is gone', async t => {
    const person = new Person(newUid(), cluster.tcp)
    await person.comesOnline(t)
    const route = `${cluster.http[0]}/v1/routes/1/${encodeURIComponent(person.uid)}`
    const routes = async (): Promise<unknown> =>
      (await fetch(route, { headers: { authorization: `Bearer ${KEY}` } })).json()
    t.match(await routes(), { routes: [{ device: 'phone' }] })
    await person.logsOut()
    for (let tries = 0; tries < 100; tries++) {
      const left = (await routes()) as { routes: unknown[] }
      if (left.routes.length === 0) break
    }
    t.strictSame(await routes(), { routes: [] })
  })
}
