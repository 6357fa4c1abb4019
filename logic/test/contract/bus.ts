import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import {
  GroupBusy,
  UnknownTopic,
  type Batch,
  type Bus,
  type BusRecord,
  type ConsumeOptions,
  type Consumer,
  type StoredRecord,
} from '../../src/bus/bus.ts'

export interface BusContract {
  /** Buses that share one cluster, as processes do. */
  open(): Promise<Bus>
  /** A member that says nothing for this long is gone. */
  memberGoneMs: number
}

const HOUR_MS = 3_600_000
const PATIENCE_MS = 40_000

export const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

export const until = async (
  what: string,
  holds: () => boolean | Promise<boolean>,
): Promise<void> => {
  const end = performance.now() + PATIENCE_MS
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`)
    await sleep(20)
  }
}

export const record = (topic: string, key: string, text: string): BusRecord => ({
  topic,
  key,
  headers: { msgid: text },
  value: Buffer.from(text),
  time: Date.now(),
})

export const textOf = ({ value }: { readonly value: Uint8Array }): string =>
  Buffer.from(value).toString()

/** What a consumer got, in order. */
export interface Taken {
  readonly consumer: Consumer
  readonly records: StoredRecord[]
  readonly texts: () => string[]
}

/** Consumes and commits everything. */
export const take = (
  bus: Bus,
  group: string,
  topics: readonly string[],
  options: Partial<ConsumeOptions> = {},
): Taken => {
  const records: StoredRecord[] = []
  const consumer = bus.consume({
    group,
    topics,
    handle: async (batch: Batch) => {
      records.push(...batch.records)
      batch.commit(batch.records.at(-1)!.offset)
    },
    ...options,
  })
  return { consumer, records, texts: () => records.map(textOf) }
}

const names = (count: number, prefix = ''): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`)

const sorted = (texts: readonly string[]): string[] => [...texts].sort()

/** Texts of each key in the order in which they came first. */
export const firstsByKey = (records: readonly StoredRecord[]): Map<string, string[]> => {
  const byKey = new Map<string, string[]>()
  for (const each of records) {
    const texts = byKey.get(each.key) ?? []
    if (!texts.includes(textOf(each))) texts.push(textOf(each))
    byKey.set(each.key, texts)
  }
  return byKey
}

/** What every Bus does. Each test has topics and groups of its own, so that they run beside each other. */
export const busContract = async (t: Test, { open, memberGoneMs }: BusContract): Promise<void> => {
  const own = (): string => `lw-${randomUUID().slice(0, 12)}`
  const [bus, other] = await Promise.all([open(), open()])
  t.teardown(() => Promise.all([bus.close(), other.close()]))
  const topicOf = async (partitions = 4): Promise<string> => {
    const topic = own()
    await bus.create([{ topic, partitions, retentionMs: HOUR_MS }])
    return topic
  }
  t.jobs = 20
  const test = (name: string, body: (t: Test) => Promise<void>): void =>
    void t.test(name, { buffered: true, timeout: 120_000 }, body)

  test('a topic is made once, grows, and is listed', async t => {
    const topic = await topicOf(2)
    await other.create([{ topic, partitions: 2, retentionMs: HOUR_MS }])
    await other.create([{ topic, partitions: 5, retentionMs: 2 * HOUR_MS }])
    await bus.create([{ topic, partitions: 3, retentionMs: 2 * HOUR_MS }])
    await until('it is grown', async () => {
      const info = (await bus.topics()).find(each => each.topic === topic)
      return info?.partitions.length === 5 && info.retentionMs === 2 * HOUR_MS
    })
    await t.rejects(bus.create([{ topic: 'no/slash', partitions: 1, retentionMs: HOUR_MS }]), {
      message: /topic is "no\/slash"/,
    })
    await t.rejects(bus.create([{ topic: own(), partitions: 0, retentionMs: HOUR_MS }]), RangeError)
  })

  test('nothing is published where a topic is unknown', async t => {
    const topic = await topicOf(1)
    await t.rejects(bus.publish([record(topic, 'k', 'a'), record(own(), 'k', 'b')]), UnknownTopic)
    await bus.publish([record(topic, 'k', 'c')])
    const taken = take(other, own(), [topic])
    await until('it came', () => taken.records.length > 0)
    t.same(taken.texts(), ['c'])
  })

  test('a record comes as it was published', async t => {
    const topic = await topicOf(1)
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    const sent: BusRecord[] = [
      {
        topic,
        key: 'kéy 1',
        headers: { logid: 'é', empty: '' },
        value: bytes,
        time: 1_700_000_000_123,
      },
      { topic, key: '', headers: {}, value: new Uint8Array(0), time: Date.now() },
      { topic, key: 'big', headers: {}, value: new Uint8Array(300_000).fill(7), time: Date.now() },
    ]
    await bus.publish(sent)
    const taken = take(other, own(), [topic])
    await until('all came', () => taken.records.length === 3)
    const plain = ({ key, headers, value, time }: BusRecord): unknown => [
      key,
      { ...headers },
      Buffer.from(value).toString('base64'),
      time,
    ]
    t.same(taken.records.map(plain), sent.map(plain))
    const offsets = taken.records.map(({ offset }) => offset)
    t.same(offsets, [offsets[0]!, offsets[0]! + 1, offsets[0]! + 2])
  })

  test('each key keeps its order, over thousands of records of calls under way together', async t => {
    const topic = await topicOf()
    const calls: Promise<void>[] = []
    for (let call = 0; call < 200; call++)
      calls.push(bus.publish(names(20).map(key => record(topic, key, `${key}:${call}`))))
    await Promise.all(calls)
    const taken = take(other, own(), [topic], { maxRecords: 100 })
    await until('all came', () => taken.records.length >= 4_000)
    for (const [key, texts] of firstsByKey(taken.records))
      t.same(texts, names(200, `${key}:`), `key ${key}`)
    t.ok(new Set(taken.records.map(({ partition }) => partition)).size > 1, 'partitions share them')
    const ends = await bus.topics()
    const { partitions } = ends.find(each => each.topic === topic)!
    t.equal(
      partitions.reduce((sum, { end }) => sum + end, 0),
      4_000,
    )
  })

  test('two processes append to one partition: nothing lost, each key in order', async t => {
    const topic = await topicOf(1)
    const publish = async (from: Bus, key: string): Promise<void> => {
      for (let n = 0; n < 40; n++) await from.publish([record(topic, key, `${key}${n}`)])
    }
    await Promise.all([publish(bus, 'a'), publish(other, 'b')])
    const taken = take(bus, own(), [topic])
    await until('all came', () => taken.records.length >= 80)
    t.same(
      firstsByKey(taken.records),
      new Map([
        ['a', names(40, 'a')],
        ['b', names(40, 'b')],
      ]),
    )
    t.equal(taken.records.length, 80)
  })

  test('each group gets everything; one that is stuck holds nobody up', async t => {
    const topic = await topicOf(2)
    let release = (): void => undefined
    const stuckFor = new Promise<void>(resolve => (release = resolve))
    const stuck = take(bus, own(), [topic], { handle: () => stuckFor })
    await bus.publish(names(50).map(text => record(topic, text, text)))
    const first = take(bus, own(), [topic])
    const second = take(other, own(), [topic])
    await until('both have all', () => first.records.length + second.records.length >= 100)
    t.same(sorted(first.texts()), sorted(names(50)))
    t.same(sorted(second.texts()), sorted(names(50)))
    release()
    await stuck.consumer.close()
  })

  test('a group may begin at the end', async t => {
    const topic = await topicOf(2)
    await bus.publish(names(10, 'old').map(text => record(topic, text, text)))
    const taken = take(bus, own(), [topic], { from: 'latest' })
    await until('it owns all', () => taken.consumer.owned.length === 2)
    let count = 0
    await until('new ones come', async () => {
      await bus.publish([record(topic, 'k', `new${count++}`)])
      return taken.records.length > 0
    })
    t.same(
      taken.texts().filter(text => text.startsWith('old')),
      [],
    )
  })

  test('what was committed does not come again, what was not does', async t => {
    const topic = await topicOf(1)
    const group = own()
    await bus.publish(names(10).map(text => record(topic, 'k', text)))
    let kept: Batch | undefined
    const half = take(bus, group, [topic], {
      handle: async batch => {
        kept = batch
        const fifth = batch.records.find(each => textOf(each) === '4')
        if (fifth !== undefined) batch.commit(fifth.offset)
        await new Promise(resolve => batch.signal.addEventListener('abort', resolve))
      },
    })
    await until('it was handed over', () => kept !== undefined)
    await half.consumer.close()
    kept?.commit(kept.records.at(-1)!.offset)
    const rest = take(other, group, [topic])
    await until('the rest came', () => rest.records.length >= 5)
    t.same(rest.texts(), names(10).slice(5))
    await rest.consumer.close()
    const [place] = await bus.offsets(group)
    t.match(place, { topic, partition: 0, lag: 0 })
    t.equal(place?.offset, place?.end)
  })

  test('where the handler fails, the same records come again, and nothing behind them', async t => {
    const topic = await topicOf(1)
    await bus.publish(names(6).map(text => record(topic, 'k', text)))
    const seen: string[] = []
    let failures = 0
    const taken = take(bus, own(), [topic], {
      maxRecords: 2,
      handle: async batch => {
        seen.push(...batch.records.map(textOf))
        if (batch.records.some(each => textOf(each) === '2') && failures++ < 2)
          throw new Error('not today')
        batch.commit(batch.records.at(-1)!.offset)
      },
    })
    await until('the last one came', () => seen.includes('5'))
    t.equal(failures, 3)
    const firsts = seen.filter((text, index) => seen.indexOf(text) === index)
    t.same(firsts, names(6))
    t.equal(seen.filter(text => text === '2').length, 3)
    t.notOk(seen.slice(0, seen.lastIndexOf('2')).includes('4'), 'nothing overtook')
    await taken.consumer.close()
  })

  test('members share the partitions; who leaves gives them to the others', async t => {
    const topic = await topicOf(4)
    const group = own()
    const first = take(bus, group, [topic])
    await until('the first owns all', () => first.consumer.owned.length === 4)
    const second = take(other, group, [topic])
    await until('they share', () => {
      const all = [...first.consumer.owned, ...second.consumer.owned]
      return second.consumer.owned.length === 2 && new Set(all).size === 4 && all.length === 4
    })
    await bus.publish(names(100).map(text => record(topic, text, text)))
    await until('all came', () => new Set([...first.texts(), ...second.texts()]).size === 100)
    t.ok(first.records.length > 0 && second.records.length > 0, 'both had a share')
    await second.consumer.close()
    await until('the first has all again', () => first.consumer.owned.length === 4)
    await bus.publish(names(100, 'more').map(text => record(topic, text, text)))
    const all = (): Set<string> => new Set([...first.texts(), ...second.texts()])
    await until('the others came', () => all().size === 200)
    t.equal(all().size, 200)
  })

  test('a handler may take longer than a member may be silent: it keeps its partition', async t => {
    const topic = await topicOf(1)
    const group = own()
    const seen: string[] = []
    const slow = take(bus, group, [topic], {
      maxRecords: 1,
      handle: async batch => {
        seen.push(...batch.records.map(textOf))
        if (seen.length === 1) await sleep(memberGoneMs * 1.5)
        batch.commit(batch.records.at(-1)!.offset)
      },
    })
    await bus.publish(names(3).map(text => record(topic, 'k', text)))
    await until('all came', () => seen.length >= 3)
    await slow.consumer.close()
    t.same(seen, names(3), 'each once')
    const [place] = await bus.offsets(group)
    t.equal(place?.lag, 0)
  })

  test('a group is moved to the start, the end, or a time; not while it has members', async t => {
    const topic = await topicOf(1)
    const group = own()
    const at = Date.now()
    const old = names(5, 'old').map(text => ({ ...record(topic, 'k', text), time: at - 60_000 }))
    await bus.publish(old)
    await bus.publish(names(5, 'new').map(text => ({ ...record(topic, 'k', text), time: at })))
    const first = take(bus, group, [topic])
    await until('all came', () => first.records.length === 10)
    await t.rejects(other.seek(group, topic, 'earliest'), GroupBusy)
    await first.consumer.close()
    await other.seek(group, topic, { time: at - 1 })
    const second = take(bus, group, [topic])
    await until('from the time on', () => second.records.length >= 5)
    t.same(second.texts(), names(5, 'new'))
    await second.consumer.close()
    t.equal((await bus.offsets(group))[0]?.lag, 0)
    await bus.seek(group, topic, 'earliest')
    t.equal((await bus.offsets(group))[0]?.lag, 10)
    await bus.seek(group, topic, 'latest')
    t.equal((await bus.offsets(group))[0]?.lag, 0)
    t.ok((await other.groups()).includes(group))
  })

  test('the lag of a group that never was is everything', async t => {
    const topic = await topicOf(2)
    await bus.publish(names(7).map(text => record(topic, text, text)))
    const places = await other.offsets(own(), [topic])
    t.equal(places.length, 2)
    t.equal(
      places.reduce((sum, { lag }) => sum + lag, 0),
      7,
    )
    t.ok(places.every(({ offset }) => offset === -1))
  })
}
