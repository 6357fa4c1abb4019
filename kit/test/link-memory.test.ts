import t from 'tap'
import { systemClock, VirtualClock } from '../src/clock.ts'
import { memoryLinks } from '../src/link-memory.ts'
import { linkContract } from './contract/link.ts'

linkContract(t, { make: async () => memoryLinks(systemClock, ['gate', 'logic']) })

t.test('nothing arrives before the clock moves', async t => {
  const clock = new VirtualClock()
  const [a, b] = memoryLinks(clock, ['gate', 'logic'])
  const seen: string[] = []
  a.open({ data: () => {}, closed: () => {} })
  b.open({ data: chunk => seen.push(chunk.toString()), closed: () => seen.push('closed') })
  a.write(Buffer.from('one'))
  a.write(Buffer.from('two'))
  t.equal(a.bufferedBytes, 6)
  a.close()
  t.strictSame(seen, [])
  clock.advance(0)
  t.strictSame(seen, ['one', 'two', 'closed'])
  t.strictSame([a.remote, b.remote], ['logic', 'gate'])
})
