import { seededRandom, systemClock } from '@longwire/kit'
import t, { type Test } from 'tap'
import type { ScriptedPeer } from '../scripted-gate.ts'
import type { Loss } from '../../src/log/losses.ts'
import { EventLog } from '../../src/events/event-log.ts'
import { expiredEvent } from '../../src/events/event.ts'
import { silent, startRig, tokenFor, type Rig } from '../rig.ts'
import { OpenApi, type Document } from './openapi.ts'

interface Page {
  readonly events: { seq: number; kind: string; uid?: string; appcode?: number }[]
  readonly next: number
  readonly epoch: number
  readonly gap?: { from: number; to: number }
  readonly reset?: boolean
}

const PRESENCE = {
  appcodes: [1, 2],
  settleMs: 0,
  retentionMs: 3_600_000,
  maxEvents: 1_000,
  sweepPerSecond: 100,
  webhooks: [],
}

const start = async (t: Test, over: object = {}) => {
  const rig = await startRig(t, { presence: { ...PRESENCE, ...over } })
  const document = await rig.http('GET', '/openapi.json')
  const api = new OpenApi((await document.json()) as Document)
  const ask = async (query: string, headers?: Record<string, string>): Promise<Page> => {
    const response = await rig.http('GET', `/v1/events?${query}`, undefined, headers)
    return (await api.check(t, response, 'GET', '/v1/events')) as Page
  }
  /** Reads until `count` events of users are there. */
  const until = async (count: number, headers?: Record<string, string>): Promise<Page> => {
    for (;;) {
      const page = await ask('after=0&wait=5', headers)
      if (page.events.filter(({ uid }) => uid !== undefined).length >= count) return page
    }
  }
  return { rig, ask, until, gate: await rig.gate() }
}

const login = async (gate: ScriptedPeer, uid: string, appcode = 1, slot = 1): Promise<void> => {
  await gate.login({ uid, token: await tokenFor(uid), appcode, slot })
}

t.test('who comes and goes is told, as far as the key may see', async t => {
  const { ask, until, gate } = await start(t)
  await login(gate, 'ann')
  await until(1)
  await login(gate, 'ann', 2, 2)
  await until(2)
  gate.gone({ uid: 'ann', slot: 1 })
  const { events } = await until(3)
  const users = events.filter(({ uid }) => uid !== undefined)
  t.match(users, [
    { kind: 'online', uid: 'ann', appcode: 1, device: 'phone', reason: 'login' },
    { kind: 'online', uid: 'ann', appcode: 2, gate: 'gate-1@a' },
    { kind: 'offline', uid: 'ann', appcode: 1, reason: 'closed' },
  ])
  const android = { authorization: 'Bearer android-key' }
  const seen = (await ask('after=0', android)).events.filter(({ uid }) => uid !== undefined)
  t.strictSame(
    seen.map(({ kind, appcode }) => [kind, appcode]),
    [
      ['online', 1],
      ['offline', 1],
    ],
  )
  t.match(await ask('after=0&limit=0'), { code: 'INVALID' })
  t.match(await ask('after=0&wait=31'), { code: 'INVALID' })
  t.match(await ask('after=0', { authorization: '' }), { code: 'UNAUTHORIZED' })
})

t.test('a reader that waits is answered with the event', async t => {
  const { rig, ask, until, gate } = await start(t)
  await login(gate, 'ann')
  // the gate itself is told of whenever it is seen first
  while (!(await ask('after=0')).events.some(({ kind }) => kind === 'gate_up'));
  const { next } = await until(1)
  const waiting = ask(`after=${next}&wait=30`)
  const fromNow = ask('wait=30')
  await login(gate, 'bob', 1, 2)
  t.match((await waiting).events, [{ kind: 'online', uid: 'bob' }])
  t.ok((await fromNow).next > next)
  rig.faults.table = operation => operation === 'range'
  t.match(await ask('after=0'), { code: 'UNAVAILABLE' })
  rig.faults.table = () => false
})

t.test('a cursor of another store begins anew and is told so', async t => {
  const { ask, until, gate } = await start(t)
  await login(gate, 'ann')
  const { epoch, next } = await until(1)
  const ahead = await ask(`after=${next + 1_000}&epoch=${epoch}`)
  t.match(ahead, { reset: true, events: [{ seq: 1 }] })
  const other = await ask(`after=${next}&epoch=${epoch === 1 ? 2 : 1}`)
  t.match(other, { reset: true, events: [{ seq: 1 }] })
  t.equal((await ask(`after=0&epoch=${epoch}`)).reset, undefined)
})

t.test('events beyond the limit are removed, and the reader is told of the gap', async t => {
  const { ask, until, gate } = await start(t, { maxEvents: 3 })
  await login(gate, 'ann')
  for (const uid of ['bob', 'cyd', 'dan', 'eve']) await login(gate, uid, 1, uid.charCodeAt(0))
  for (;;) {
    const { gap, events } = await ask('after=0')
    if (gap === undefined) continue
    t.equal(gap.from, 1)
    t.ok(events.every(({ seq }) => seq > gap.to))
    break
  }
  await until(1)
})

t.test('a node without presence has no events', async t => {
  const rig = await startRig(t)
  const response = await rig.http('GET', '/v1/events')
  t.match(await response.json(), { code: 'NOT_FOUND', detail: /presence\.appcodes/ })
})

/** Frames of a stream as they come. */
const open = async (t: Test, rig: Rig, headers: Record<string, string>, path = '/v1/events') => {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const response = await fetch(rig.url + path, {
    headers: { authorization: 'Bearer shop-key', accept: 'text/event-stream', ...headers },
    signal: stop.signal,
  })
  t.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  let ended = false
  const until = async (pattern: RegExp): Promise<string> => {
    while (!pattern.test(text) && !ended) {
      const { value, done } = await reader.read()
      text += value ?? ''
      ended = done
    }
    return text
  }
  return { until, close: () => stop.abort(), rest: () => until(/^never$/) }
}

t.test('server-sent events come as they happen, and go on behind Last-Event-ID', async t => {
  const { rig, until, gate } = await start(t)
  await login(gate, 'ann')
  const page = await until(1)
  const first = await open(t, rig, { 'last-event-id': '0' })
  t.match(
    await first.until(/"uid":"ann"/),
    /event: online\nid: \d+\ndata: \{"seq":\d+,"id":"\w{16}"/,
  )
  await login(gate, 'bob', 1, 2)
  const text = await first.until(/"uid":"bob"/)
  t.match(text, /"uid":"bob"/)
  first.close()
  const second = await open(t, rig, { 'last-event-id': String(page.next) })
  const more = await second.until(/"uid":"bob"/)
  t.notMatch(more, /"uid":"ann"/)
  await rig.logic.stop()
  await second.rest()
  t.pass('the stream ends with the node')
})

t.test('who sent a message is told that it expired unread, and nobody else', async t => {
  const { rig, ask } = await start(t, { appcodes: [], expired: true })
  const lost = (id: string, business: string, appcode: number): Loss => ({
    mailbox: { system: 'shop', uid: 'ann' },
    message: {
      business,
      urgency: 1,
      mustWake: false,
      collapse: '',
      seq: 7,
      appcode,
      msgtype: 3,
      content: Buffer.alloc(0),
      msgid: id,
      logid: '00000000000000aa',
      sentAt: 1,
      expiresAt: 2,
      fromUid: '',
      fromAppcode: 0,
      toUid: '',
      retracts: '',
    },
    reason: 'ttl',
    ends: 2,
    readBy: 1,
  })
  const told = [lost('00000000000000a1', 'shop', 0), lost('00000000000000a2', 'android', 1)]
  // As another node would tell it, and yet another.
  const events = new EventLog({
    table: rig.table,
    clock: systemClock,
    random: seededRandom(1),
    logger: silent(),
    limits: { maxMessages: 1_000, maxBytes: 1_000_000 },
    graceMs: 60_000,
    retentionMs: 3_600_000,
  })
  t.teardown(() => events.stop())
  for (const loss of [...told, ...told]) await events.append(expiredEvent(loss, 1))
  const expired = async (headers?: Record<string, string>): Promise<Page['events']> =>
    (await ask('after=0', headers)).events.filter(({ kind }) => kind === 'expired')
  const own = await expired()
  t.equal(own.length, 1, 'once')
  t.match(own, [
    { id: '00000000000000a1', msgid: '00000000000000a1', business: 'shop', uid: 'ann' },
  ])
  t.match(own, [{ mailboxSeq: 7, msgtype: 3, ends: 2, readBy: 1, reason: 'ttl' }])
  t.notOk('appcode' in (own[0] ?? {}), 'it was for all ends')
  t.match(await expired({ authorization: 'Bearer android-key' }), [{ appcode: 1 }])
  const asked = { to: { uid: 'ann', appcode: 1 }, body: 'x', tellExpired: true }
  t.equal((await rig.http('POST', '/v1/messages', asked)).status, 200)
  const never = { ...asked, ttlSeconds: 0 }
  t.equal((await rig.http('POST', '/v1/messages', never)).status, 422, 'it is never stored')
})

t.test('without a stream of events nobody can ask to be told', async t => {
  const rig = await startRig(t)
  const asked = { to: { uid: 'ann', appcode: 1 }, body: 'x', tellExpired: true }
  const response = await rig.http('POST', '/v1/messages', asked)
  t.match(await response.json(), { code: 'INVALID', errors: [{ field: 'tellExpired' }] })
})
