import { join } from 'node:path'
import {
  createClient,
  fileOutbox,
  type ClientOptions,
  type SendStatus,
} from '@longwire/client/node'
import { createLogger, systemClock } from '@longwire/kit'
import { embeddedBus, openLmdb, signToken, type StoredRecord } from '@longwire/logic'
import t, { type Test } from 'tap'
import { startAll, type RunningAll } from '../src/compose/all.ts'
import { run, silent, trialConfig } from './support.ts'

const start = async (t: Test, data: string, overrides: object = {}): Promise<RunningAll> => {
  const running = await startAll(trialConfig(data, overrides), silent)
  t.teardown(() => running.stop())
  return running
}

const optionsFor = ({ dev }: RunningAll, url: string, uid: string): ClientOptions => ({
  urls: [url],
  appcode: 1,
  uid,
  device: 'phone',
  token: () => signToken(dev?.secret ?? '', { uid, ttlSeconds: 60, nowMs: Date.now() }),
})

/** What is in a topic, once there are `count`: read by another process' eyes. */
const recordsOf = async (
  t: Test,
  data: string,
  topic: string,
  count: number,
): Promise<StoredRecord[]> => {
  const table = await openLmdb(join(data, 'store'))
  const logger = createLogger({ level: 'silent', name: 'test' })
  const bus = embeddedBus({ table, clock: systemClock, logger })
  t.teardown(async () => {
    await bus.close()
    await table.close()
  })
  const seen: StoredRecord[] = []
  await new Promise<void>(resolve => {
    bus.consume({
      group: 'test',
      topics: [topic],
      handle: async batch => {
        seen.push(...batch.records)
        if (seen.length >= count) resolve()
      },
    })
  })
  return seen
}

t.test(
  'messages of an app reach a topic once, in order, over TCP and WebSocket, and over restarts',
  async t => {
    const data = t.testdir()
    const first = await start(t, data)
    const { tcp = '', ws = '', http = '' } = first.addresses
    const env = { LONGWIRE_KEY: first.dev?.key ?? '' }
    const set = await run(
      ['c2s', 'set', '--url', http, '--msgtype', '7', '--topic', 'orders', '--appcode', '1'],
      env,
    )
    t.equal(set.err, '')
    t.match(set.out, /set appcode 1 msgtype 7 {2}→ orders \(reliable\)/)
    t.match((await run(['c2s', 'list', '--url', http], env)).out, /msgtype 7/)
    const statuses: SendStatus[] = []
    const outbox = join(data, 'outbox')
    {
      await using phone = createClient({
        ...optionsFor(first, tcp, 'ann'),
        outbox: fileOutbox(outbox),
      })
      await using page = createClient(optionsFor(first, ws, 'bob'))
      const early = phone.send({ msgtype: 7, body: 'a1' })
      await Promise.all([phone.connect(), page.connect()])
      const [one, two] = [await early, await phone.send({ msgtype: 7, body: 'a2' })]
      t.ok(two.msgid > one.msgid && one.logid < two.logid)
      await page.send({ msgtype: 7, body: Uint8Array.of(0, 255, 10) })
      await t.rejects(phone.send({ msgtype: 8, body: 'x' }), { code: 'NO_ROUTE', action: 'stop' })
      await first.stop()
      phone.on('status', status => void statuses.push(status))
      phone.send({ msgtype: 7, body: 'a3', id: 'third' }).catch(() => undefined)
      while (statuses.length === 0) await new Promise(setImmediate)
    }
    t.match(statuses[0], { id: 'third', status: 'queued' })
    const second = await start(t, data)
    await using again = createClient({
      ...optionsFor(second, second.addresses.tcp ?? '', 'ann'),
      outbox: fileOutbox(outbox),
    })
    const acked = new Promise<SendStatus>(resolve => {
      again.on('status', status => {
        if (status.status === 'acked') resolve(status)
      })
    })
    await again.connect()
    t.match(await acked, { id: 'third' }, 'what an earlier run of the app left')
    const seen = await recordsOf(t, data, 'orders', 4)
    const texts = (uid: string): string[] =>
      seen
        .filter(({ key }) => key === uid)
        .map(({ value }) => Buffer.from(value).toString('latin1'))
    t.same(texts('ann'), ['a1', 'a2', 'a3'])
    t.same(texts('bob'), ['\u0000\u00ff\n'])
  },
)
