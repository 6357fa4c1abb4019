import t from 'tap'
import { ASK, Contexts } from '../../src/trunk/contexts.ts'

t.test('an answer finds its request by sequenceid, once', async t => {
  const contexts = new Contexts()
  const id = contexts.open(ASK.PULL, 5, 1, 1_000)
  const sequenceid = contexts.sequenceid(id)
  t.equal(contexts.find(sequenceid), id)
  t.same([contexts.kind[id], contexts.slot[id], contexts.link[id]], [ASK.PULL, 5, 1])
  contexts.close(id)
  t.equal(contexts.find(sequenceid), -1)
  const again = contexts.open(ASK.PULL, 6, 1, 1_000)
  t.equal(again, id, 'the row is used again')
  t.equal(contexts.find(sequenceid), -1, 'a late answer finds nobody')
  t.equal(contexts.find(2 ** 53 - 1), -1)
})

t.test('the oldest expires first, whatever was closed in between', async t => {
  const contexts = new Contexts()
  const ids = [1, 2, 3, 4].map(now => contexts.open(ASK.LOGIN, now, 1, now))
  contexts.close(ids[1] ?? -1)
  contexts.close(ids[3] ?? -1)
  t.equal(contexts.expired(0), -1)
  t.equal(contexts.expired(1), ids[0])
  contexts.close(ids[0] ?? -1)
  t.equal(contexts.expired(2), -1)
  t.equal(contexts.expired(9), ids[2])
  contexts.close(ids[2] ?? -1)
  t.equal(contexts.expired(9), -1)
  t.equal(contexts.size, 0)
})

t.test('requests of a link are found', async t => {
  const contexts = new Contexts()
  contexts.open(ASK.PULL, 1, 1, 0)
  const id = contexts.open(ASK.PULL, 2, 2, 0)
  t.same(contexts.ofLink(2), [contexts.sequenceid(id)])
  t.same(contexts.ofLink(3), [])
})

t.test(
  'a request that moves to another link keeps its time, and its old name finds nobody',
  async t => {
    const contexts = new Contexts()
    const id = contexts.open(ASK.LOGIN, 1, 1, 500)
    contexts.open(ASK.LOGIN, 2, 1, 600)
    const before = contexts.sequenceid(id)
    contexts.move(id, 2)
    t.equal(contexts.find(before), -1)
    t.equal(contexts.find(contexts.sequenceid(id)), id)
    t.same(contexts.ofLink(2), [contexts.sequenceid(id)])
    t.equal(contexts.expired(500), id)
    t.same([contexts.asked[id], contexts.startedAt[id]], [2, 500])
  },
)

t.test('a million timed out requests leave memory flat', async t => {
  const contexts = new Contexts()
  const waiting = 1_000
  for (let now = 0; now < 1_000_000; now++) {
    contexts.open(ASK.PULL, now % 100, 1, now)
    for (let id = contexts.expired(now - waiting); id >= 0; id = contexts.expired(now - waiting))
      contexts.close(id)
  }
  t.equal(contexts.size, waiting)
  t.ok(contexts.capacity <= 2 * waiting + 1_024, `${contexts.capacity} rows`)
})
