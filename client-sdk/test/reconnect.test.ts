import t from 'tap'
import { errorOfCode, LongwireError } from '../src/errors.ts'
import { ReconnectPlan } from '../src/reconnect.ts'
import { CODES } from '@longwire/proto'
import { seededRandom } from './virtual-clock.ts'

const broke = new LongwireError('CLOSED', 'retry', 'the connection broke')
const almostOne = (): number => 0.999_999

t.test('the first try after a good connection falls into the window, evenly', async test => {
  const seed = 7
  const random = seededRandom(seed)
  const slots = [0, 0, 0, 0]
  for (let run = 0; run < 4000; run++) {
    const plan = new ReconnectPlan(random)
    slots[Math.floor(plan.ended(60_000, 8000, broke) / 2000)]!++
  }
  for (const count of slots)
    test.ok(count > 900 && count < 1100, `seed ${seed}: ${slots.join(' ')}`)
})

t.test('later tries are spread over 2, 4, 8 … 60 seconds', async test => {
  const plan = new ReconnectPlan(almostOne)
  test.equal(Math.round(plan.ended(60_000, 500, broke)), 500)
  const tries: number[] = []
  for (let n = 0; n < 7; n++) tries.push(Math.round(plan.failed(broke) / 1000))
  test.strictSame(tries, [2, 4, 8, 16, 32, 60, 60])
})

t.test('a connection that lived less than a minute does not start the count again', async test => {
  const plan = new ReconnectPlan(almostOne)
  const delays = [59_999, 59_999, 60_000, 10].map(livedMs =>
    Math.round(plan.ended(livedMs, 300, broke)),
  )
  test.strictSame(delays, [300, 2000, 300, 2000])
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
    test.equal(Math.round(plan.ended(60_000, 100, busy)), asked)
    test.equal(Math.round(plan.ended(60_000, 100, draining)), spread)
  }
})
