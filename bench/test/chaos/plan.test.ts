import t from 'tap'
import { bodyOf, planEnds, readBody } from '../../src/chaos/plan.ts'

t.test('a body says what it is, and nothing where it is not whole', async t => {
  const body = bodyOf(17, 3, 2)
  t.equal(Buffer.byteLength(body), 256)
  t.same(readBody(body), { id: 17, user: 3, round: 2 })
  for (const broken of [body.slice(1), body.slice(0, -1), `${body}x`, body.replace('7', '8'), '']) {
    t.equal(readBody(broken).id, 0)
  }
})

t.test('a seed decides who the clients are', async t => {
  const ends = planEnds(1_000, 5)
  t.equal(ends.length, 1_000)
  t.same(planEnds(1_000, 5), ends)
  t.not(JSON.stringify(planEnds(1_000, 6)), JSON.stringify(ends))
  const places = new Set(ends.map(({ uid, appcode, device }) => `${uid} ${appcode} ${device}`))
  t.equal(places.size, 1_000, 'no two are one device')
  for (const crew of ['apps', 'crashers', 'stalled']) {
    t.ok(
      ends.some(end => end.crew === crew),
      crew,
    )
  }
  for (const appcode of [1, 2]) t.ok(ends.some(end => end.appcode === appcode))
  const perBrowser = new Map<number, number>()
  for (const { user, appcode } of ends) {
    if (appcode === 2) perBrowser.set(user, (perBrowser.get(user) ?? 0) + 1)
  }
  t.same(
    [...new Set(perBrowser.values())].sort((a, b) => a - b),
    [1, 2],
    'some users have two browsers',
  )
})
