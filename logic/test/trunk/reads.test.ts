import { VirtualClock } from '@longwire/kit'
import t from 'tap'
import { LOGIC_LIMITS } from '../../src/limits.ts'
import { Epochs } from '../../src/trunk/epochs.ts'
import { Reads, type Read } from '../../src/trunk/reads.ts'
import type { LogMessage } from '../../src/log/log.ts'
import { Turns, TURN_ROWS } from '../../src/log/turns.ts'
import { memoryWorld } from '../log/harness.ts'
import { silent } from '../rig.ts'

const USERS = 60
const EACH = 250

/** Turns come when the test says so, one at a time. */
class TurningClock extends VirtualClock {
  #soon: (() => void)[] = []

  override soon(task: () => void): void {
    this.#soon.push(task)
  }

  turn(): void {
    const tasks = this.#soon
    this.#soon = []
    for (const task of tasks) task()
  }
}

const messageOf = (bytes: number): LogMessage => ({
  business: '',
  collapse: '',
  seq: 1,
  appcode: 1,
  msgtype: 1,
  content: Buffer.alloc(bytes),
  msgid: '',
  logid: '',
  sentAt: 0,
  expiresAt: 0,
  fromUid: '',
  fromAppcode: 0,
  toUid: '',
  retracts: '',
  urgency: 1,
  mustWake: false,
})

t.test('a storm of PULLs from several gates is read in slices, the gates in turn', async t => {
  const world = memoryWorld()
  const { clock } = world
  const log = world.log()
  const { epoch } = await world.settle(log.heads({ system: 'shop', uid: 'u0' }))
  for (let user = 0; user < USERS; user++) {
    const message = {
      appcode: 1,
      msgtype: 1,
      content: Buffer.alloc(100),
      ttlSeconds: 3_600,
      msgid: '',
      logid: '',
    }
    const appends = Array.from({ length: EACH }, () =>
      log.append({ system: 'shop', uid: `u${user}` }, message),
    )
    await world.settle(Promise.all(appends))
  }
  const parts = {
    context: { clock },
    epochs: new Epochs(log, clock),
    limits: LOGIC_LIMITS,
    log,
    logger: silent(),
  }
  const loop = new TurningClock()
  const turns = new Turns(loop)
  const pages: number[][] = [[], []]
  const gates = pages.map(
    rows =>
      new Reads(
        parts,
        {
          full: () => false,
          page: (_, __, page) => void rows.push(page.messages.length),
          head: () => undefined,
          failed: (_, code) => t.fail(code),
        },
        turns,
      ),
  )
  const read = (user: number): Read => ({
    pull: true,
    mailbox: { system: 'shop', uid: `u${user}` },
    appcode: 1,
    slot: user,
    generation: 1,
    sequenceid: user,
    epoch,
    after: 0,
    features: 0,
    maxBytes: 65_536,
    expiresAt: Infinity,
  })
  for (let user = 0; user < USERS; user++) for (const gate of gates) gate.add(read(user))
  const rowsIn: number[] = []
  let lead = 0
  for (let before = 0; before < 2 * USERS * EACH;) {
    // What needs no further turn happens.
    await new Promise(resolve => setImmediate(resolve))
    const [first = 0, second = 0] = pages.map(rows => rows.reduce((sum, count) => sum + count, 0))
    rowsIn.push(first + second - before)
    lead = Math.max(lead, Math.abs(first - second))
    before = first + second
    loop.turn()
    if (rowsIn.length > 1_000) throw new Error('they are not read to the end')
  }
  t.same(pages, [Array(USERS).fill(EACH), Array(USERS).fill(EACH)], 'everybody gets the page')
  t.ok(Math.max(...rowsIn) <= TURN_ROWS + EACH, `at most ${Math.max(...rowsIn)} rows in a turn`)
  t.ok(lead <= 2 * (TURN_ROWS + EACH), `no gate is ahead by more than ${lead} rows`)
})

t.test(
  'logins that come together with a storm of PULLs have their pages in slices too',
  async t => {
    const loop = new TurningClock()
    const turns = new Turns(loop)
    const message = messageOf(100)
    const page = Array.from({ length: EACH }, () => message)
    const rowsIn: number[] = []
    let read = 0
    const reads = Array.from({ length: USERS }, (_, user) =>
      turns.read(
        () => {
          read += EACH
          return user === 7 ? Promise.reject(new Error('away')) : Promise.resolve(page)
        },
        messages => messages,
      ),
    )
    const settled = Promise.allSettled(reads)
    for (let before = 0; before < USERS * EACH;) {
      await new Promise(resolve => setImmediate(resolve))
      rowsIn.push(read - before)
      before = read
      loop.turn()
      if (rowsIn.length > 1_000) throw new Error('they are not read to the end')
    }
    const failed = (await settled).flatMap(({ status }, user) =>
      status === 'rejected' ? [user] : [],
    )
    t.same(failed, [7], 'who cannot be served holds up nobody')
    t.ok(Math.max(...rowsIn) <= TURN_ROWS + EACH, `at most ${Math.max(...rowsIn)} rows in a turn`)
  },
)
