import { memoryCursors } from '@longwire/client'
import { createBackend, type Backend, type Publish } from '@longwire/client/backend'
import { createClient } from '@longwire/client/node'
import t, { type Test } from 'tap'
import { KEY, startEmbedded, tokenFor, type Cluster } from './cluster.ts'
import { Waiters } from './waiters.ts'

t.setTimeout(180_000)

/** No frame is a sign for any time after it: a device sleeps at once. */
const SLEEPY = {
  LONGWIRE_GATE_PUSH_AWAKE_MS: '0',
  LONGWIRE_GATE_PUSH_AWAKE_PING_MS: '0',
  LONGWIRE_GATE_PUSH_IDLE_SPREAD_MS: '0',
}

/** A phone in a pocket, and what its app was told. */
class Phone {
  readonly uid: string
  readonly heard: string[] = []
  readonly live: string[] = []
  readonly #url: string
  readonly #cursors = memoryCursors()
  readonly #waiters = new Waiters()
  readonly #environment = {
    network: '',
    foreground: false,
    charging: false,
    doze: false,
    metered: false,
    watch: (changed: () => void) => {
      this.#changed = changed
      return () => undefined
    },
  }
  #changed: () => void = () => undefined
  #close: () => Promise<void> = () => Promise.resolve()

  constructor(uid: string, url: string) {
    this.uid = uid
    this.#url = url
  }

  async comesOnline(t: Test): Promise<void> {
    const client = createClient({
      urls: [this.#url],
      appcode: 1,
      uid: this.uid,
      device: 'phone',
      token: () => tokenFor(this.uid),
      cursors: this.#cursors,
      environment: this.#environment,
    })
    client.on('message', message => {
      this.heard.push(message.text())
      this.#waiters.look()
    })
    client.on('live', message => {
      this.live.push(message.text())
      this.#waiters.look()
    })
    this.#close = () => client.close()
    t.teardown(this.#close)
    await client.connect()
  }

  goesAway(): Promise<void> {
    return this.#close()
  }

  /** Something is different from now on, such as that somebody takes it out of the pocket. */
  is(change: Partial<{ foreground: boolean; doze: boolean; metered: boolean }>): void {
    Object.assign(this.#environment, change)
    this.#changed()
  }

  hears(...texts: readonly string[]): Promise<void> {
    return this.#waiters.until(() => texts.every(text => this.heard.includes(text)))
  }

  feels(text: string): Promise<void> {
    return this.#waiters.until(() => this.live.includes(text))
  }
}

const heldBy = async (cluster: Cluster): Promise<number> => {
  const text = await (await fetch(`${cluster.http[0]}/metrics`)).text()
  return Number(/^longwire_gate_held_pushes_total (\d+)$/m.exec(text)?.[1] ?? 0)
}

const POLL_MS = 20
const untilHeld = async (cluster: Cluster, count: number): Promise<void> => {
  for (let waited = 0; waited < 20_000; waited += POLL_MS) {
    if ((await heldBy(cluster)) >= count) return
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
  throw new Error(`waited in vain until ${count} messages are held back`)
}

const sender =
  (backend: Backend, uid: string) =>
  (body: string, terms: Partial<Publish> = {}) =>
    backend.publish({ to: { uid, appcode: 1 }, msgtype: 1, body, ...terms })

for (const transport of ['tcp', 'ws'] as const) {
  t.test(`${transport}: messages that may wait do, and none is lost or repeated`, async t => {
    const cluster = await startEmbedded(t, t.testdir(), SLEEPY)
    const backend = createBackend({ url: cluster.backends[0]!, key: KEY })
    t.teardown(() => backend.close())
    const phone = new Phone('ann', cluster[transport][0]!)
    const send = sender(backend, 'ann')
    await phone.comesOnline(t)
    await send('one', { urgency: 'low' })
    await send('large', { urgency: 'idle', body: 'x'.repeat(9_000) })
    await untilHeld(cluster, 2)
    t.same(phone.heard, [], 'the phone sleeps')
    await send('two')
    await phone.hears('one', 'two')
    t.same(phone.heard, ['one', 'x'.repeat(9_000), 'two'], 'what is not low takes them along')
    await phone.goesAway()

    const other = new Phone('bob', cluster[transport][0]!)
    const toBob = sender(backend, 'bob')
    await other.comesOnline(t)
    await toBob('three', { urgency: 'low' })
    await untilHeld(cluster, 3)
    t.same(other.heard, [])
    other.is({ foreground: true })
    await other.hears('three')
    await toBob('four', { urgency: 'low' })
    await other.hears('four')
    t.same(other.heard, ['three', 'four'], 'a person looks: nothing waits')

    const third = new Phone('cyd', cluster[transport][0]!)
    const toCyd = sender(backend, 'cyd')
    third.is({ foreground: true, metered: true })
    await third.comesOnline(t)
    await toCyd('bulk', { urgency: 'idle' })
    await untilHeld(cluster, 4)
    third.is({ metered: false })
    await third.hears('bulk')

    const last = new Phone('dan', cluster[transport][0]!)
    const toDan = sender(backend, 'dan')
    last.is({ doze: true })
    await last.comesOnline(t)
    await toDan('five')
    await untilHeld(cluster, 5)
    t.same(last.heard, [], 'it dozes: what is normal waits')
    await toDan('call', { urgency: 'now' })
    await last.hears('five', 'call')
    await toDan('six', { urgency: 'low', mustWake: true, maxDeferSeconds: 1 })
    await last.hears('six')
    t.same(last.heard, ['five', 'call', 'six'], 'its time had come, whatever the device does')
  })

  t.test(`${transport}: what waits outlives kill -9 of gate and logic`, async t => {
    const cluster = await startEmbedded(t, t.testdir(), SLEEPY)
    const backend = createBackend({ url: cluster.backends[0]!, key: KEY, timeoutMs: 60_000 })
    t.teardown(() => backend.close())
    const phone = new Phone('ann', cluster[transport][0]!)
    const send = sender(backend, 'ann')
    await phone.comesOnline(t)
    await send('waits', { urgency: 'low' })
    await untilHeld(cluster, 1)
    await cluster.gates[0]!.kill()
    await cluster.gates[0]!.start()
    await phone.hears('waits')
    await send('later')
    await phone.hears('later')
    t.same(phone.heard, ['waits', 'later'])
  })
}

t.test('devices that are awake', async t => {
  const cluster = await startEmbedded(t, t.testdir())
  for (const transport of ['tcp', 'ws'] as const) {
    await t.test(
      `${transport}: the newest of a collapse key is left, also after kill -9`,
      async t => {
        const uid = `newest by ${transport}`
        const backend = createBackend({ url: cluster.backends[0]!, key: KEY, timeoutMs: 60_000 })
        t.teardown(() => backend.close())
        const phone = new Phone(uid, cluster[transport][0]!)
        const send = sender(backend, uid)
        const terms = { collapseKey: 'score' }
        await send('0:0', terms)
        await send('hello')
        await send('1:0', terms)
        await cluster.logics[0]!.kill()
        await cluster.logics[0]!.start()
        await send('1:1', { ...terms, idempotencyKey: `goal-2-${transport}` })
        await send('1:1', { ...terms, idempotencyKey: `goal-2-${transport}` })
        await phone.comesOnline(t)
        await phone.hears('1:1')
        t.same(phone.heard, ['hello', '1:1'])
        await send('2:1', terms)
        await phone.hears('2:1')
        t.same(phone.heard, ['hello', '1:1', '2:1'], 'what was read stays')
      },
    )

    await t.test(
      `${transport}: what is never stored reaches who is online, and nobody later`,
      async t => {
        const uid = `live by ${transport}`
        const phone = new Phone(uid, cluster[transport][0]!)
        for (const url of [cluster.backends[0]!, cluster.http[0]!]) {
          const backend = createBackend({ url, key: KEY })
          t.teardown(() => backend.close())
          const send = sender(backend, uid)
          const toNobody = sender(backend, 'nobody')
          t.match(await toNobody('missed', { ttlSeconds: 0 }), { seq: 0, sessions: 0 })
          await phone.comesOnline(t)
          const ring = `ring by ${url}`
          t.match(await send(ring, { ttlSeconds: 0, urgency: 'now' }), { seq: 0, sessions: 1 })
          await phone.feels(ring)
          await phone.goesAway()
        }
        t.equal(phone.live.length, 2)
        t.same(phone.heard, [])
      },
    )
  }
})
