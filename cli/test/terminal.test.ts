import t from 'tap'
import { paintFor, readable, visible } from '../src/terminal.ts'

const plain = paintFor({ write: () => {} }, {})

t.test('colours are for terminals that want them', async t => {
  const terminal = { isTTY: true, write: () => {} }
  t.equal(paintFor(terminal, {}).red('x'), '\u001B[31mx\u001B[0m')
  t.equal(paintFor(terminal, { NO_COLOR: '1' }).red('x'), 'x')
  t.equal(paintFor(terminal, { TERM: 'dumb' }).red('x'), 'x')
  t.equal(plain.red('x'), 'x')
})

t.test('what would steer the terminal is shown, line breaks and other scripts stay', async t => {
  t.equal(visible('a\u001B[2Jb\r\u0007\u009B'), 'a\\x1b[2Jb\\x0d\\x07\\x9b')
  t.equal(visible('zwei\nZeilen\t你好 👋'), 'zwei\nZeilen\t你好 👋')
})

t.test('a line of the log becomes readable', async t => {
  const line = JSON.stringify({
    level: 'warn',
    time: '2026-01-02T03:04:05.000Z',
    name: 'n',
    port: 7,
    list: [1],
    err: { message: 'broken' },
    msg: 'it happened',
  })
  t.match(readable(line, plain), /^\d\d:\d\d:\d\d warn it happened port=7 list=\[1\] \(broken\)\n$/)
})
