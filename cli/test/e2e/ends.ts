import { createBackend } from '@longwire/client/backend'
import type { Test } from 'tap'
import { CODES, PREV_STATE, type edgeBody } from '@longwire/proto'
import { APPCODE, KEY, tokenFor, type Cluster } from './cluster.ts'
import { Person } from './people.ts'
import { RawEnd } from './raw-end.ts'

let names = 0
const newUid = (): string => `many-ended ${names++}`

/** What becomes of the ends of one user, seen from outside, over every transport. */
export const endsSuite = async (t: Test, cluster: Cluster): Promise<void> => {
  const backend = createBackend({ url: cluster.backends[0]!, key: KEY })
  t.teardown(() => backend.close())
  const send = async (uid: string, appcode: number, body: string, all = false): Promise<void> => {
    const to = { uid, appcode, ...(all ? { ends: 'all' as const } : {}) }
    await backend.publish({ to, msgtype: 1, body })
  }

  for (const transport of ['tcp', 'ws'] as const) {
    /** Each end dials the gates in another order, so the ends of a user are on several gates. */
    const urlsOf = (turn: number): readonly string[] => {
      const urls = cluster[transport]
      return urls.map((_, at) => urls[(at + turn) % urls.length]!)
    }
    let turns = 0
    const end = (uid: string, appcode: number, device: string): Person =>
      new Person(uid, urlsOf(turns++), { appcode, device })

    await t.test(
      `${transport}: one user on three appcodes and five devices, each with a cursor of its own`,
      async t => {
        const uid = newUid()
        const phone = end(uid, APPCODE.phone, 'phone')
        const web = end(uid, APPCODE.web, 'web')
        const desks = ['desk-1', 'desk-2', 'desk-3'].map(name => end(uid, APPCODE.desk, name))
        const everybody = [phone, web, ...desks]
        for (const each of everybody) await each.comesOnline(t)
        await send(uid, APPCODE.desk, 'desks')
        await send(uid, APPCODE.phone, 'phone')
        await send(uid, APPCODE.web, 'everybody', true)
        for (const each of everybody) await each.until(() => each.heard.includes('everybody'))
        t.strictSame(phone.heard, ['phone', 'everybody'])
        t.strictSame(web.heard, ['everybody'])
        for (const desk of desks) t.strictSame(desk.heard, ['desks', 'everybody'])
        await desks[1]!.goesAway()
        await send(uid, APPCODE.desk, 'one was away')
        await send(uid, APPCODE.phone, 'none of its business')
        await desks[1]!.comesOnline(t)
        for (const desk of desks) await desk.until(() => desk.heard.includes('one was away'))
        for (const desk of desks) t.strictSame(desk.heard, ['desks', 'everybody', 'one was away'])
        t.strictSame(
          [phone, web, desks[0]!, desks[2]!].map(each => each.disconnects),
          [0, 0, 0, 0],
        )
      },
    )

    await t.test(
      `${transport}: one device too many ends the oldest; it is told and stays away`,
      async t => {
        const uid = newUid()
        const desks = ['a', 'b', 'c', 'd'].map(name => end(uid, APPCODE.desk, name))
        for (const desk of desks) await desk.comesOnline(t)
        await desks[0]!.until(() => desks[0]!.state === 'closed')
        t.match(desks[0]!.errors.at(-1), { code: 'KICKED', action: 'stop' })
        await send(uid, APPCODE.desk, 'for three')
        for (const desk of desks.slice(1)) await desk.until(() => desk.heard.length === 1)
        t.equal(desks[0]!.state, 'closed', 'no loop of reconnects')
        t.same(
          desks.slice(1).map(desk => desk.disconnects),
          [0, 0, 0],
        )
      },
    )

    await t.test(
      `${transport}: where a device too many is refused, it is told why; once there is room it may come`,
      async t => {
        const uid = newUid()
        const [first, second] = [end(uid, APPCODE.tv, 'first'), end(uid, APPCODE.tv, 'second')]
        await first.comesOnline(t)
        await t.rejects(second.comesOnline(t), { code: 'NO_ROOM', action: 'stop' })
        t.equal(second.state, 'closed')
        await send(uid, APPCODE.tv, 'for the first')
        await first.until(() => first.heard.length === 1)
        t.equal(first.disconnects, 0)
        await first.logsOut()
        for (;;) {
          const error = await second.comesOnline(t).then(
            () => undefined,
            (refused: unknown) => refused,
          )
          if (error === undefined) break
          t.match(error, { code: 'NO_ROOM' })
        }
        await second.until(() => second.heard.includes('for the first'))
      },
    )

    await t.test(`${transport}: of an exclusive group a user is on one appcode`, async t => {
      const uid = newUid()
      const web = end(uid, APPCODE.web, 'web')
      const ios = end(uid, APPCODE.ios, 'x')
      const android = end(uid, APPCODE.android, 'x')
      for (const each of [web, ios, android]) await each.comesOnline(t)
      await ios.until(() => ios.state === 'closed')
      t.match(ios.errors.at(-1), { code: 'KICKED' })
      await send(uid, APPCODE.ios, 'for all', true)
      for (const each of [web, android]) await each.until(() => each.heard.includes('for all'))
      t.same([web.disconnects, android.disconnects, ios.state], [0, 0, 'closed'])
    })

    await t.test(
      `${transport}: the same device again takes over, whichever gate it comes to`,
      async t => {
        const uid = newUid()
        const other = end(uid, APPCODE.desk, 'other')
        const old = end(uid, APPCODE.desk, 'same')
        const anew = end(uid, APPCODE.desk, 'same')
        for (const each of [other, old, anew]) await each.comesOnline(t)
        await old.until(() => old.state === 'closed')
        t.match(old.errors.at(-1), { code: 'SUPERSEDED' })
        await send(uid, APPCODE.desk, 'hello')
        for (const each of [other, anew]) await each.until(() => each.heard.length === 1)
        t.same([other.disconnects, anew.disconnects, old.heard], [0, 0, []])
      },
    )
  }
}

/** A client that comes back to another gate is told what became of its session, and that one is closed. */
export const previousSessions = async (t: Test, cluster: Cluster): Promise<void> => {
  const uid = newUid()
  const ends: RawEnd[] = []
  t.teardown(() => ends.forEach(end => end.close()))
  const token = await tokenFor(uid)
  const logIn = async (
    at: number,
    prevSession?: Uint8Array,
  ): Promise<{ end: RawEnd; ack: edgeBody.LoginAck }> => {
    const dial = ends.length + 1
    const end = new RawEnd(cluster.tcp[at]!, {
      uid,
      appcode: APPCODE.phone,
      device: 'raw',
      token,
      dial,
      ...(prevSession === undefined ? {} : { prevSession }),
    })
    ends.push(end)
    return { end, ack: await end.welcome }
  }
  const first = await logIn(0)
  t.equal(first.ack.prevState, PREV_STATE.UNKNOWN)
  t.ok(first.ack.expires > 3_000_000, 'it is told how long its token lasts')
  const second = await logIn(1, first.ack.session)
  t.equal(second.ack.prevState, PREV_STATE.OPEN, 'the other gate still held it open')
  t.equal(await first.end.kicked, CODES.SUPERSEDED.code, 'and closes it at once')
  second.end.reset()
  // The gate hears of the reset a moment later than the client that caused it.
  for (let previous = second.ack.session, at = 0; ; at++) {
    const next = await logIn(at % 2, previous)
    if (next.ack.prevState === PREV_STATE.RESET_BY_PEER) break
    t.equal(next.ack.prevState, PREV_STATE.OPEN)
    previous = next.ack.session
    next.end.reset()
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  t.pass('how a session ended on another gate is known')
}
