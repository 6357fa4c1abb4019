import { createMetrics, seededRandom, systemClock, type Metrics } from '@longwire/kit'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { EventLog } from '../../src/events/event-log.ts'
import type { EndEvent, Event } from '../../src/events/event.ts'
import { memoryTable } from '../../src/store/memory.ts'
import type { Table } from '../../src/store/table.ts'
import type { Resolve } from '../../src/webhooks/guard.ts'
import { Webhooks, type WebhookConfig } from '../../src/webhooks/webhooks.ts'
import { silent } from '../rig.ts'

const SECRET = 'webhook-secret-0123'

interface Delivery {
  readonly headers: IncomingMessage['headers']
  readonly raw: string
  readonly body: {
    events: { id: string; uid?: string; seq: number }[]
    gap?: object
    reset?: boolean
  }
}

/** Answers deliveries as the test says. */
const receiver = async (t: Test, status: (delivery: Delivery, nth: number) => number | 'hang') => {
  const taken: Delivery[] = []
  const waiting: (() => void)[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString()
      const body = JSON.parse(raw) as Delivery['body']
      const delivery = { headers: request.headers, raw, body }
      const answer = status(delivery, taken.length)
      taken.push(delivery)
      for (const wake of waiting.splice(0)) wake()
      if (answer === 'hang') return
      const location = { location: 'http://169.254.169.254/latest/meta-data/' }
      response.writeHead(answer, answer === 302 ? location : {}).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    taken,
    port: (server.address() as AddressInfo).port,
    async until(done: () => boolean): Promise<void> {
      while (!done()) await new Promise<void>(resolve => waiting.push(resolve))
    },
  }
}

let ids = 0
const online = (uid: string, appcode = 1, kind: EndEvent['kind'] = 'online'): Event => ({
  kind,
  id: String(++ids).padStart(16, '0'),
  at: 1,
  system: 'shop',
  uid,
  appcode,
  device: 'phone',
  gate: 'g@a',
  reason: 'login',
})

const hook = (port: number, over: Partial<WebhookConfig> = {}): WebhookConfig => ({
  name: 'crm',
  url: `http://hook.example:${port}/in?a=b`,
  secret: SECRET,
  events: [],
  appcodes: [],
  businesses: [],
  allow: ['127.0.0.0/8'],
  timeoutMs: 5_000,
  ...over,
})

const streamOn = (table: Table): EventLog =>
  new EventLog({
    table,
    clock: systemClock,
    random: seededRandom(1),
    logger: silent(),
    limits: { maxMessages: 1_000, maxBytes: 1_000_000 },
    graceMs: 60_000,
    retentionMs: 3_600_000,
  })

const start = (
  t: Test,
  table: Table,
  config: WebhookConfig,
  over: { resolve?: Resolve; metrics?: Metrics; node?: string } = {},
) => {
  const events = streamOn(table)
  const webhooks = new Webhooks([config], {
    table,
    events,
    clock: systemClock,
    random: seededRandom(2),
    logger: silent(),
    metrics: over.metrics ?? createMetrics({ process: false }),
    node: over.node ?? 'logic-1@a',
    resolve: over.resolve ?? (async () => ['127.0.0.1']),
  })
  webhooks.start()
  t.teardown(() => webhooks.stop())
  t.teardown(() => events.stop())
  return { events, webhooks }
}

/** Waits until the webhook has a place in the stream: what comes now is for it. */
const placed = async (table: Table, name = 'crm'): Promise<void> => {
  while ((await table.get(`webhooks/${name}`)) === undefined)
    await new Promise(resolve => setImmediate(resolve))
}

t.test('events come signed, in order, and only those that are wanted', async t => {
  const to = await receiver(t, () => 204)
  const table = memoryTable({ clock: systemClock })
  const { events } = start(t, table, hook(to.port, { appcodes: [1], events: ['online'] }))
  await placed(table)
  for (const event of [online('ann'), online('bob', 2), online('cyd')]) await events.append(event)
  await events.append(online('dan', 1, 'offline'))
  await to.until(() => to.taken.flatMap(({ body }) => body.events).length >= 2)
  const uids = to.taken.flatMap(({ body }) => body.events.map(({ uid }) => uid))
  t.strictSame(uids, ['ann', 'cyd'])
  const [{ headers, raw }] = to.taken as [Delivery]
  t.match(headers, {
    host: `hook.example:${to.port}`,
    'content-type': 'application/json',
    'longwire-webhook': 'crm',
  })
  const [, time = '', mac = ''] =
    /^t=(\d+),v1=(\w+)$/.exec(String(headers['longwire-signature'])) ?? []
  t.equal(mac, createHmac('sha256', SECRET).update(`${time}.${raw}`).digest('hex'))
})

t.test('a batch that is not taken comes again, before anything behind it', async t => {
  const answers = [500, 302, 429]
  const to = await receiver(t, (_, nth) => answers[nth] ?? 200)
  const table = memoryTable({ clock: systemClock })
  const metrics = createMetrics({ process: false })
  const { events } = start(t, table, hook(to.port), { metrics })
  await placed(table)
  await events.append(online('ann'))
  await to.until(() => to.taken.length >= 1)
  await events.append(online('bob'))
  await to.until(() => to.taken.length >= 4 && to.taken.at(-1)!.body.events.at(-1)?.uid === 'bob')
  for (const { body } of to.taken.slice(0, 4)) t.equal(body.events[0]?.uid, 'ann')
  const text = await metrics.text()
  for (const result of ['5xx', '3xx', '4xx'])
    t.match(text, `longwire_webhook_deliveries_total{webhook="crm",result="${result}"} 1`)
})

t.test('another node takes over from one that was killed in the middle of a delivery', async t => {
  const to = await receiver(t, (_, nth) => (nth === 0 ? 'hang' : 200))
  const table = memoryTable({ clock: systemClock })
  let killed = false
  const gone = (): Promise<never> => new Promise(() => undefined)
  const mortal: Table = {
    get: key => (killed ? gone() : table.get(key)),
    range: (...args) => (killed ? gone() : table.range(...args)),
    insert: rows => (killed ? gone() : table.insert(rows)),
    raise: rows => (killed ? gone() : table.raise(rows)),
    replace: rows => (killed ? gone() : table.replace(rows)),
    swap: (...args) => (killed ? gone() : table.swap(...args)),
    remove: keys => (killed ? gone() : table.remove(keys)),
    close: async () => undefined,
  }
  const first = new Webhooks([hook(to.port)], {
    table: mortal,
    events: streamOn(mortal),
    clock: systemClock,
    random: seededRandom(2),
    logger: silent(),
    metrics: createMetrics({ process: false }),
    node: 'logic-1@a',
    resolve: async () => ['127.0.0.1'],
  })
  first.start()
  await placed(table)
  const { events } = start(t, table, hook(to.port), { node: 'logic-2@b' })
  await events.append(online('ann'))
  await events.append(online('bob'))
  await to.until(() => to.taken.length === 1)
  killed = true
  await to.until(() => to.taken.slice(1).flatMap(({ body }) => body.events).length >= 2)
  const uids = to.taken.slice(1).flatMap(({ body }) => body.events.map(({ uid }) => uid))
  t.strictSame(uids, ['ann', 'bob'], 'none is lost')
  t.equal(to.taken[0]?.body.events[0]?.id, to.taken[1]?.body.events[0]?.id, 'known by its id')
})

t.test('a name that turns to another address between two requests is refused', async t => {
  const to = await receiver(t, () => 200)
  const table = memoryTable({ clock: systemClock })
  const metrics = createMetrics({ process: false })
  let asked = 0
  const resolve = async (): Promise<string[]> => [++asked === 1 ? '127.0.0.1' : '169.254.169.254']
  const { events } = start(t, table, hook(to.port), { resolve, metrics })
  await placed(table)
  await events.append(online('ann'))
  await to.until(() => to.taken.length === 1)
  t.equal(asked, 1, 'the address that was checked is the one that is used')
  await events.append(online('bob'))
  while (!(await metrics.text()).includes('result="address-refused"} 1'))
    await new Promise(resolve => setImmediate(resolve))
  t.equal(to.taken.length, 1)
})
