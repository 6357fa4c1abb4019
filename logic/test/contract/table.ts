import type { Test } from 'tap'
import {
  keyAfter,
  keyEnd,
  keyPart,
  keyPartText,
  keySeq,
  TableUnavailable,
} from '../../src/store/table.ts'
import type { Doc, Row, Table } from '../../src/store/table.ts'

export interface TableSubject {
  /** An open table; what is in it besides the suite's own keys does not matter. */
  readonly open: () => Promise<Table>
  /** Whether keys beyond the basic plane are in UTF-8 order: one stand-in for MongoDB has them in UTF-16 order. */
  readonly ordersAstral?: boolean
  /** Closes the table, and takes away what it kept. */
  readonly discard: (table: Table) => Promise<void>
}

let runs = 0

/** What every {@link Table} has to do. */
export const tableContract = async (t: Test, subject: TableSubject): Promise<void> => {
  const table = await subject.open()
  t.teardown(() => subject.discard(table))
  const prefix = (): string => `contract/${process.pid}-${++runs}/`
  await t.test('keys', keys => keySuite(keys, table, prefix, subject.ordersAstral ?? true))
  await t.test('insert', inserts => insertSuite(inserts, table, prefix))
  await t.test('raise and swap', swaps => updateSuite(swaps, table, prefix))
  await t.test('documents', documents => documentSuite(documents, table, prefix))
  await t.test('a closed table says that it is unavailable', async closed => {
    const other = await subject.open()
    await other.close()
    const key = `${prefix()}x`
    await closed.rejects(other.get(key), TableUnavailable)
    await closed.rejects(other.range(key, keyEnd(key), 1), TableUnavailable)
    await closed.rejects(other.insert([[{ key, doc: {} }]]), TableUnavailable)
    await closed.rejects(other.raise([{ key, fields: { n: 1 } }]), TableUnavailable)
    await closed.rejects(other.replace([{ key, doc: {} }]), TableUnavailable)
    await closed.rejects(other.swap(key, 0, {}), TableUnavailable)
    await closed.rejects(other.remove([key]), TableUnavailable)
  })
}

type Prefix = () => string

const rowsOf = (prefix: string, names: readonly string[], doc: Doc = { n: 1 }): Row[] =>
  names.map(name => ({ key: prefix + name, doc }))
const insertAll = async (table: Table, rows: readonly Row[]): Promise<void> => {
  await table.insert(rows.map(row => [row]))
}
const namesIn = async (table: Table, prefix: string, reverse = false): Promise<string[]> =>
  (await table.range(prefix, keyEnd(prefix), 1_000, reverse)).map(row =>
    row.key.slice(prefix.length),
  )

const keySuite = async (
  t: Test,
  table: Table,
  prefix: Prefix,
  ordersAstral: boolean,
): Promise<void> => {
  const odd = [
    '',
    ' ',
    '!',
    'A',
    'a',
    'a/b',
    'a b',
    'a%2fb',
    '~',
    '\u00e9',
    '\u0800',
    '\ufffd',
    '"$.{}',
    '0',
    '9',
  ].filter(name => name !== '')

  await t.test('are in the order of their UTF-8 bytes, both ways', async order => {
    const at = prefix()
    const names = ordersAstral ? [...odd, '\u{1f600}', '\u{10ffff}', '\ue000'] : odd
    await insertAll(table, rowsOf(at, names))
    const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    order.same(await namesIn(table, at), sorted)
    order.same(await namesIn(table, at, true), [...sorted].reverse())
  })

  await t.test(
    'a range takes its first bound, not its last, and obeys the limit, both ways',
    async range => {
      const at = prefix()
      await insertAll(table, rowsOf(at, ['a', 'b', 'c', 'd']))
      const keys = async (limit: number, reverse: boolean): Promise<string> =>
        (await table.range(`${at}b`, `${at}d`, limit, reverse))
          .map(row => row.key.slice(at.length))
          .join('')
      range.equal(await keys(10, false), 'bc')
      range.equal(await keys(10, true), 'cb')
      range.equal(await keys(1, false), 'b')
      range.equal(await keys(1, true), 'c')
      range.equal(await keys(0, false), '')
      range.same(await table.range(`${at}d`, `${at}b`, 10), [])
      range.same(await table.range(`${at}x`, `${at}z`, 10), [])
      range.equal((await table.range(`${at}c`, keyEnd(`${at}c`), 10)).length, 1)
      range.equal((await table.range(keyAfter(`${at}b`), keyEnd(at), 10))[0]?.key, `${at}c`)
    },
  )

  await t.test('a range over a whole table ends where the table ends', async whole => {
    const at = prefix()
    await insertAll(table, rowsOf(at, ['a']))
    const name = at.slice(0, at.indexOf('/') + 1)
    const rows = await table.range(name, keyEnd(name), 10_000)
    whole.ok(rows.some(row => row.key === `${at}a`))
    whole.ok(rows.every(row => row.key.startsWith(name)))
  })

  await t.test('512 bytes are not too many, whatever the characters', async long => {
    const at = prefix()
    const room = 512 - at.length
    const names = [
      'x'.repeat(room),
      `${'y'.repeat(room - 1)}z`,
      '\u00e9'.repeat(Math.floor(room / 2)),
    ]
    await insertAll(table, rowsOf(at, names))
    long.same(await namesIn(table, at), names)
    long.same(await table.get(at + names[1]), { n: 1 })
  })

  await t.test('escaped parts come back, and never reach into their neighbours', async parts => {
    const at = prefix()
    const texts = [
      'a',
      'a/b',
      'a%2fb',
      '%',
      '/',
      'tab\t',
      'nul\u0000',
      'bell\u0007\u007f',
      '\ud800',
      '\udc00x',
      '\u{1f600}',
      'a\u0085',
      '%ud800',
    ]
    await insertAll(
      table,
      texts.map(text => ({
        key: `${at}${keyPart(text)}/${keySeq(1)}`,
        doc: { text: keyPart(text) },
      })),
    )
    parts.equal(new Set(texts.map(keyPart)).size, texts.length)
    for (const text of texts) {
      parts.equal(keyPartText(keyPart(text)), text)
      const own = `${at}${keyPart(text)}/`
      parts.same(
        (await table.range(own, keyEnd(own), 10)).map(row => row.doc['text']),
        [keyPart(text)],
        JSON.stringify(text),
      )
    }
  })
}

const insertSuite = async (t: Test, table: Table, prefix: Prefix): Promise<void> => {
  await t.test('writes once, and never over', async once => {
    const key = `${prefix()}k`
    once.same(await table.insert([[{ key, doc: { n: 1 } }]]), [1])
    once.same(await table.insert([[{ key, doc: { n: 2 } }]]), [0])
    once.same(await table.get(key), { n: 1 })
    once.same(await table.insert([]), [])
    once.same(await table.insert([[]]), [0])
  })

  await t.test('of many inserts of a key at once exactly one wins', async race => {
    const at = prefix()
    const keys = Array.from({ length: 20 }, (_, n) => `${at}${n}`)
    const attempts = await Promise.all(
      Array.from({ length: 10 }, (_, writer) =>
        table.insert(keys.map(key => [{ key, doc: { writer } }])),
      ),
    )
    for (const [place, key] of keys.entries()) {
      const winners = attempts.flatMap((counts, writer) => (counts[place] === 1 ? [writer] : []))
      race.equal(winners.length, 1)
      race.same(await table.get(key), { writer: winners[0] })
    }
  })

  await t.test('a group stops at the first key that exists; others do not care', async groups => {
    const at = prefix()
    const rows = rowsOf(at, ['a', 'b', 'c', 'd', 'e'])
    await table.insert([rows.slice(2, 3)])
    const other = rowsOf(at, ['x', 'y', 'z'])
    groups.same(await table.insert([rows, other, rows.slice(3)]), [2, 3, 2])
    groups.same(await namesIn(table, at), ['a', 'b', 'c', 'd', 'e', 'x', 'y', 'z'])
    groups.same(
      await table.insert([[...rowsOf(at, ['f']), ...rows.slice(0, 1), ...rowsOf(at, ['g'])]]),
      [1],
    )
    groups.same(await table.get(`${at}g`), undefined)
  })

  await t.test('a group may go through several tables and come back', async tables => {
    const at = prefix()
    const record = (name: string): Row => ({ key: `contract-records/${at}${name}`, doc: { name } })
    const row = (name: string): Row => ({ key: `${at}${name}`, doc: { name } })
    tables.same(await table.insert([[record('1'), row('1'), row('2'), record('3'), row('3')]]), [5])
    tables.same(
      await table.insert([
        [record('4'), row('4'), record('1'), row('5')],
        [row('1')],
        [record('6')],
      ]),
      [2, 0, 1],
    )
    tables.same(await namesIn(table, at), ['1', '2', '3', '4'])
    const records = `contract-records/${at}`
    tables.same(await namesIn(table, records), ['1', '3', '4', '6'])
    await table.remove(['1', '3', '4', '6'].map(name => records + name))
  })

  await t.test('a long group stops as well, and nothing of it is behind the place', async long => {
    const at = prefix()
    const names = Array.from({ length: 350 }, (_, n) => keySeq(n))
    for (const place of [320, 220, 20]) await table.insert([rowsOf(at, [keySeq(place)])])
    long.same(await table.insert([rowsOf(at, names)]), [20])
    await table.remove([at + keySeq(20)])
    long.same(await table.insert([rowsOf(at, names.slice(20))]), [200])
    const stored = await namesIn(table, at)
    long.same(stored, [...names.slice(0, 221), keySeq(320)])
  })

  await t.test('a group that meets itself stops', async self => {
    const at = prefix()
    const [a, b] = rowsOf(at, ['a', 'b'])
    if (a === undefined || b === undefined) throw new Error('two rows')
    self.same(await table.insert([[a, b, a]]), [2])
  })

  await t.test('no reader sees a row of a group without those before it', async torn => {
    const at = prefix()
    const names = Array.from({ length: 12 }, (_, n) => keySeq(n))
    const writes = Array.from({ length: 10 }, (_, group) =>
      table.insert([rowsOf(`${at}${group}/`, names)]),
    )
    let done = false
    const all = Promise.all(writes).then(() => (done = true))
    while (!done) {
      for (let group = 0; group < 10; group++) {
        const seen = await namesIn(table, `${at}${group}/`)
        if (seen.some((name, place) => name !== names[place]))
          torn.fail(`group ${group} shows ${seen.join()}`)
      }
      await new Promise(resolve => setImmediate(resolve))
    }
    await all
    torn.equal((await namesIn(table, `${at}9/`)).length, 12)
  })

  await t.test('more than a command or a commit can take', async many => {
    const at = prefix()
    const names = Array.from({ length: 2_500 }, (_, n) => keySeq(n))
    const singles = await table.insert(rowsOf(`${at}s/`, names).map(row => [row]))
    many.equal(
      singles.reduce((sum, count) => sum + count, 0),
      2_500,
    )
    const [group] = await table.insert([rowsOf(`${at}g/`, names.slice(0, 1_200))])
    many.equal(group, 1_200)
    for (const part of ['s/', 'g/']) {
      const keys = (await table.range(at + part, keyEnd(at + part), 5_000)).map(row => row.key)
      many.equal(keys.length, part === 's/' ? 2_500 : 1_200)
      await table.remove(keys)
      many.same(await table.range(at + part, keyEnd(at + part), 1), [])
    }
  })
}

const updateSuite = async (t: Test, table: Table, prefix: Prefix): Promise<void> => {
  await t.test('raise makes, and only ever makes larger', async raise => {
    const key = `${prefix()}k`
    await table.raise([{ key, fields: { head: 5, floor: 2 } }])
    await table.raise([{ key, fields: { head: 3, floor: 4, more: 1 } }])
    raise.same(await table.get(key), { head: 5, floor: 4, more: 1 })
    await table.raise([])
  })

  await t.test('raises of one document at once all count, even of a new one', async race => {
    const at = prefix()
    await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        table.raise([
          { key: `${at}a`, fields: { x: (n * 7) % 60, y: 60 - n } },
          { key: `${at}b`, fields: { z: n } },
        ]),
      ),
    )
    race.same(await table.get(`${at}a`), { x: 59, y: 60 })
    race.same(await table.get(`${at}b`), { z: 59 })
  })

  await t.test('raise leaves other fields alone', async others => {
    const key = `${prefix()}k`
    await table.insert([[{ key, doc: { name: 'n', done: 0, rev: 1 } }]])
    await table.raise([{ key, fields: { done: 1 } }])
    others.same(await table.get(key), { name: 'n', done: 1, rev: 1 })
    others.ok(await table.swap(key, 1, { name: 'm' }))
    others.same(await table.get(key), { name: 'm', rev: 2 })
  })

  await t.test(
    'replace puts whole documents where there are some, and makes none',
    async replace => {
      const at = prefix()
      const other = `contract-replaced/${at}`
      const rows = rowsOf(at, ['a', 'c'], { n: 1, content: new Uint8Array(9) })
      await insertAll(table, [...rows, ...rowsOf(other, ['a'])])
      const stubs = rowsOf(at, ['a', 'b', 'c'], { state: 1 })
      await table.replace([...stubs, ...rowsOf(other, ['a', 'b'], { state: 2 })])
      await table.replace([])
      replace.same(await namesIn(table, at), ['a', 'c'])
      replace.same(await table.get(`${at}a`), { state: 1 })
      replace.same(await namesIn(table, other), ['a'])
      replace.same(await table.get(`${other}a`), { state: 2 })
      replace.same(await table.insert([rowsOf(at, ['a'])]), [0], 'its key stays taken')
      await table.remove([`${at}a`, `${other}a`])
      await table.replace(stubs)
      replace.same(await namesIn(table, at), ['c'], 'one that arrives late brings nothing back')
    },
  )

  await t.test('swap wants the rev that is there', async swap => {
    const key = `${prefix()}k`
    swap.notOk(await table.swap(key, 1, { n: 1 }))
    swap.ok(await table.swap(key, 0, { n: 1 }))
    swap.notOk(await table.swap(key, 0, { n: 2 }))
    swap.notOk(await table.swap(key, 2, { n: 2 }))
    swap.ok(await table.swap(key, 1, { n: 2, rev: 77 }))
    swap.same(await table.get(key), { n: 2, rev: 2 })
  })

  await t.test(
    'of many swaps at once exactly one wins, and a counter loses nothing',
    async race => {
      const key = `${prefix()}k`
      const first = await Promise.all(
        Array.from({ length: 20 }, () => table.swap(key, 0, { n: 0 })),
      )
      race.equal(first.filter(Boolean).length, 1)
      const add = async (): Promise<void> => {
        for (;;) {
          const doc = await table.get(key)
          if (await table.swap(key, Number(doc?.['rev']), { n: Number(doc?.['n']) + 1 })) return
        }
      }
      await Promise.all(Array.from({ length: 10 }, add))
      race.same(await table.get(key), { n: 10, rev: 11 })
    },
  )

  await t.test('remove removes, and does not mind what is not there', async remove => {
    const at = prefix()
    await insertAll(table, rowsOf(at, ['a', 'b', 'c']))
    await table.remove([`${at}a`, `${at}c`, `${at}nothing`])
    await table.remove([])
    remove.same(await namesIn(table, at), ['b'])
    remove.same(await table.insert([rowsOf(at, ['a'])]), [1])
  })
}

const documentSuite = async (t: Test, table: Table, prefix: Prefix): Promise<void> => {
  const written = async (doc: Doc): Promise<Doc | undefined> => {
    const key = `${prefix()}k`
    await table.insert([[{ key, doc }]])
    const [row] = await table.range(key, keyEnd(key), 1)
    const got = await table.get(key)
    t.same(plain(row?.doc), plain(got))
    return got
  }

  await t.test('come back as they were', async back => {
    const doc: Doc = {
      text: 'h\u00e9llo \u{1f600}',
      empty: '',
      long: 'x'.repeat(300),
      wide: '\u4e2d'.repeat(50),
      zero: 0,
      one: 1,
      negative: -1,
      big: 4_294_967_295,
      bigger: 4_294_967_296,
      time: 1_700_000_000_123,
      max: Number.MAX_SAFE_INTEGER,
      fraction: 0.1,
      tiny: -1e-300,
      yes: true,
      no: false,
    }
    back.same(await written(doc), doc)
    back.same(await written({}), {})
  })

  await t.test('bytes are bytes, of any length', async bytes => {
    for (const length of [0, 1, 127, 128, 300, 65_536]) {
      const content = Uint8Array.from({ length }, (_, at) => (at * 7) & 0xff)
      const got = (await written({ content, behind: 'x' }))?.['content']
      bytes.ok(got instanceof Uint8Array && Buffer.compare(got, content) === 0, `${length} bytes`)
    }
  })

  await t.test('what was read stays as it is while others are read', async stable => {
    const at = prefix()
    const contents = Array.from({ length: 50 }, (_, n) => new Uint8Array(200).fill(n))
    await insertAll(
      table,
      contents.map((content, n) => ({ key: at + keySeq(n), doc: { content } })),
    )
    const rows = await table.range(at, keyEnd(at), 100)
    await table.range(at, keyEnd(at), 100, true)
    stable.same(
      rows.map(row => plain(row.doc)),
      contents.map(content => plain({ content })),
    )
  })

  await t.test('many of 64 KiB in one call', async large => {
    const at = prefix()
    const content = new Uint8Array(65_536).fill(9)
    const rows = Array.from({ length: 40 }, (_, n) => ({ key: at + keySeq(n), doc: { content } }))
    large.same(
      await table.insert(rows.map(row => [row])),
      rows.map(() => 1),
    )
    const back = await table.range(at, keyEnd(at), 100)
    large.equal(back.length, 40)
    large.ok(
      back.every(
        row => row.doc['content'] instanceof Uint8Array && row.doc['content'].length === 65_536,
      ),
    )
    await table.remove(rows.map(row => row.key))
  })
}

/** Bytes as text, so that a Buffer equals a Uint8Array. */
const plain = (doc: Doc | undefined): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(doc ?? {}).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
    ]),
  )
