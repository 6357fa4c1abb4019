import { VirtualClock, systemClock } from '@longwire/kit'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { openLmdb } from '../../src/store/lmdb.ts'
import { Openings } from '../../src/store/openings.ts'
import { TableUnavailable } from '../../src/store/table.ts'

const directory = t.testdir()
let stores = 0
/** Short enough for the address of a socket. */
const newStore = (): string => {
  const path = join(directory, String(++stores))
  mkdirSync(path)
  return path
}

const socketsIn = (path: string): string[] =>
  readdirSync(path).filter(name => name.startsWith('open-'))

/** Asks whoever has the store open to be quiet; resolves when he is. */
const askQuiet = async (path: string): Promise<Socket> => {
  const socket = connect(join(path, socketsIn(path)[0] ?? ''))
  await once(socket, 'data')
  return socket
}

await t.test('writes wait while another process opens, and go on when it hangs up', async test => {
  const path = newStore()
  const table = await openLmdb(path)
  test.teardown(() => table.close())
  let early = false
  void table.insert([[{ key: 'a/1', doc: { n: 1 } }]]).then(() => (early = true))
  const asker = await askQuiet(path)
  test.ok(early, 'what was under way is durable before the answer')
  const inserted = table.insert([[{ key: 'a/2', doc: { n: 2 } }]])
  const raised = table.raise([{ key: 'a/3', fields: { n: 3 } }])
  // Reads go on; nothing was written for them to see.
  for (let turn = 0; turn < 20; turn++)
    await new Promise(resolve => systemClock.soon(() => resolve(turn)))
  test.same((await table.range('a/', 'a0', 10)).length, 1)
  asker.destroy()
  test.same(await inserted, [1])
  await raised
  test.same((await table.range('a/', 'a0', 10)).length, 3)
})

await t.test('two that open at once both come to be open, and then both write', async test => {
  const path = newStore()
  const tables = await Promise.all([openLmdb(path), openLmdb(path)])
  test.teardown(() => Promise.all(tables.map(table => table.close())))
  const counts = await Promise.all(
    tables.map((table, n) => table.insert([[{ key: `a/${n}`, doc: { n } }]])),
  )
  test.same(counts, [[1], [1]])
})

await t.test('closing writes first what had to wait, and leaves no socket', async test => {
  const path = newStore()
  const table = await openLmdb(path)
  const asker = await askQuiet(path)
  const inserted = table.insert([[{ key: 'a/1', doc: { n: 1 } }]])
  const closed = table.close()
  asker.destroy()
  test.same(await inserted, [1])
  await closed
  test.same(socketsIn(path), [])
})

await t.test('what a killed process left behind keeps nobody out', async test => {
  const path = newStore()
  const opener = fileURLToPath(new URL('fixtures/lmdb-opener.js', import.meta.url))
  const child = fork(opener, [path, '1000000'])
  test.teardown(() => void child.kill('SIGKILL'))
  // Killed while it has its socket.
  const watch = async (): Promise<void> => {
    while (socketsIn(path).length === 0)
      await new Promise<void>(resolve => systemClock.soon(() => resolve()))
  }
  await watch()
  child.kill('SIGKILL')
  await once(child, 'exit')
  const table = await openLmdb(path)
  test.same(await table.insert([[{ key: 'a/1', doc: { n: 1 } }]]), [1])
  await table.close()
  test.same(socketsIn(path), [])
})

await t.test('a process that does not answer is named after 30 s', async test => {
  const path = newStore()
  const silent = createServer()
  await new Promise<void>(resolve => silent.listen(join(path, 'open-4711-silent'), resolve))
  test.teardown(() => void silent.close())
  const accepted = once(silent, 'connection')
  const clock = new VirtualClock()
  const opening = openLmdb(path, clock)
  const [peer]: Socket[] = await accepted
  test.teardown(() => void peer?.destroy())
  const refused = test.rejects(opening, TableUnavailable)
  clock.advance(30_000)
  await refused
  await test.rejects(opening, /process 4711 has the store in .* open and does not answer/)
})

await t.test(
  'a path too long for the address of a socket will do on Linux',
  async (test): Promise<void> => {
    if (process.platform !== 'linux') return
    const path = join(newStore(), 'x'.repeat(120))
    const first = await Openings.at(path, systemClock)
    const second = await Openings.at(path, systemClock)
    let held = false
    await second.alone(() => (held = first.held !== undefined))
    test.ok(held)
    await Promise.all([first.close(), second.close()])
  },
)
