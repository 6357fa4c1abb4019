import { createLogger, createMetrics, type Metrics } from '@longwire/kit'
import t from 'tap'
import { Arrivals } from '../../src/arrivals/arrivals.ts'
import { BUCKET_MS, KEPT_MS, nothing, type ArrivalNumbers } from '../../src/arrivals/rows.ts'
import { STAGE } from '../../src/arrivals/stages.ts'
import { TableUnavailable, type Row, type Table } from '../../src/store/table.ts'
import { memoryWorld, type World } from '../log/harness.ts'

interface Scene {
  readonly world: World
  /** What is in the table. */
  rows(): Promise<Row[]>
  readonly metrics: Metrics
  node(incarnation: string, table?: Table): Arrivals
  /** Of the business shop. */
  total(node: Arrivals, query?: { appcode?: number; msgtype?: number }): Promise<ArrivalNumbers>
}

const logger = createLogger({ level: 'silent', name: 'test' })
const HELLO = { business: 'shop', appcode: 1, msgtype: 7 }

const make = (): Scene => {
  const world = memoryWorld()
  const { clock, table } = world
  const metrics = createMetrics({ process: false })
  return {
    world,
    metrics,
    rows: () => world.settle(table.range('arrivals/', 'arrivals0', 10)),
    node: (incarnation, on = table) =>
      new Arrivals({
        table: on,
        clock,
        logger,
        metrics: incarnation === 'a' ? metrics : createMetrics({ process: false }),
        node: { role: 'logic', name: 'one', incarnation, address: '' },
      }),
    async total(node, { appcode, msgtype } = {}) {
      const query = { business: 'shop', appcode, msgtype, from: 0, to: clock.now() + 1 }
      const sum = { ...nothing() }
      for (const numbers of (await world.settle(node.read(query))).values())
        for (const stage of Object.keys(sum) as (keyof ArrivalNumbers)[])
          sum[stage] += numbers[stage]
      return sum
    },
  }
}

t.test('what nodes and their former lives counted is summed, by what is asked for', async t => {
  const { world, node, total } = make()
  const { clock } = world
  const [one, reborn] = [node('a'), node('b')]
  for (let n = 0; n < 5; n++) one.count(STAGE.accepted, HELLO, clock.now())
  one.count(STAGE.accepted, { ...HELLO, msgtype: 8 }, clock.now())
  one.count(STAGE.accepted, { ...HELLO, business: 'mall' }, clock.now())
  one.count(STAGE.accepted, { ...HELLO, business: '' }, clock.now())
  await world.settle(one.flush())
  reborn.count(STAGE.acked, { ...HELLO, appcode: 0 }, clock.now())
  reborn.count(STAGE.accepted, HELLO, clock.now())
  t.match(await total(reborn), { accepted: 7, acked: 1, expired: 0 })
  t.match(await total(reborn, { msgtype: 8 }), { accepted: 1, acked: 0 })
  t.match(await total(reborn, { appcode: 0 }), { accepted: 0, acked: 1 })
})

t.test('numbers stand at the time of acceptance, and are written by themselves', async t => {
  const { world, node, rows } = make()
  const { clock } = world
  const arrivals = node('a')
  const accepted = clock.now()
  arrivals.count(STAGE.accepted, HELLO, accepted)
  await world.pass(6_000)
  t.equal((await rows()).length, 1)
  await world.pass(3 * BUCKET_MS)
  arrivals.count(STAGE.acked, HELLO, accepted)
  arrivals.count(STAGE.accepted, HELLO, clock.now())
  const query = { business: 'shop', appcode: undefined, msgtype: undefined }
  const buckets = await world.settle(arrivals.read({ ...query, from: 0, to: clock.now() + 1 }))
  t.same(
    [...buckets.values()].map(numbers => [numbers.accepted, numbers.acked]),
    [
      [1, 1],
      [1, 0],
    ],
  )
  const late = await world.settle(
    arrivals.read({ ...query, from: clock.now(), to: clock.now() + 1 }),
  )
  t.same(
    [...late.values()].map(numbers => [numbers.accepted, numbers.acked]),
    [[1, 0]],
  )
})

t.test('a table that does not answer gets the numbers later, once', async t => {
  const { world, node, total } = make()
  const { clock, table } = world
  let down = true
  const flaky: Table = {
    ...table,
    get: key => table.get(key),
    range: (...args) => table.range(...args),
    // Written, but the answer is lost.
    async raise(rows) {
      await table.raise(rows)
      if (down) throw new TableUnavailable('down')
    },
  }
  const arrivals = node('a', flaky)
  for (let n = 0; n < 3; n++) arrivals.count(STAGE.inline, HELLO, clock.now())
  await t.rejects(world.settle(arrivals.flush()), TableUnavailable)
  arrivals.count(STAGE.inline, HELLO, clock.now())
  await world.pass(6_000)
  down = false
  await world.settle(arrivals.flush())
  t.equal((await total(arrivals)).inline, 4)
})

t.test('what is counted while numbers are written waits for the next time', async t => {
  const { world, node, total } = make()
  const { clock, table } = world
  let raises = 0
  const busy: Table = {
    ...table,
    get: key => table.get(key),
    range: (...args) => table.range(...args),
    async raise(rows) {
      raises++
      arrivals.count(STAGE.pulled, HELLO, clock.now())
      await table.raise(rows)
    },
  }
  const arrivals = node('a', busy)
  arrivals.count(STAGE.pulled, HELLO, clock.now())
  await world.settle(arrivals.flush())
  t.equal(raises, 1, 'a store that is always behind gets one write a time')
  await world.pass(6_000)
  t.equal(raises, 2, 'and the next by itself')
  t.equal((await total(arrivals)).pulled, 3)
})

t.test('one business has 256 kinds of its own, and one for the rest', async t => {
  const { world, node, metrics, total } = make()
  const { clock } = world
  const arrivals = node('a')
  for (let msgtype = 0; msgtype < 1_000; msgtype++)
    arrivals.count(STAGE.accepted, { ...HELLO, msgtype }, clock.now())
  arrivals.count(STAGE.accepted, { ...HELLO, business: 'mall', msgtype: 3 }, clock.now())
  t.equal((await total(arrivals)).accepted, 1_000)
  const lines = (await metrics.text()).split('\n').filter(line => line.includes('_arrivals_total{'))
  t.equal(lines.length, 256 + 1 + 1)
  t.ok(lines.some(line => /msgtype="other".* 744$/.test(line)))
  t.ok(
    lines.some(line =>
      line.endsWith('business="mall",appcode="1",msgtype="3",stage="accepted"} 1'),
    ),
  )
})

t.test('more times and kinds than there is room for are written, forgotten and summed', async t => {
  const { world, node, total } = make()
  const { clock } = world
  const arrivals = node('a')
  const begin = clock.now()
  await world.pass(5_000 * BUCKET_MS)
  for (let round = 0; round < 2; round++)
    for (let bucket = 0; bucket < 5_000; bucket++) {
      arrivals.count(STAGE.pulled, HELLO, begin + bucket * BUCKET_MS)
      if (bucket % 1_000 === 999) await world.settle(arrivals.flush())
    }
  t.equal((await total(arrivals)).pulled, 10_000)
  await world.settle(arrivals.flush())
  for (let round = 0; round < 2; round++)
    for (let bucket = 0; bucket < 5_000; bucket++) {
      arrivals.count(STAGE.pulled, HELLO, begin + bucket * BUCKET_MS)
      // Counted while the others are written.
      if (bucket % 1_000 === 998) void arrivals.flush()
      if (bucket % 1_000 === 999) await world.settle(arrivals.flush())
    }
  t.equal((await total(arrivals)).pulled, 20_000)
})

t.test('what is older than anybody may ask for is removed', async t => {
  const { world, node, rows, total } = make()
  const { clock } = world
  const arrivals = node('a')
  for (const business of ['shop', 'gone/'])
    arrivals.count(STAGE.accepted, { ...HELLO, business }, clock.now())
  await world.settle(arrivals.flush())
  await world.pass(KEPT_MS + 2 * BUCKET_MS)
  arrivals.count(STAGE.accepted, HELLO, clock.now())
  await world.pass(6_000)
  t.equal((await rows()).length, 1)
  t.equal((await total(arrivals)).accepted, 1)
})
