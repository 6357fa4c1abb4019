import {
  createPresence,
  verifyWebhook,
  type Presence,
  type PresenceEvent,
} from '@longwire/client/backend'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { KEY, startOnServices, type Cluster } from './cluster.ts'
import { Person } from './people.ts'

const redis = process.env['LONGWIRE_TEST_REDIS'] ?? ''
const skip = redis !== '' ? false : 'LONGWIRE_TEST_REDIS is not set'
const SECRET = 'e2e-webhook-secret-01'

t.setTimeout(240_000)

type EndEvent = Extract<PresenceEvent, { kind: 'online' | 'offline' }>

const isOfEnd = (event: PresenceEvent): event is EndEvent =>
  event.kind === 'online' || event.kind === 'offline'

/** All that was told, by the stream and by the webhook. */
class Ears {
  readonly stream: PresenceEvent[] = []
  /** By id; a webhook may be told twice. */
  readonly webhook = new Map<string, PresenceEvent>()
  #waiting: (() => void)[] = []

  async listen(presence: Presence, signal: AbortSignal): Promise<void> {
    for await (const event of presence.events({ after: 0, signal })) {
      this.stream.push(event)
      this.#wake()
    }
  }

  async serve(t: Test): Promise<string> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const signature = String(request.headers['longwire-signature'])
        const { events } = verifyWebhook({ secret: SECRET, signature, body: Buffer.concat(chunks) })
        for (const event of events) if ('id' in event) this.webhook.set(event.id, event)
        response.writeHead(204).end()
        this.#wake()
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => server.close())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  /** What was told of a user, as `online at gate1`. */
  of(uid: string): string[] {
    return this.stream
      .filter(isOfEnd)
      .filter(event => event.uid === uid)
      .map(({ kind, gate, reason }) => `${kind} ${gate.split('@')[0]} ${reason}`)
  }

  gates(kind: 'gate_up' | 'gate_down'): number {
    return this.stream.filter(event => event.kind === kind).length
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

const untilOnline = async (
  presence: Presence,
  wanted: Readonly<Record<string, boolean>>,
): Promise<void> => {
  for (;;) {
    const users = await presence.online(Object.keys(wanted))
    if (users.every(({ uid, online }) => wanted[uid] === online)) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

const start = async (t: Test): Promise<{ cluster: Cluster; ears: Ears; presence: Presence }> => {
  const ears = new Ears()
  const url = await ears.serve(t)
  const cluster = await startOnServices(t, redis, 'unused', {
    LONGWIRE_STORE: `lmdb:${t.testdir({ store: {} })}/store`,
    LONGWIRE_PRESENCE_APPCODES: '[1, 2]',
    LONGWIRE_PRESENCE_SETTLE_MS: '1000',
    LONGWIRE_WEBHOOKS: JSON.stringify([
      { name: 'test', url, secret: SECRET, allow: ['127.0.0.0/8'] },
    ]),
  })
  const presence = createPresence({ url: cluster.http[1] ?? '', key: KEY })
  const end = new AbortController()
  t.teardown(() => end.abort())
  void ears.listen(presence, end.signal).catch(t.threw)
  await ears.until(() => ears.gates('gate_up') >= 2)
  return { cluster, ears, presence }
}

t.test(
  'a killed gate, a paused gate and a killed logic: told once, asked right',
  { skip },
  async t => {
    const { cluster, ears, presence } = await start(t)
    const [gate1, gate2] = cluster.gates
    const ann = new Person('ann', cluster.tcp.slice(0, 1))
    const bob = new Person('bob', cluster.tcp)
    const cyd = new Person('cyd', cluster.tcp.slice(1))
    for (const person of [ann, bob, cyd]) await person.comesOnline(t)
    await ears.until(() => ears.stream.filter(isOfEnd).length >= 3)
    t.strictSame(ears.of('ann'), ['online gate1 login'])
    await untilOnline(presence, { ann: true, bob: true, cyd: true })

    await gate1?.kill()
    await untilOnline(presence, { ann: false, bob: true, cyd: true })
    await ears.until(() => ears.of('ann').length >= 2)
    t.equal(ears.of('ann')[1], 'offline gate1 gate-lost')
    t.match(
      ears.stream.find(event => event.kind === 'gate_down'),
      { reason: 'link-closed', gate: /^gate1@/ },
    )
    await gate1?.start()
    await untilOnline(presence, { ann: true, bob: true, cyd: true })
    await ears.until(() => ears.of('ann').length >= 3)
    t.equal(ears.of('ann')[2], 'online gate1 login', 'who dials again is told once')

    gate2?.pause()
    await untilOnline(presence, { ann: true, cyd: false })
    await ears.until(() => ears.of('cyd').length >= 2)
    t.equal(ears.of('cyd')[1], 'offline gate2 gate-lost')
    t.match(
      ears.stream.findLast(event => event.kind === 'gate_down'),
      { reason: 'silent', gate: /^gate2@/ },
    )
    const elsewhere = new Person('cyd', cluster.tcp.slice(0, 1))
    await elsewhere.comesOnline(t)
    await ears.until(() => ears.of('cyd').length >= 3)
    t.equal(ears.of('cyd')[2], 'online gate1 login')
    gate2?.resume()
    await ears.until(() => ears.gates('gate_up') >= 4)

    await cluster.logics[0]?.kill()
    const dan = new Person('dan', cluster.tcp)
    await dan.comesOnline(t)
    await ears.until(() => ears.of('dan').length >= 1)
    await dan.goesAway()
    await ears.until(() => ears.of('dan').length >= 2)
    t.strictSame(
      ears.of('dan').map(line => line.split(' ')[0]),
      ['online', 'offline'],
    )
    await cluster.logics[0]?.start()

    const told = ears.stream.filter(isOfEnd)
    const last = told.at(-1)
    await ears.until(() => last !== undefined && ears.webhook.has(last.id))
    check(t, told, ears)
  },
)

/** Each end's events alternate, none is there twice, and the webhook was told all of them. */
const check = (t: Test, told: readonly EndEvent[], ears: Ears): void => {
  const kinds = new Map<string, string>()
  for (const { uid, appcode, device, kind } of told) {
    const end = `${uid}/${appcode}/${device}`
    if ((kinds.get(end) ?? 'offline') === kind) t.fail(`${end} was told ${kind} twice`)
    kinds.set(end, kind)
  }
  t.equal(new Set(told.map(({ id }) => id)).size, told.length, 'each event is in the stream once')
  const missing = told.filter(({ id }) => !ears.webhook.has(id))
  t.strictSame(missing, [], 'the webhook was told all of them')
}
