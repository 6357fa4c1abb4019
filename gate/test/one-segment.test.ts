import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const PROGRAM = fileURLToPath(new URL('support/pings-once.js', import.meta.url))
const WRITES = 'trace=write,writev,send,sendto,sendmsg,sendmmsg'
const works = spawnSync('strace', ['-e', 'trace=none', 'true']).status === 0

/** The bytes that a line of strace -xx shows, as hex. */
const bytesOf = (line: string): string =>
  [...line.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)]
    .map(([, text = '']) => text.replaceAll('\\x', ''))
    .join('')

t.test(
  'PONG and what waited for it are one call of the kernel, over each listener',
  { skip: works ? false : 'strace is not there, or may not trace' },
  async t => {
    const trace = join(t.testdir(), 'trace')
    const options = ['-f', '-s', '4096', '-xx', '-e', WRITES, '-o', trace]
    const ran = spawnSync('strace', [...options, process.execPath, PROGRAM], { encoding: 'utf8' })
    t.equal(ran.status, 0, ran.stderr)
    const seen = new Map<string, string[]>()
    let name = ''
    for (const line of readFileSync(trace, 'utf8').split('\n')) {
      const bytes = bytesOf(line)
      const text = Buffer.from(bytes, 'hex').toString('latin1')
      if (text.startsWith('MARK ')) name = text.slice(5).trim()
      // What wakes a thread, or is the client's, holds neither a PONG nor a NOTIFY.
      else if (name !== '' && name !== 'end' && /^(8204)?(10|50)/.test(bytes))
        seen.set(name, [...(seen.get(name) ?? []), bytes])
    }
    t.same(Object.fromEntries(seen), {
      TCP: ['10500101'],
      'WebSocket by uWebSockets.js': ['820410500101'],
      'WebSocket by ws': ['820410500101'],
    })
  },
)
