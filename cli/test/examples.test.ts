import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { signToken } from '@longwire/logic'
import { chromium, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { startAll, type RunningAll } from '../src/compose/all.ts'
import { run, silent, trialConfig } from './support.ts'

const executablePath = process.env['LONGWIRE_TEST_CHROMIUM'] ?? ''
const skip = executablePath === '' && 'LONGWIRE_TEST_CHROMIUM is not set (path of a Chromium)'
const EXAMPLES = join(import.meta.dirname, '../../../examples')
const WAIT_MS = 30_000

const start = async (t: Test): Promise<RunningAll> => {
  const overrides = { apps: [{ appcode: 1, sessions: 2 }], conversations: { enabled: true } }
  const running = await startAll(trialConfig(t.testdir(), overrides), silent)
  t.teardown(() => running.stop())
  return running
}

const startExample = (t: Test, args: readonly string[], env: object = {}): ChildProcess => {
  const child = spawn(process.execPath, args, {
    cwd: t.testdirName,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill())
  return child
}

const firstLine = async (child: ChildProcess): Promise<string> => {
  let text = ''
  while (!text.includes('\n')) {
    const [chunk] = (await once(child.stdout!, 'data')) as [Buffer]
    text += chunk.toString()
  }
  return text.slice(0, text.indexOf('\n'))
}

t.test('two people chat in Chromium: history, ticks, and taking back', { skip }, async t => {
  const running = await start(t)
  const server = startExample(t, [
    join(EXAMPLES, 'chat/server.mjs'),
    running.addresses.http ?? '',
    '0',
  ])
  const { origin } = new URL(await firstLine(server))
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  t.teardown(() => browser.close())
  const open = async (uid: string, peer: string): Promise<Page> => {
    const context = await browser.newContext()
    const page = await context.newPage()
    page.setDefaultTimeout(WAIT_MS)
    await page.goto(`${origin}/?uid=${uid}&peer=${peer}`)
    return page
  }
  const write = async (page: Page, text: string): Promise<void> => {
    await page.fill('#text', text)
    await page.press('#text', 'Enter')
  }
  const ann = await open('ann', 'bob')
  await ann.waitForFunction(`document.getElementById('state').textContent === 'ready'`)
  await write(ann, 'hello bob')
  await ann.waitForSelector('li.mine')
  const bob = await open('bob', 'ann')
  await bob.waitForSelector('li.theirs')
  t.equal(await bob.textContent('li.theirs'), 'hello bob', 'from the history')
  await ann.waitForSelector('li.mine[data-read=yes]')
  await write(bob, 'hello ann')
  await ann.waitForSelector('li.theirs')
  t.equal(await ann.textContent('li.theirs'), 'hello ann')
  await bob.dblclick('li.mine')
  await ann.waitForSelector('li.theirs.recalled')
  t.equal(await ann.textContent('li.theirs'), 'taken back')
  t.equal(await ann.locator('li').count(), 2, 'each message is there once')
})

t.test('a driver sends its positions and an order', async t => {
  const running = await start(t)
  const { http = '', tcp = '' } = running.addresses
  const env = { LONGWIRE_KEY: running.dev?.key ?? '' }
  for (const more of [
    ['9', 'positions', '--stream'],
    ['7', 'orders'],
  ]) {
    const [msgtype = '', topic = '', ...flags] = more
    const args = ['c2s', 'set', '--url', http, '--appcode', '1', '--msgtype', msgtype]
    t.equal((await run([...args, '--topic', topic, ...flags], env)).code, 0)
  }
  const token = await signToken(running.dev?.secret ?? '', {
    uid: 'driver-1',
    ttlSeconds: 60,
    nowMs: Date.now(),
  })
  const driver = startExample(t, [join(EXAMPLES, 'driver/driver.mjs'), '2'], {
    LONGWIRE_URL: tcp,
    LONGWIRE_TOKEN: token,
    OUTBOX: 'outbox',
  })
  t.match(await firstLine(driver), /^2 positions, and an order that is stored as [0-9a-f]{16}$/)
})
