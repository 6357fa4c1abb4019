import { VirtualClock } from '@longwire/kit'
import t from 'tap'
import { memoryLimiter } from '../../src/limiter/memory.ts'
import { limiterContract } from '../contract/limiter.ts'

limiterContract(t, {
  make() {
    const clock = new VirtualClock()
    return {
      limiter: memoryLimiter(clock),
      async pass(ms) {
        clock.advance(ms)
      },
    }
  },
})
