import { readFileSync } from 'node:fs'
import t from 'tap'
import {
  CMD,
  codeAction,
  codeName,
  CODES,
  EXT,
  FIRST_CRITICAL,
  FIRST_OPTIONAL,
  LIMITS,
  NEXT_UNIT_MS,
  PING_BYTE,
  PONG_BYTE,
  PROTOCOL_VERSION,
  WS_SUBPROTOCOL,
} from '@longwire/proto'
import { TRUNK, TRUNK_HEADER, TRUNK_MAGIC } from '@longwire/proto/trunk'
import { protoFile } from './fixtures.ts'

const document = readFileSync(new URL('../PROTOCOL.md', protoFile('')), 'utf8')

/** Cells of all table rows of the section whose heading starts with `heading`. */
const rowsOf = (heading: string): string[][] => {
  const start = document.indexOf(`\n${heading}`)
  if (start < 0) throw new Error(`PROTOCOL.md has no "${heading}"`)
  const end = document.indexOf('\n## ', start + 1)
  const lines = document.slice(start, end < 0 ? undefined : end).split('\n')
  return lines
    .filter(line => line.startsWith('| '))
    .map(line =>
      line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    )
}
const numbered = (rows: string[][]): string[][] => rows.filter(row => /^\d+$/.test(row[0]!))

t.test('no two codes share a number, and a number says what to do', t => {
  const rows = Object.values(CODES)
  t.equal(new Set(rows.map(row => row.code)).size, rows.length)
  for (const [name, { code, text, remedy }] of Object.entries(CODES)) {
    t.ok(code >= 1 && code <= 127, `${name} fits a WebSocket close code of 4001 to 4127`)
    t.equal(codeName(code), name)
    t.ok(text.length > 0 && remedy.length > 0)
  }
  t.same(
    [codeAction(1), codeAction(63), codeAction(64), codeAction(127)],
    ['retry', 'retry', 'stop', 'stop'],
  )
  t.equal(codeName(63), undefined, 'a code of tomorrow has no name yet')
  t.end()
})

t.test('PROTOCOL.md has every code, word for word', t => {
  const expected = Object.entries(CODES).map(([name, row]) => [
    `${row.code}`,
    name,
    codeAction(row.code),
    row.text,
    row.remedy,
  ])
  t.same(numbered(rowsOf('## 6 Codes')), expected)
  t.end()
})

t.test('PROTOCOL.md has every command', t => {
  const rows = numbered(rowsOf('## 4 Commands'))
  t.same(
    rows.map(row => row.slice(0, 2)),
    Object.entries(CMD).map(([name, cmd]) => [`${cmd}`, name]),
  )
  for (const [, name, direction] of rows) t.match(direction, /^(c→s|s→c|c→s, s→c)$/, name ?? '')
  t.match(document, `${FIRST_OPTIONAL} to ${FIRST_CRITICAL - 1} are optional`)
  t.match(document, `${FIRST_CRITICAL} to 31 are critical`)
  t.end()
})

t.test('PROTOCOL.md has every limit', t => {
  const rows = rowsOf('## 5 Limits').filter(row => /^\d+$/.test(row[1]!))
  t.same(
    rows.map(row => [row[0], row[1]]),
    Object.entries(LIMITS).map(([name, value]) => [name, `${value}`]),
  )
  t.end()
})

t.test('PROTOCOL.md has every extension, and they are optional', t => {
  const rows = numbered(rowsOf('## 3 Frames')).filter(row => /^[A-Z]{3,}$/.test(row[1]!))
  t.same(
    rows.map(row => row.slice(0, 2)),
    Object.entries(EXT).map(([name, tag]) => [`${tag}`, name]),
  )
  for (const tag of Object.values(EXT)) t.equal(tag % 2, 0)
  t.match(document, `units of ${NEXT_UNIT_MS / 1000} s`)
  t.end()
})

t.test('PROTOCOL.md has every trunk command and the header', t => {
  const rows = numbered(rowsOf('## 12 Trunk')).filter(
    row => row[1] !== '' && /^[A-Z]/.test(row[1]!),
  )
  t.same(
    rows.map(row => row.slice(0, 2)),
    Object.entries(TRUNK).map(([name, cmd]) => [`${cmd}`, name]),
  )
  t.match(document, `| ${TRUNK_HEADER} | | uid |`)
  t.equal(TRUNK_MAGIC, 0x4c57)
  t.end()
})

t.test('PROTOCOL.md names the version and the bytes without a length', t => {
  t.match(document, `version ${PROTOCOL_VERSION}`)
  t.match(document, `\`${WS_SUBPROTOCOL}\``)
  t.same([PING_BYTE, PONG_BYTE], [0x08, 0x10])
  t.end()
})
