import t from 'tap'
import { VirtualClock } from '../src/clock.ts'
import { tidyHeapWhenQuiet } from '../src/heap.ts'

t.test('garbage of a burst is collected once the process is quiet', async t => {
  const clock = new VirtualClock()
  const stop = tidyHeapWhenQuiet({ clock, everyMs: 1_000, quietShare: 1.1, grownBytes: 1 })
  t.teardown(stop)
  const weak = new WeakRef({ burst: Array.from({ length: 1_000_000 }, () => 1) })
  await new Promise(resolve => setImmediate(resolve))
  clock.advance(1_000)
  t.equal(weak.deref(), undefined)
})

t.test('a busy process is left alone, and so is a heap that has not grown', async t => {
  for (const options of [
    { quietShare: 0, grownBytes: 1 },
    { quietShare: 1.1, grownBytes: 2 ** 40 },
  ]) {
    const clock = new VirtualClock()
    const stop = tidyHeapWhenQuiet({ clock, everyMs: 1_000, ...options })
    t.teardown(stop)
    const weak = new WeakRef({ burst: Array.from({ length: 1_000_000 }, () => 1) })
    await new Promise(resolve => setImmediate(resolve))
    clock.advance(1_000)
    t.ok(weak.deref())
  }
})
