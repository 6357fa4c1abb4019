import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createLogger, loadConfig } from '@longwire/kit'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { startAll } from '../src/compose/all.ts'
import { CONFIG } from '../src/config.ts'
import { freePorts } from './e2e/ports.ts'

const executablePath = process.env['LONGWIRE_TEST_CHROMIUM'] ?? ''
const screenshots = process.env['LONGWIRE_SCREENSHOTS'] ?? ''
const skip = executablePath === '' && 'LONGWIRE_TEST_CHROMIUM is not set (path of a Chromium)'

// A browser without a screen, a network of its own or anything to phone home about.
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const WAIT_MS = 10_000
const PHONE: BrowserContextOptions = {
  viewport: { width: 360, height: 700 },
  hasTouch: true,
  isMobile: true,
}
const DARK: BrowserContextOptions = { viewport: { width: 1100, height: 760 }, colorScheme: 'dark' }

interface Server {
  readonly url: string
  publish(uid: string, body: string, msgtype?: number): Promise<number>
  stop(): Promise<void>
}

interface Where {
  readonly data: string
  readonly http?: string | undefined
  readonly ws?: string | undefined
}

/** Everything in this process, one device per user online at once; stopped with the test. */
const startServer = async (t: Test, { data, http, ws }: Where): Promise<Server> => {
  const free = '127.0.0.1:0'
  const overrides = {
    data,
    gate: { tcp: { address: 'off' }, ws: { address: ws ?? free } },
    http: { address: http ?? free },
    backend: { address: 'off' },
    apps: [{ appcode: 1, sessions: 1 }],
  }
  const { config } = loadConfig(CONFIG, { overrides })
  const running = await startAll(config, createLogger({ level: 'silent', name: 'page-test' }))
  t.teardown(() => running.stop())
  const url = running.addresses.http ?? ''
  const key = running.dev?.key ?? ''
  return {
    url,
    async publish(uid, body, msgtype = 0) {
      const response = await fetch(`${url}/v1/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ to: { uid, appcode: 1 }, msgtype, body }),
      })
      const answer: unknown = await response.json()
      if (response.ok && typeof answer === 'object' && answer !== null && 'seq' in answer)
        return Number(answer.seq)
      throw new Error(`publishing failed: ${JSON.stringify(answer)}`)
    },
    stop: async () => void (await running.stop()),
  }
}

/** A page as one person has it: storage of its own, and all that its console complained about. */
class Visit {
  readonly page: Page
  readonly complaints: string[] = []

  constructor(page: Page) {
    this.page = page
    page.setDefaultTimeout(WAIT_MS)
    page.on('pageerror', error => this.complaints.push(error.message))
    page.on('console', line => {
      if (line.type() === 'error' || line.type() === 'warning') this.complaints.push(line.text())
    })
  }

  async logIn(uid: string): Promise<void> {
    await this.page.getByLabel('User').fill(uid)
    await this.page.getByRole('button', { name: 'Log in' }).click()
    await this.state('ready')
  }

  async logOut(): Promise<void> {
    await this.page.getByRole('button', { name: 'Log out' }).click()
    await this.page.getByTestId('login-form').waitFor()
  }

  async state(name: string): Promise<void> {
    await this.page.locator(`[data-testid=state][data-state=${name}]`).waitFor()
  }

  /** Waits for the text, then says all that is shown, from the top. */
  async messages(last: string): Promise<string[]> {
    await this.page.getByTestId('message').filter({ hasText: last }).first().waitFor()
    return this.page.getByTestId('message-text').allInnerTexts()
  }

  /** Everything that had to be handled is handled and saved: what came twice would be there now. */
  async readUpTo(seq: number): Promise<void> {
    await this.page
      .getByTestId('saved')
      .filter({ hasText: `#${seq}` })
      .waitFor()
  }

  async text(testid: string): Promise<string> {
    const found = this.page.getByTestId(testid)
    await found.waitFor()
    return found.innerText()
  }

  async shoot(name: string): Promise<void> {
    if (screenshots === '') return
    mkdirSync(screenshots, { recursive: true })
    await this.page.screenshot({ path: join(screenshots, `${name}.png`), animations: 'disabled' })
  }
}

const visit = async (
  t: Test,
  {
    browser,
    url,
    options = {},
  }: { browser: Browser; url: string; options?: BrowserContextOptions },
): Promise<Visit> => {
  const context = await browser.newContext(options)
  t.teardown(() => context.close())
  const visited = new Visit(await context.newPage())
  await visited.page.goto(url)
  return visited
}

t.test('the page in a browser', { skip }, async t => {
  const data = t.testdir()
  const server = await startServer(t, { data: join(data, 'shared') })
  const { url } = server
  const browser = await chromium.launch({ executablePath, args: ARGS })
  t.teardown(() => browser.close())

  await t.test('a published message is shown once, with its number, type and time', async t => {
    const alice = await visit(t, { browser, url })
    await alice.shoot('desktop-first-visit')
    await alice.logIn('alice')
    t.match(await alice.text('empty'), /Nothing here yet/)
    await alice.shoot('desktop-empty')
    const seq = await server.publish('alice', 'your parcel <b>arrived</b>', 7)
    t.same(await alice.messages('parcel'), ['your parcel <b>arrived</b>'])
    await alice.readUpTo(seq)
    t.equal(await alice.page.getByTestId('message').count(), 1)
    t.equal(await alice.text('message-seq'), `#${seq}`)
    t.equal(await alice.text('message-type'), 'type 7')
    t.match(await alice.text('message-time'), /\d:\d\d/)
    t.same(alice.complaints, [])
  })

  await t.test('a message sent from the page arrives there, and Enter sends', async t => {
    const bob = await visit(t, { browser, url })
    await bob.logIn('bob')
    await bob.page.getByLabel('Type').fill('12')
    await bob.page.getByLabel('Text').fill('note to self')
    await bob.page.getByLabel('Text').press('Enter')
    t.same(await bob.messages('note to self'), ['note to self'])
    t.equal(await bob.text('message-type'), 'type 12')
    t.match(await bob.text('send-result'), /Stored as #1 for bob/)
    t.equal(await bob.page.getByLabel('Text').inputValue(), '')
    await bob.page.getByLabel('To', { exact: true }).fill('carol')
    await bob.page.getByLabel('Text').fill('for carol')
    await bob.page.getByRole('button', { name: 'Send' }).click()
    await bob.page.getByTestId('send-result').filter({ hasText: 'for carol' }).waitFor()
    t.equal(await bob.page.getByTestId('message').count(), 1, 'it went to carol only')
    t.same(bob.complaints, [])
  })

  await t.test('what was missed comes at the next login, in order and once', async t => {
    const alice = await visit(t, { browser, url })
    await alice.logIn('dora')
    const first = await server.publish('dora', 'while you are here')
    await alice.messages('while you are here')
    await alice.readUpTo(first)
    await alice.logOut()
    await server.publish('dora', 'missed one')
    const last = await server.publish('dora', 'missed two')
    t.equal(await alice.page.getByTestId('message').count(), 1, 'nothing comes after the logout')
    await alice.shoot('desktop-logged-out')
    await alice.logIn('dora')
    const all = ['while you are here', 'missed one', 'missed two']
    t.same(await alice.messages('missed two'), all)
    await alice.readUpTo(last)
    t.same(await alice.page.getByTestId('message-text').allInnerTexts(), all)
    t.equal(await alice.page.getByTestId('missed').count(), 2, 'they are marked')
    await alice.shoot('desktop-caught-up')
    t.same(alice.complaints, [])
  })

  await t.test('a reload goes on behind what was read, and the name is still there', async t => {
    const eve = await visit(t, { browser, url })
    await eve.logIn('eve')
    const first = await server.publish('eve', 'before')
    await eve.messages('before')
    await eve.readUpTo(first)
    await eve.page.reload()
    t.equal(await eve.page.getByLabel('User').inputValue(), 'eve')
    await eve.logIn('eve')
    t.match(await eve.text('empty'), /Nothing new/)
    await server.publish('eve', 'after')
    t.same(await eve.messages('after'), ['after'])
    t.same(eve.complaints, [])
  })

  await t.test('a login on another device ends the first one, and it is told why', async t => {
    const first = await visit(t, { browser, url })
    const second = await visit(t, { browser, url })
    await first.logIn('frank')
    await server.publish('frank', 'for every device')
    await first.messages('for every device')
    await second.logIn('frank')
    t.match(await first.text('notice'), /Another device logged in as frank/)
    await first.state('closed')
    await first.shoot('desktop-kicked')
    const later = await server.publish('frank', 'for who is left')
    const both = ['for every device', 'for who is left']
    t.same(
      await second.messages('for who is left'),
      both,
      'the new device starts with what is kept',
    )
    await second.readUpTo(later)
    t.equal(await first.page.getByTestId('message').count(), 1, 'the first one gets nothing more')
    await first.logIn('frank')
    t.same(await first.messages('for who is left'), both, 'until it takes over again')
    t.match(await second.text('notice'), /Another device logged in as frank/)
    t.same([...first.complaints, ...second.complaints], [])
  })

  await t.test('two tabs of one browser are two devices', async t => {
    const one = await visit(t, { browser, url })
    await one.logIn('gina')
    const two = new Visit(await one.page.context().newPage())
    await two.page.goto(url)
    await two.logIn('gina')
    t.match(await two.text('who'), /browser-[0-9a-f]{8}\.2/)
    t.match(await one.text('notice'), /Another device logged in as gina/)
    t.same([...one.complaints, ...two.complaints], [])
  })

  await t.test('a refusal is shown at the field, with what to do', async t => {
    const visitor = await visit(t, { browser, url })
    await visitor.page.getByLabel('User').fill('\u00E9'.repeat(64))
    await visitor.page.getByRole('button', { name: 'Log in' }).click()
    t.match(await visitor.text('login-error'), /Uid must have 1 to 64 bytes, it has 128/)
    t.equal(await visitor.page.getByLabel('User').getAttribute('aria-invalid'), 'true')
    await visitor.page.getByLabel('User').fill('hugo')
    await visitor.page.getByTestId('end').click()
    await visitor.page.getByLabel('App code').fill('9')
    await visitor.page.getByRole('button', { name: 'Log in' }).click()
    await visitor.page
      .getByTestId('login-error')
      .filter({ hasText: 'add it under "apps"' })
      .waitFor()
    await visitor.shoot('desktop-refused')
    await visitor.page.getByLabel('App code').fill('1')
    await visitor.logIn('hugo')
  })

  await t.test('it fits a phone, and is dark where that is preferred', async t => {
    const looks: Readonly<Record<string, BrowserContextOptions>> = {
      phone: PHONE,
      'phone-dark': { ...DARK, ...PHONE },
      dark: DARK,
    }
    for (const [name, options] of Object.entries(looks)) {
      const ivy = await visit(t, { browser, url, options })
      const uid = `ivy-${name}`
      await ivy.shoot(`${name}-first-visit`)
      await ivy.logIn(uid)
      await ivy.shoot(`${name}-empty`)
      await server.publish(uid, `{"order":42,"note":"${'long '.repeat(20)}"}`, 65_535)
      await server.publish(uid, 'x'.repeat(200))
      await ivy.messages('xxx')
      const over = await ivy.page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      )
      t.equal(over, 0, `${name}: nothing sticks out`)
      await ivy.shoot(`${name}-messages`)
      t.same(ivy.complaints, [])
    }
  })

  await t.test(
    'a lost server is waited for; one that lost its data is told as a reset',
    async t => {
      // Addresses of one's own choice can be listened on again at once; those the system chose cannot.
      const [http, ws] = (await freePorts(2)).map(port => `127.0.0.1:${port}`)
      const first = await startServer(t, { data: join(data, 'jack'), http, ws })
      const jack = await visit(t, { browser, url: first.url })
      await jack.logIn('jack')
      const seq = await first.publish('jack', 'before the loss')
      await jack.messages('before the loss')
      await jack.readUpTo(seq)
      await first.stop()
      t.match(await jack.text('notice'), /Messages are kept/)
      t.equal(await jack.text('state'), 'Connection lost')
      await jack.shoot('desktop-waiting')
      const again = await startServer(t, { data: join(data, 'jack-anew'), http, ws })
      await jack.page.getByRole('button', { name: 'Try now' }).click()
      await jack.state('ready')
      await again.publish('jack', 'after the loss')
      t.same(await jack.messages('after the loss'), ['before the loss', 'after the loss'])
      const reset = jack.page.locator('[data-testid=event][data-kind=reset]')
      t.match(await reset.innerText(), new RegExp(`started anew.*#${seq}`))
      t.notOk(await jack.page.getByTestId('notice').isVisible())
      await jack.shoot('desktop-reset')
    },
  )
})

// A gap needs a mailbox that overflows and a minute of patience: this SDK says so at once.
const SCRIPTED_SDK = `
  export const indexedDbCursors = () => ({ load: async () => ({ epoch: 1, seq: 2 }), save: async () => {} })
  export const createClient = ({ cursors }) => {
    const listeners = {}
    const emit = (name, event) => listeners[name]?.(event)
    return {
      on: (name, listener) => { listeners[name] = listener },
      close: async () => {},
      logout: async () => {},
      connect: async () => {
        await cursors.load('')
        emit('state', { state: 'ready', previous: 'connecting' })
        emit('gap', { from: 3, to: 9, reason: 'trimmed' })
        emit('gap', { from: 11, to: 11, reason: 'trimmed' })
        emit('error', { code: 'CURSOR_STORE', action: 'retry', message: 'the cursor was not saved: the disk is full' })
      },
    }
  }
`

t.test('gaps and trouble with the cursor are told in plain words', { skip }, async t => {
  const { url } = await startServer(t, { data: t.testdir() })
  const browser = await chromium.launch({ executablePath, args: ARGS })
  t.teardown(() => browser.close())
  const context = await browser.newContext()
  await context.route('**/sdk.js', route =>
    route.fulfill({ contentType: 'text/javascript', body: SCRIPTED_SDK }),
  )
  const kim = new Visit(await context.newPage())
  await kim.page.goto(url)
  await kim.logIn('kim')
  const gaps = await kim.page.locator('[data-testid=event][data-kind=gap]').allInnerTexts()
  t.match(gaps, [/^Messages #3 to #9 are gone\. /, /^Message #11 is gone\. /])
  t.match(await kim.text('notice'), /disk is full/)
  await kim.shoot('desktop-gap')
  t.same(kim.complaints, [])
})
