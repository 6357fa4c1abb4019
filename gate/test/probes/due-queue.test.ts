import t from 'tap'
import { seededRandom } from '@longwire/kit'
import { DueQueue } from '../../src/probes/due-queue.ts'

t.test('what is put in comes out in the order of its time', async t => {
  const random = seededRandom(3)
  const queue = new DueQueue(500)
  const dueAt = Array.from({ length: 500 }, () => Math.floor(random() * 200))
  t.equal(queue.nextAt, Infinity)
  const out: number[] = []
  dueAt.forEach((due, id) => {
    queue.push(id, due)
    // Some leave while others come.
    if (id % 5 === 4) {
      const { nextAt } = queue
      t.equal(dueAt[queue.pop()], nextAt)
    }
  })
  while (queue.size > 0) out.push(dueAt[queue.pop()]!)
  t.strictSame(
    out,
    [...out].sort((a, b) => a - b),
  )
  t.equal(out.length, 400)
})
