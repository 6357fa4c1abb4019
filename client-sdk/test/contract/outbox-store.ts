import type { OutboxEntry, OutboxStore } from '../../src/outbox-store.ts'

/** One rule that every outbox store keeps. `reopen` gives a store over what the last one kept. */
export interface OutboxRule {
  readonly name: string
  readonly check: (store: OutboxStore, reopen: () => OutboxStore) => Promise<void>
  /** Needs a store that outlives its process. */
  readonly durable?: true
}

const same = (actual: unknown, expected: unknown): void => {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (is !== should) throw new Error(`is ${is}, should be ${should}`)
}

const entry = (ref: number, over: Partial<OutboxEntry> = {}): OutboxEntry => ({
  ref,
  kind: 'c2s',
  msgtype: 7,
  body: Uint8Array.of(ref % 256),
  id: `id ${ref}`,
  at: 1_700_000_000_000,
  ...over,
})
const refsIn = async (store: OutboxStore, key: string): Promise<number[]> =>
  ((await store.load(key))?.entries ?? []).map(({ ref }) => ref)

/** The contract of OutboxStore; as that of cursor stores, it knows no test runner. */
export const OUTBOX_RULES: readonly OutboxRule[] = [
  {
    name: 'nothing was put: nothing is there',
    check: async store => same(await store.load('1/nobody/phone'), undefined),
  },
  {
    name: 'an entry is loaded as it was put, whatever its bytes',
    check: async store => {
      const body = Uint8Array.from({ length: 256 }, (_, byte) => byte)
      await store.put('1/amy/phone', 0xffff_ffff, entry(1, { kind: 'c2c', body, id: '"\\\n/é' }))
      const saved = await store.load('1/amy/phone')
      same([saved?.epoch, saved?.last], [0xffff_ffff, 1])
      const [found] = saved?.entries ?? []
      same([...(found?.body ?? [])], [...body])
      same({ ...found, body: 0 }, { ...entry(1, { kind: 'c2c', id: '"\\\n/é' }), body: 0 })
    },
  },
  {
    name: 'entries come in the order in which they were put, also where refs begin anew',
    check: async store => {
      const refs = [9, 10, 11, 100, 2_097_151, 1, 2]
      const puts = refs.map((ref, index) =>
        store.put('order', 1, entry(ref, { at: 1_000 + index })),
      )
      await Promise.all(puts)
      same(await refsIn(store, 'order'), refs)
      same((await store.load('order'))?.last, 2)
    },
  },
  {
    name: 'what is removed is gone, and its ref stays used',
    check: async store => {
      const [one, two, three] = [entry(1), entry(2), entry(3)]
      for (const each of [one, two, three]) await store.put('gone', 5, each)
      await store.remove('gone', [one, three])
      await store.remove('gone', [one])
      same(await refsIn(store, 'gone'), [2])
      await store.remove('gone', [two])
      same(await store.load('gone'), { epoch: 5, last: 3, entries: [] })
    },
  },
  {
    name: 'keys are apart, whatever is in them',
    check: async store => {
      const keys = ['1/a/b', '1/a/b/c', '1/"\\\n/é', '1/__proto__/x', '__proto__']
      for (const [index, key] of keys.entries()) await store.put(key, 1, entry(index + 1))
      for (const [index, key] of keys.entries()) same(await refsIn(store, key), [index + 1])
    },
  },
  {
    name: 'entries outlive the store that they were put into',
    durable: true,
    check: async (store, reopen) => {
      for (let ref = 1; ref <= 50; ref++) await store.put('kept', 7, entry(ref))
      await store.remove(
        'kept',
        Array.from({ length: 48 }, (_, index) => entry(index + 1)),
      )
      const again = reopen()
      same(await refsIn(again, 'kept'), [49, 50])
      await again.put('kept', 8, entry(51))
      await again.remove('kept', [entry(49)])
      const last = reopen()
      same(await refsIn(last, 'kept'), [50, 51])
      same(((await last.load('kept')) ?? { epoch: 0 }).epoch, 8)
    },
  },
]
