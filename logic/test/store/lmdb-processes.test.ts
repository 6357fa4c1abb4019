import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Test } from 'tap'
import { openLmdb } from '../../src/store/lmdb.ts'
import { keySeq } from '../../src/store/table.ts'
import type { Table } from '../../src/store/table.ts'
import type { Won } from './fixtures/lmdb-writer.ts'

const KEYS = 1_000
const SWAPS = 100
const OPENINGS = 800
const OPENER = fileURLToPath(new URL('fixtures/lmdb-opener.js', import.meta.url))
const WRITER = fileURLToPath(new URL('fixtures/lmdb-writer.js', import.meta.url))

/** So many openings take a while where the machine has much else to do. */
const BUSY_MS = 300_000
t.setTimeout(BUSY_MS)

const isWon = (message: unknown): message is Won =>
  typeof message === 'object' && message !== null && 'alone' in message

const wonBy = async (child: ChildProcess): Promise<Won> => {
  const [message] = await once(child, 'message')
  if (!isWon(message)) throw new Error(`the writer sent ${JSON.stringify(message)}`)
  return message
}

/** What the writers say they inserted is what is there, and nothing was won twice. */
const eachKeptOnce = async (
  test: Test,
  table: Table,
  prefix: string,
  won: readonly (readonly number[])[],
): Promise<void> => {
  const rows = await table.range(prefix, `${prefix}~`, 100_000)
  const writers = new Map(rows.map(row => [Number(row.key.slice(-16)), row.doc['writer']]))
  test.equal(won.flat().length, rows.length)
  for (const [writer, keys] of won.entries()) {
    const wrong = keys.filter(key => writers.get(key) !== String(writer))
    test.same(wrong, [], `${prefix} rows of writer ${writer}`)
  }
}

await t.test(
  'two processes insert the same keys: each row is written by exactly one of them',
  async test => {
    const path = test.testdir()
    const table = await openLmdb(path)
    test.teardown(() => table.close())
    const children = [0, 1].map(writer =>
      fork(WRITER, [path, String(writer), String(KEYS), String(SWAPS)]),
    )
    test.teardown(() => {
      for (const child of children) child.kill('SIGKILL')
    })
    await Promise.all(children.map(child => once(child, 'message')))
    const wins = children.map(wonBy)
    for (const child of children) child.send('go')
    const won = await Promise.all(wins)

    test.ok(
      won.every(({ alone }) => alone.length > 0),
      'both of them won some',
    )
    await eachKeptOnce(
      test,
      table,
      'race/a/',
      won.map(({ alone }) => alone),
    )
    await eachKeptOnce(
      test,
      table,
      'race/g/',
      won.map(({ groups }) => groups),
    )
    test.equal(new Set(won.flatMap(({ alone }) => alone)).size, KEYS)
    test.match(await table.get('race/counter'), { n: 2 * SWAPS, rev: 2 * SWAPS })
    test.same(await table.get('race/raised'), { n: 107 })
  },
)

await t.test(
  'nothing that was answered is undone by a process that opens the store meanwhile',
  { timeout: BUSY_MS },
  async test => {
    const path = test.testdir()
    const table = await openLmdb(path)
    test.teardown(() => table.close())
    const child = fork(OPENER, [path, String(OPENINGS)])
    test.teardown(() => void child.kill('SIGKILL'))
    const done = once(child, 'exit')
    const keys: string[] = []
    while (child.exitCode === null && child.signalCode === null) {
      const key = `kept/${keySeq(keys.length)}`
      await table.insert([[{ key, doc: { n: keys.length } }]])
      keys.push(key)
    }
    test.same(await done, [0, null])
    const rows = await table.range('kept/', 'kept0', keys.length + 1)
    const there = new Set(rows.map(row => row.key))
    test.same(
      keys.filter(key => !there.has(key)),
      [],
      `of ${keys.length} rows`,
    )
  },
)
