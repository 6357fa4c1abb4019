import t from 'tap'
import { VirtualClock } from '../src/clock.ts'
import { memoryRegistry } from '../src/registry-memory.ts'
import { registryContract } from './contract/registry.ts'

const clock = new VirtualClock()
registryContract(t, {
  async make() {
    const registry = memoryRegistry(clock)
    return { one: registry, other: registry }
  },
  async elapse(ms) {
    clock.advance(ms)
  },
})
