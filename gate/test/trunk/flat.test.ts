import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  Admission,
  createLogger,
  type Link,
  memoryLinks,
  memoryRegistry,
  NO_LOOP_DELAY,
  VirtualClock,
} from '@longwire/kit'
import { TRUNK, trunkBody, TrunkWriter } from '@longwire/proto/trunk'
import t from 'tap'
import { GATE_LIMITS } from '../../src/limits.ts'
import { MODE, SessionTable, STATE } from '../../src/session-table.ts'
import { Trunk } from '../../src/trunk/trunk.ts'
import { silentConnection } from '../support/connection.ts'

const SESSIONS = 2_000
const ROUNDS = 500
const REQUEST_MS = 5_000

const collect = (): void => {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('gc')
  if (typeof found === 'function') found()
}
const heapBytes = (): number => {
  collect()
  return process.memoryUsage().heapUsed
}

/** Greets, and then does not even look at what it is sent. */
const deafLogic = (clock: VirtualClock): Link => {
  const [gateEnd, ours] = memoryLinks(clock, ['gate', 'logic'])
  const writer = new TrunkWriter()
  const hello = trunkBody.Hello.encode({ node: 'l', role: 'logic', version: 1 }).finish()
  let greeted = false
  ours.open({
    data: () => {
      if (greeted) return
      greeted = true
      writer.frame(TRUNK.HELLO_ACK, '', hello)
      ours.write(writer.take())
    },
    closed: () => undefined,
  })
  return gateEnd
}

t.setTimeout(300_000)

t.test('a million requests that time out leave table, admission and heap as they were', async t => {
  const clock = new VirtualClock()
  const registry = memoryRegistry(clock)
  const log = createLogger({ level: 'silent', name: 'gate' })
  const table = new SessionTable(SESSIONS, 1)
  const limits = { least: SESSIONS, most: SESSIONS, ageMs: 1e6, loopMs: 1e6, retryMs: 1_000 }
  const logins = new Admission({ clock, loop: NO_LOOP_DELAY, limits })
  let failed = 0
  const ignore = (): void => undefined
  const trunk = new Trunk(
    {
      clock,
      log,
      registry,
      dial: async () => deafLogic(clock),
      node: { role: 'gate', name: 'g', incarnation: '1', address: '' },
      secret: 's',
      logins,
    },
    { ...GATE_LIMITS, requestMs: REQUEST_MS, resyncPerTick: 100 },
    table,
    {
      begin: ignore,
      loginResult: ignore,
      page: ignore,
      loginFailed: () => failed++,
      pullFailed: () => failed++,
      tokenResult: ignore,
      tokenFailed: ignore,
      pushed: () => true,
      topicFrame: () => false,
      linkUp: () => undefined,
      linkDown: () => undefined,
      resyncAsked: () => undefined,
      departureDropped: ignore,
      hinted: body => body,
      moveAsked: body => body,
      asked: { sent: ignore, reply: ignore },
      resynced: ignore,
      end: ignore,
    },
  )
  await registry.announce({ role: 'logic', name: 'l', incarnation: '1', address: 'l' }, 1e12)
  await trunk.links.poll()
  while (trunk.links.up === 0) {
    await new Promise(setImmediate)
    clock.advance(1)
  }
  for (let n = 0; n < SESSIONS; n++) {
    const slot = table.acquire(silentConnection, '')
    table.uid[slot] = `user-${slot}`
    table.device[slot] = 'd'
    table.mode[slot] = MODE.PULLING
    table.state[slot] = slot % 2 === 0 ? STATE.LOGIN : STATE.READY
  }
  const round = async (): Promise<void> => {
    table.now = clock.monotonic()
    for (let slot = 0; slot < SESSIONS; slot++) {
      if (slot % 2 === 0) trunk.login(slot, Buffer.alloc(200), 7)
      else trunk.pull(slot)
    }
    for (let waited = 0; waited <= REQUEST_MS; waited += 1_000) {
      clock.advance(1_000)
      table.now = clock.monotonic()
      trunk.tick()
      logins.look()
    }
    await new Promise(setImmediate)
  }
  for (let warm = 0; warm < 20; warm++) await round()
  const capacity = trunk.contexts.capacity
  const before = heapBytes()
  failed = 0
  for (let n = 0; n < ROUNDS; n++) await round()
  const grown = heapBytes() - before
  t.equal(failed, SESSIONS * ROUNDS, 'each of a million was told')
  t.equal(trunk.contexts.size, 0)
  t.equal(trunk.contexts.capacity, capacity)
  t.ok(capacity <= 2 * SESSIONS, `${capacity} rows`)
  t.equal(logins.backlog.size, 0)
  t.notOk(table.request.some(request => request !== 0))
  t.ok(grown < 2 * 1024 * 1024, `${grown} bytes more than before`)
  trunk.links.close()
})
