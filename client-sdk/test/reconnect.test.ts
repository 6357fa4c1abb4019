import t from 'tap'
import { errorOfCode, LongwireError } from '../src/errors.ts'
import { ReconnectPlan, type Step } from '../src/reconnect.ts'
import { CODES } from '@longwire/proto'
import { seededRandom } from './virtual-clock.ts'

const broke = new LongwireError('CLOSED', 'retry', 'the connection broke')
const almostOne = (): number => 0.999_999
const ASK: Step = { ask: true }
const after = (step: Step): number => (step.ask ? -1 : Math.round(step.delayMs))

t.test(
  'a lost gate is asked at once; when it is silent, all spread evenly over its window',
  async test => {
    const seed = 7
    const random = seededRandom(seed)
    const slots = [0, 0, 0, 0]
    for (let run = 0; run < 4000; run++) {
      const plan = new ReconnectPlan(random)
      plan.window(8000)
      test.strictSame(plan.ended(60_000, broke), ASK)
      slots[Math.floor(plan.silent(broke) / 2000)]!++
    }
    for (const count of slots)
      test.ok(count > 900 && count < 1100, `seed ${seed}: ${slots.join(' ')}`)
  },
)

t.test('no gate can ask for a window beyond five minutes', async test => {
  const plan = new ReconnectPlan(almostOne)
  plan.window(4_000_000_000)
  test.ok(plan.silent(broke) <= 300_000)
})

t.test('later tries are spread over 2, 4, 8 … 60 seconds', async test => {
  const plan = new ReconnectPlan(almostOne)
  plan.window(500)
  test.strictSame(plan.ended(60_000, broke), ASK)
  test.equal(Math.round(plan.silent(broke)), 500)
  const tries = Array.from({ length: 7 }, () => Math.round(plan.failed(broke) / 1000))
  test.strictSame(tries, [2, 4, 8, 16, 32, 60, 60])
})

t.test('while nobody looks the spread grows up to ten minutes', async test => {
  let foreground = false
  const plan = new ReconnectPlan(almostOne, {}, () => foreground)
  const tries = Array.from({ length: 12 }, () => Math.round(plan.failed(broke) / 1000))
  test.strictSame(tries, [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600])
  foreground = true
  test.equal(Math.round(plan.failed(broke) / 1000), 60)
})

t.test('a connection that lived less than a minute does not start the count again', async test => {
  const plan = new ReconnectPlan(almostOne)
  plan.window(300)
  const steps = [59_999, 59_999, 60_000, 10].map(livedMs => after(plan.ended(livedMs, broke)))
  test.strictSame(steps, [-1, 2000, -1, 2000])
})

t.test('a gate that said goodbye lives: it is not asked, its window holds', async test => {
  const plan = new ReconnectPlan(() => 0.5)
  plan.window(3000)
  test.equal(after(plan.ended(60_000, errorOfCode(CODES.RESYNC.code))), 1500)
})

t.test('a server that says when is obeyed', async test => {
  const busy = errorOfCode(CODES.BUSY.code, '', { retryAfterMs: 4000 })
  const draining = errorOfCode(CODES.DRAINING.code, '', { spreadMs: 4000 })
  for (const [random, asked, spread] of [
    [0, 3000, 0],
    [0.5, 4000, 2000],
    [almostOne(), 5000, 4000],
  ] as const) {
    const plan = new ReconnectPlan(() => random)
    test.equal(Math.round(plan.failed(busy)), asked)
    test.equal(Math.round(plan.silent(busy)), asked)
    test.equal(after(plan.ended(60_000, busy)), asked)
    test.equal(after(plan.ended(60_000, draining)), spread)
  }
})

t.test('a change that was noticed is followed by a dial within 0.3 s', async test => {
  test.equal(Math.round(new ReconnectPlan(almostOne).noticed()), 300)
  test.equal(new ReconnectPlan(() => 0).noticed(), 0)
})
