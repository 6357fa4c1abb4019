import { VirtualClock } from '@longwire/kit'
import t from 'tap'
import { RevocationFeed, type Revocation } from '../../src/login/revocation-feed.ts'
import { Revocations } from '../../src/login/revocations.ts'
import { memoryTable, type Operation } from '../../src/store/memory.ts'
import type { Table } from '../../src/store/table.ts'
import { silent } from '../rig.ts'

const DAY = 24 * 3_600_000
const ANN = { system: 'shop', uid: 'ann', appcode: 1 }
const TOKEN = { proven: true, expiresMs: 0, issuedAt: 1_000, tokenId: '' } as const
const OF_ANN = { ...ANN, appcode: 0, tokenId: '', issuedBefore: 0, reason: '', by: 'ops' }

interface Scene {
  readonly clock: VirtualClock
  readonly table: Table
  readonly broken: Set<Operation>
  node(): Promise<Node>
  /** Time passes, and what it starts comes to its end. */
  pass(ms: number): Promise<void>
}
interface Node {
  readonly revocations: Revocations
  readonly told: [number, boolean][]
}

const stage = (t: { teardown(task: () => Promise<void>): void }): Scene => {
  const clock = new VirtualClock(1_700_000_000_000)
  const broken = new Set<Operation>()
  const table = memoryTable({
    clock,
    fault: operation => (broken.has(operation) ? { fail: 'before' } : undefined),
  })
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn++) {
      clock.advance(0)
      await new Promise(setImmediate)
    }
  }
  return {
    clock,
    table,
    broken,
    async node() {
      const told: [number, boolean][] = []
      const tell = (each: readonly Revocation[], lifted: boolean): void =>
        void told.push(...each.map(({ seq }): [number, boolean] => [seq, lifted]))
      const feed = new RevocationFeed(table)
      const revocations = new Revocations({
        feed,
        clock,
        logger: silent(),
        lifetimeMs: DAY,
        tell,
      })
      const started = revocations.start()
      await turns()
      await started
      t.teardown(() => revocations.stop())
      return { revocations, told }
    },
    async pass(ms) {
      for (let left = ms; left > 0; left -= 250) {
        clock.advance(Math.min(250, left))
        await turns()
      }
    },
  }
}

/** Lets timers of the virtual clock run until `promise` is settled. */
const settled = async <T>(scene: Scene, promise: Promise<T>): Promise<T> => {
  let done = false
  const watched = promise.finally(() => {
    done = true
  })
  watched.catch(() => undefined)
  while (!done) await scene.pass(1)
  return watched
}

t.test('what one node takes every node refuses within a second, and after a restart', async t => {
  const scene = stage(t)
  const [one, two] = [await scene.node(), await scene.node()]
  const made = await settled(scene, one.revocations.revoke(OF_ANN))
  t.match(one.revocations.judge(ANN, TOKEN), { seq: made.seq })
  t.same(one.told, [[made.seq, false]])
  await scene.pass(1_000)
  t.match(two.revocations.judge(ANN, TOKEN), { seq: made.seq })
  t.same(two.told, [[made.seq, false]], 'its gates are told too')
  t.equal(two.revocations.judge({ ...ANN, uid: 'bob' }, TOKEN), undefined)
  const three = await scene.node()
  t.match(three.revocations.judge(ANN, TOKEN), { seq: made.seq })
  t.same(
    three.revocations.known().map(each => each.seq),
    [made.seq],
  )
  await settled(scene, two.revocations.lift(made.seq, 'ops'))
  t.equal(two.revocations.judge(ANN, TOKEN), undefined)
  await scene.pass(1_000)
  t.equal(one.revocations.judge(ANN, TOKEN), undefined)
  t.same(one.told.at(-1), [made.seq, true])
  t.equal(
    await settled(scene, one.revocations.lift(made.seq, 'ops')),
    undefined,
    'it holds no more',
  )
  t.same((await scene.node()).told, [[made.seq, true]], 'who comes later tells only that it ended')
})

t.test('many at once, by several nodes, are all kept, each in a place of its own', async t => {
  const scene = stage(t)
  const nodes = [await scene.node(), await scene.node(), await scene.node()]
  const made = await settled(
    scene,
    Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        nodes[n % 3]!.revocations.revoke({ ...OF_ANN, uid: `user-${n}` }),
      ),
    ),
  )
  t.equal(new Set(made.map(each => each.seq)).size, 60)
  await scene.pass(1_000)
  for (const { revocations } of nodes)
    for (let n = 0; n < 60; n++)
      t.ok(revocations.judge({ ...ANN, uid: `user-${n}` }, TOKEN) !== undefined)
})

t.test('they expire, are swept, and their places are not used again', async t => {
  const scene = stage(t)
  const { revocations } = await scene.node()
  const first = await settled(scene, revocations.revoke({ ...OF_ANN, uid: 'a' }))
  const lifted = await settled(scene, revocations.revoke({ ...OF_ANN, uid: 'b' }))
  await settled(scene, revocations.lift(lifted.seq, 'ops'))
  const last = await settled(scene, revocations.revoke({ ...OF_ANN, uid: 'c' }))
  const rows = async (): Promise<string[]> =>
    (await scene.table.range('revocations/', 'revocations0', 100)).map(row => row.key.slice(-2))
  t.same(await rows(), ['01', '02', '03', '04'])
  t.ok(revocations.judge({ ...ANN, uid: 'a' }, TOKEN))
  scene.clock.advance(DAY + 61_000)
  t.not(revocations.judge({ ...ANN, uid: 'a' }, TOKEN), first)
  await scene.pass(1_000)
  t.equal(revocations.judge({ ...ANN, uid: 'a' }, TOKEN), undefined, 'over')
  scene.clock.advance(11 * 60_000)
  await scene.pass(1_000)
  t.same(await rows(), ['04'], 'the last one keeps the place')
  t.equal(revocations.size, 0)
  const next = await settled(scene, revocations.revoke(OF_ANN))
  t.equal(next.seq, last.seq + 1)
})

t.test('a store that is away: what is known holds; after a while nobody is let in', async t => {
  const scene = stage(t)
  const { revocations } = await scene.node()
  await settled(scene, revocations.revoke(OF_ANN))
  scene.broken.add('range')
  await scene.pass(5_000)
  t.match(revocations.judge(ANN, TOKEN), { uid: 'ann' })
  t.equal(revocations.judge({ ...ANN, uid: 'bob' }, TOKEN), undefined)
  await scene.pass(6_000)
  t.equal(revocations.judge({ ...ANN, uid: 'bob' }, TOKEN), 'unknown')
  scene.broken.clear()
  await scene.pass(1_000)
  t.equal(revocations.judge({ ...ANN, uid: 'bob' }, TOKEN), undefined)
  const blind = stage(t)
  blind.broken.add('range')
  t.equal(
    (await blind.node()).revocations.judge(ANN, TOKEN),
    'unknown',
    'never before the first look',
  )
})

t.test('a store that was lost and began anew is read from its start', async t => {
  const scene = stage(t)
  const { revocations } = await scene.node()
  for (const uid of ['a', 'b', 'c']) await settled(scene, revocations.revoke({ ...OF_ANN, uid }))
  const rows = await settled(scene, scene.table.range('revocations/', 'revocations0', 100))
  await settled(scene, scene.table.remove(rows.map(row => row.key)))
  const other = new RevocationFeed(scene.table)
  const { uid } = ANN
  const expiresAt = scene.clock.now() + DAY
  await settled(scene, other.revoke({ ...OF_ANN, uid, createdAt: 0, expiresAt }))
  await scene.pass(1_000)
  t.match(revocations.judge(ANN, TOKEN), { seq: 1 })
  t.equal(revocations.judge({ ...ANN, uid: 'b' }, TOKEN), undefined)
})
