import { createMetrics, systemClock } from '@longwire/kit'
import t from 'tap'
import { BusUnavailable, type Bus } from '../../src/bus/bus.ts'
import { embeddedBus } from '../../src/bus/embedded/bus.ts'
import { failoverBus } from '../../src/bus/failover.ts'
import { kafkaBus } from '../../src/bus/kafka/bus.ts'
import { memoryTable } from '../../src/store/memory.ts'
import { firstsByKey, record, sleep, take, textOf, until } from '../contract/bus.ts'
import { silent } from '../rig.ts'
import { ownKafka, type OwnKafka } from './own-kafka.ts'

t.setTimeout(240_000)

const skip = process.env['LONGWIRE_TEST_KAFKA'] === undefined && 'LONGWIRE_TEST_KAFKA is not set'
const KEYS = 8

const open = (broker: string): Bus =>
  kafkaBus({
    brokers: [broker],
    clientId: 'lw-faults',
    clock: systemClock,
    logger: silent(),
    publishMs: 1_500,
    memberGoneMs: 3_000,
  })

/** Publishes until it is told to stop, each record until it is confirmed; every key in order. */
const publisher = (bus: Bus, topic: string) => {
  let stopping = false
  const confirmed = new Map<string, number>()
  const one = async (key: string): Promise<void> => {
    for (let n = 0; !stopping; n++) {
      while (true) {
        try {
          await bus.publish([record(topic, key, `${key}:${n}`)])
          confirmed.set(key, n + 1)
          break
        } catch (error) {
          if (!(error instanceof BusUnavailable)) throw error
          await sleep(50)
        }
      }
      await sleep(3)
    }
  }
  const running = Promise.all(Array.from({ length: KEYS }, (_, key) => one(`k${key}`)))
  return {
    total: (): number => [...confirmed.values()].reduce((sum, count) => sum + count, 0),
    stop: async (): Promise<ReadonlyMap<string, number>> => {
      stopping = true
      await running
      return confirmed
    },
  }
}

const expected = (confirmed: ReadonlyMap<string, number>): Map<string, string[]> =>
  new Map(
    [...confirmed].map(([key, count]) => [
      key,
      Array.from({ length: count }, (_, n) => `${key}:${n}`),
    ]),
  )

const distinct = (records: readonly { readonly value: Uint8Array }[]): number =>
  new Set(records.map(textOf)).size

t.test('faults of real brokers', { skip }, async t => {
  const [first, second] = await Promise.all([ownKafka(t, 'primary'), ownKafka(t, 'backup')])
  await rebalances(first)
  await killed(first)
  await failsOver(first, second)

  async function rebalances({ broker }: OwnKafka): Promise<void> {
    await t.test('members come and go under load: nothing lost, each key in order', async t => {
      const bus = open(broker)
      const topic = 'rebalanced'
      await bus.create([{ topic, partitions: 6, retentionMs: 3_600_000 }])
      const sending = publisher(bus, topic)
      const steady = take(bus, 'g', [topic])
      const all = [steady]
      for (let round = 0; round < 3; round++) {
        const other = open(broker)
        const guest = take(other, 'g', [topic])
        all.push(guest)
        await until('it has a share', () => guest.records.length > 20)
        await other.close()
      }
      const confirmed = await sending.stop()
      await until('all came', () => {
        const records = all.flatMap(({ records }) => records)
        return distinct(records) === sending.total()
      })
      for (const [key, texts] of expected(confirmed))
        t.same(
          firstsByKey(all.flatMap(({ records }) => records).sort(byOffset)).get(key),
          texts,
          `key ${key}`,
        )
      await until('all is committed', async () =>
        (await bus.offsets('g')).every(({ lag }) => lag === 0),
      )
      await bus.close()
    })
  }

  async function killed(kafka: OwnKafka): Promise<void> {
    await t.test('kill -9 of the broker: what was confirmed is there, consumers go on', async t => {
      const bus = open(kafka.broker)
      const topic = 'killed'
      await bus.create([{ topic, partitions: 4, retentionMs: 3_600_000 }])
      const taken = take(bus, 'g', [topic])
      const sending = publisher(bus, topic)
      await until('it flows', () => taken.records.length > 60)
      await kafka.kill()
      await t.rejects(bus.publish([record(topic, 'other', 'x')]), BusUnavailable)
      const before = sending.total()
      await kafka.start()
      await until('it flows again', () => sending.total() > before + 60)
      const confirmed = await sending.stop()
      await until('all came', () => distinct(taken.records) >= sending.total())
      for (const [key, texts] of expected(confirmed))
        t.same(firstsByKey(taken.records).get(key), texts, `key ${key}`)
      await bus.close()
    })
  }

  async function failsOver(primary: OwnKafka, backup: OwnKafka): Promise<void> {
    await t.test(
      'primary, backup, the table, and back: each key in order, nothing lost',
      async t => {
        const table = memoryTable({ clock: systemClock })
        const parts = { clock: systemClock, logger: silent() }
        const bus = failoverBus({
          ...parts,
          primary: open(primary.broker),
          backup: open(backup.broker),
          spool: embeddedBus({ ...parts, table }),
          metrics: createMetrics(),
          healthyMs: 2_000,
        })
        const topic = 'moved'
        await bus.create([{ topic, partitions: 4, retentionMs: 3_600_000 }])
        const taken = take(bus, 'g', [topic])
        const sending = publisher(bus, topic)
        const flows = async (where: string): Promise<void> => {
          const before = sending.total()
          await until(`it flows by the ${where}`, () => sending.total() > before + 60)
        }
        const read = (): Promise<void> =>
          until(
            'consumers are nearly up to date',
            () => sending.total() - distinct(taken.records) < 50,
          )
        await flows('primary')
        await until('both are consumed', () => taken.consumer.owned.length === 8)
        await read()
        await primary.kill()
        await until('the backup takes over', () => bus.health().problem.includes('backup'))
        await flows('backup')
        await read()
        await backup.kill()
        await until('the table takes over', () => bus.health().problem.includes('store'))
        await flows('table')
        await Promise.all([primary.start(), backup.start()])
        await until('a cluster takes over', () => !bus.health().problem.includes('store'))
        await until('the primary has it again', () => bus.health().problem === '')
        await flows('primary')
        const confirmed = await sending.stop()
        await until('all came', () => distinct(taken.records) >= sending.total())
        for (const [key, texts] of expected(confirmed))
          t.same(
            [...(firstsByKey(taken.records).get(key) ?? [])].sort(byNumber),
            texts,
            `key ${key}`,
          )
        const moved = outOfOrder(taken.records.map(textOf))
        t.ok(moved < 100, `only what the primary kept from its readers came late: ${moved}`)
        await bus.close()
      },
    )
  }
})

const byOffset = (a: { offset: number }, b: { offset: number }): number => a.offset - b.offset
const byNumber = (a: string, b: string): number => Number(a.split(':')[1]) - Number(b.split(':')[1])

/** Records that came after a later one of their key, repetitions aside. */
const outOfOrder = (texts: readonly string[]): number => {
  const seen = new Set<string>()
  const last = new Map<string, number>()
  let count = 0
  for (const text of texts) {
    if (seen.has(text)) continue
    seen.add(text)
    const [key = '', number = ''] = text.split(':')
    if (Number(number) < (last.get(key) ?? -1)) count++
    last.set(key, Math.max(Number(number), last.get(key) ?? -1))
  }
  return count
}
