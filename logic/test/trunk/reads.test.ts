import { VirtualClock } from '@longwire/kit'
import t from 'tap'
import { LOGIC_LIMITS } from '../../src/limits.ts'
import { Epochs } from '../../src/trunk/epochs.ts'
import { Reads, type Read } from '../../src/trunk/reads.ts'
import { Turns, TURN_ROWS } from '../../src/trunk/turns.ts'
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
