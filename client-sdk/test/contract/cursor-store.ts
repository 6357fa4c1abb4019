import type { CursorStore } from '../../src/cursor-store.ts'

/** One rule that every cursor store keeps. `reopen` gives a store over what the last one kept. */
export interface CursorRule {
  readonly name: string
  readonly check: (store: CursorStore, reopen: () => CursorStore) => Promise<void>
  /** Needs a store that outlives its process. */
  readonly durable?: true
}

const same = (actual: unknown, expected: unknown): void => {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (is !== should) throw new Error(`is ${is}, should be ${should}`)
}

/**
 * The contract of CursorStore. It knows no test runner, because some stores only live in a browser:
 * there the same rules run in the page.
 */
export const CURSOR_RULES: readonly CursorRule[] = [
  {
    name: 'an unknown key has no cursor',
    check: async store => same(await store.load('1/nobody/phone'), undefined),
  },
  {
    name: 'a saved cursor is loaded again, also the largest',
    check: async store => {
      const cursor = { epoch: 0xffff_ffff, seq: Number.MAX_SAFE_INTEGER }
      await store.save('1/amy/phone', cursor)
      same(await store.load('1/amy/phone'), cursor)
    },
  },
  {
    name: 'keys are apart, whatever is in them',
    check: async store => {
      const keys = ['1/a/b', '1/a/b/c', '1/"\\\n/é', '1/__proto__/x', '__proto__']
      for (const [seq, key] of keys.entries()) await store.save(key, { epoch: 1, seq })
      for (const [seq, key] of keys.entries()) same(await store.load(key), { epoch: 1, seq })
    },
  },
  {
    name: 'the last of many saves wins, in the order of the calls',
    check: async store => {
      const saves: Promise<void>[] = []
      for (let seq = 1; seq <= 100; seq++) saves.push(store.save('burst', { epoch: 2, seq }))
      await Promise.all(saves)
      same(await store.load('burst'), { epoch: 2, seq: 100 })
    },
  },
  {
    name: 'a cursor may go back: the mailbox can begin anew',
    check: async store => {
      await store.save('back', { epoch: 9, seq: 9 })
      await store.save('back', { epoch: 1, seq: 0 })
      same(await store.load('back'), { epoch: 1, seq: 0 })
    },
  },
  {
    name: 'a cursor outlives the store that saved it',
    durable: true,
    check: async (store, reopen) => {
      await store.save('kept', { epoch: 3, seq: 4 })
      await store.save('other', { epoch: 3, seq: 5 })
      const again = reopen()
      same(await again.load('kept'), { epoch: 3, seq: 4 })
      await again.save('kept', { epoch: 3, seq: 6 })
      same(await reopen().load('kept'), { epoch: 3, seq: 6 })
      same(await reopen().load('other'), { epoch: 3, seq: 5 })
    },
  },
]
