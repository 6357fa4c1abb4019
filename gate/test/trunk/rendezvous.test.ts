import t from 'tap'
import { hashName, weight } from '../../src/trunk/rendezvous.ts'

const pick = (nodes: readonly string[], uid: string): string => {
  const key = hashName(uid)
  return nodes.toSorted((a, b) => weight(hashName(b), key) - weight(hashName(a), key))[0] ?? ''
}

t.test('users spread evenly, and only those of a node that left move', async t => {
  const nodes = ['logic-1', 'logic-2', 'logic-3', 'logic-4']
  const counts = new Map<string, number>()
  let moved = 0
  for (let user = 0; user < 8_000; user++) {
    const uid = `user-${user}`
    const chosen = pick(nodes, uid)
    counts.set(chosen, (counts.get(chosen) ?? 0) + 1)
    const left = pick(nodes.slice(1), uid)
    if (left !== chosen) moved++
    if (chosen !== 'logic-1' && left !== chosen) t.fail(`${uid} moved from ${chosen} to ${left}`)
  }
  for (const [node, count] of counts)
    t.ok(Math.abs(count - 2_000) < 200, `${node} has ${count} of 8000`)
  t.equal(moved, counts.get('logic-1'))
})
