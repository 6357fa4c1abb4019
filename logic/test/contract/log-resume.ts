import type { Test } from 'tap'
import type { Cursor, Resumption } from '../../src/log/log.ts'
import { mailbox, message } from '../log/harness.ts'
import type { World } from '../log/harness.ts'

/** Part of the contract of the log: where a reader goes on. */
export const resumeSuite = async (t: Test, world: World): Promise<void> => {
  const log = world.log()
  t.teardown(() => world.settle(log.stop()))

  await t.test(
    'a reader goes on from its cursor, or from the floor where that is of no use',
    async test => {
      const id = mailbox()
      const { epoch } = await world.settle(log.heads(id))
      const resume = (cursor: Cursor): Promise<Resumption> =>
        world.settle(log.resume(id, 1, cursor, 2, 1_000))
      const empty = {
        heads: { head: 0, floor: 0, epoch },
        page: { next: 0, head: 0, messages: [] },
      }
      test.match(await resume({ epoch: 0, seq: 0 }), { ...empty, base: 0 })
      test.match(await resume({ epoch, seq: 0 }), { ...empty, base: 0 })
      test.match(await resume({ epoch, seq: 4 }), { ...empty, base: 0 })
      for (let n = 0; n < 5; n++) await world.settle(log.append(id, message()))
      const heads = { head: 5, floor: 0, epoch }
      const at = async (cursor: Cursor, base: number, seqs: readonly number[]): Promise<void> => {
        const resumed = await resume(cursor)
        test.match(resumed, { heads, base, page: { from: base, head: 5 } })
        test.same(
          resumed.page.messages.map(({ seq }) => seq),
          seqs,
        )
      }
      await at({ epoch, seq: 0 }, 0, [1, 2])
      await at({ epoch, seq: 3 }, 3, [4, 5])
      await at({ epoch, seq: 5 }, 5, [])
      await at({ epoch, seq: 6 }, 0, [1, 2])
      await at({ epoch: epoch + 1, seq: 3 }, 0, [1, 2])
      await at({ epoch: 0, seq: 0 }, 0, [1, 2])
    },
  )
}
