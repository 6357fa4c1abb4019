import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { CursorStore } from '../src/cursor-store.ts'
import { fileCursors, memoryCursors } from '../src/node.ts'
import { CURSOR_RULES } from './contract/cursor-store.ts'

const cursorContract = (
  test: Test,
  durable: boolean,
  open: (test: Test) => () => CursorStore,
): void => {
  for (const rule of CURSOR_RULES) {
    if (rule.durable && !durable) continue
    test.test(rule.name, async inner => {
      const reopen = open(inner)
      await rule.check(reopen(), reopen)
      inner.pass('keeps the rule')
    })
  }
}

t.test('memory', async test => {
  cursorContract(test, false, () => {
    const store = memoryCursors()
    return () => store
  })
})

t.test('file', async test => {
  cursorContract(test, true, inner => {
    const path = join(inner.testdir(), 'cursors.json')
    return () => fileCursors(path)
  })

  test.test('a burst of saves costs two writes, whoever saves', async inner => {
    const folder = inner.testdir()
    const path = join(folder, 'cursors.json')
    const store = fileCursors(path)
    await store.save('first', { epoch: 1, seq: 1 })
    const inodes = new Set<number>()
    const watch = async (save: Promise<void>): Promise<void> => {
      await save
      inodes.add(statSync(path).ino)
    }
    const saves: Promise<void>[] = []
    for (let seq = 1; seq <= 500; seq++)
      saves.push(watch(store.save(`end ${seq % 50}`, { epoch: 1, seq })))
    await Promise.all(saves)
    inner.ok(inodes.size <= 2, `${inodes.size} files were written`)
    inner.strictSame(readdirSync(folder), ['cursors.json'], 'nothing is left behind')
    inner.equal(JSON.parse(readFileSync(path, 'utf8')).length, 51)
  })

  test.test('a save that cannot be written rejects, and the next one works', async inner => {
    const folder = inner.testdir({ taken: {} })
    const store = fileCursors(join(folder, 'missing', 'cursors.json'))
    await inner.rejects(store.save('a', { epoch: 1, seq: 1 }), { code: 'ENOENT' })
    await inner.rejects(store.save('a', { epoch: 1, seq: 1 }), { code: 'ENOENT' })
    await inner.rejects(fileCursors(join(folder, 'taken')).load('a'), { code: 'EISDIR' })
  })

  test.test('a damaged file is refused, not overwritten', async inner => {
    const path = join(inner.testdir(), 'cursors.json')
    writeFileSync(path, '[["1/amy/phone",1,')
    await inner.rejects(fileCursors(path).load('1/amy/phone'), {
      code: 'CURSOR_STORE',
      action: 'stop',
      message: /cursors\.json is not a cursor file/,
    })
  })
})
