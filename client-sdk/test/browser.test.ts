import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { chromium, type Page } from 'playwright-core'
import { bucketOf } from '@longwire/proto'
import t, { type Test } from 'tap'
import { CURSOR_RULES } from './contract/cursor-store.ts'
import { OUTBOX_RULES } from './contract/outbox-store.ts'
import { ScriptedGate } from './scripted-gate.ts'

const executablePath = process.env['LONGWIRE_TEST_CHROMIUM']
const skip = executablePath
  ? false
  : 'LONGWIRE_TEST_CHROMIUM is not set: give the path of a Chromium'

const built = join(import.meta.dirname, '..')

const bundle = async (contents: string): Promise<string> => {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: built },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]!.text
}

/** A page of its own origin, with `script` as its module. */
const openPage = async (test: Test, script: string): Promise<Page> => {
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(
      isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>',
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  test.teardown(() => void server.close())
  const browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] })
  test.teardown(() => browser.close())
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  return page
}

t.test('stores of the browser', { skip }, async test => {
  const page = await openPage(
    test,
    await bundle(`
      import { CURSOR_RULES } from '${built}/test/contract/cursor-store.js'
      import { OUTBOX_RULES } from '${built}/test/contract/outbox-store.js'
      import { indexedDbCursors } from '${built}/src/cursors/indexed-db.js'
      import { localStorageCursors } from '${built}/src/cursors/local-storage.js'
      import { indexedDbOutbox } from '${built}/src/outboxes/indexed-db.js'
      import { localStorageOutbox } from '${built}/src/outboxes/local-storage.js'
      const kinds = {
        indexedDb: [indexedDbCursors, CURSOR_RULES],
        localStorage: [localStorageCursors, CURSOR_RULES],
        indexedDbOutbox: [indexedDbOutbox, OUTBOX_RULES],
        localStorageOutbox: [localStorageOutbox, OUTBOX_RULES],
      }
      globalThis.checkRule = async (kind, index) => {
        const [open, rules] = kinds[kind]
        const reopen = () => open(kind + ' ' + index)
        try {
          await rules[index].check(reopen(), reopen)
          return 'kept'
        } catch (error) {
          return String(error)
        }
      }
      globalThis.loaded = true
    `),
  )
  await page.waitForFunction('globalThis.loaded')
  for (const kind of ['indexedDb', 'localStorage', 'indexedDbOutbox', 'localStorageOutbox']) {
    const rules = kind.endsWith('Outbox') ? OUTBOX_RULES : CURSOR_RULES
    for (const [index, { name }] of rules.entries()) {
      test.equal(await page.evaluate(`checkRule('${kind}', ${index})`), 'kept', `${kind}: ${name}`)
    }
  }
})

t.test(
  'the browser entry talks to a gate over the WebSocket of the browser',
  { skip },
  async test => {
    const gate = await ScriptedGate.listen('ws')
    test.teardown(() => gate.close())
    const page = await openPage(
      test,
      await bundle(`
      import { createClient, indexedDbCursors } from '${built}/src/index.js'
      const client = createClient({
        urls: ['${gate.url}'], appcode: 1, uid: 'amy', device: 'browser', token: 'secret', cursors: indexedDbCursors(),
      })
      const texts = []
      client.on('message', message => {
        texts.push(message.text())
        if (texts.length === 2) globalThis.texts = texts.join(' ')
      })
      client.connect()
    `),
    )
    const end = await gate.accept()
    test.match(await end.welcome({ base: 0, max: 1 }), { uid: 'amy', device: 'browser' })
    end.page(0, 1, [1]).data(2, 'grüße').send()
    await page.waitForFunction('globalThis.texts')
    test.equal(await page.evaluate('globalThis.texts'), 'm1 grüße')
    test.match(await end.expect('ACK'), { a: 2 })
  },
)

t.test(
  'a page finds its gate by a dispatcher of another origin, and keeps the list',
  { skip },
  async test => {
    const gate = await ScriptedGate.listen('ws')
    test.teardown(() => gate.close())
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const asked: string[] = []
    const dispatcher = createServer((request, response) => {
      asked.push(`${request.url ?? ''} ${request.headers.accept ?? ''}`)
      const list = JSON.stringify({ at: 1, ttlSeconds: 60, gates: [{ url: gate.url, load: 0 }] })
      const encoded = (text: string): string => Buffer.from(text).toString('base64url')
      const data = `${encoded('{"alg":"ES256"}')}.${encoded(list)}`
      const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
      const signature = sign('sha256', Buffer.from(data), key).toString('base64url')
      response.setHeader('access-control-allow-origin', '*')
      response.end(`${data}.${signature}`)
    })
    dispatcher.listen(0, '127.0.0.1')
    await once(dispatcher, 'listening')
    test.teardown(() => void dispatcher.close())
    const { port } = dispatcher.address() as AddressInfo
    const page = await openPage(
      test,
      await bundle(`
      import { createClient, localStorageAddresses } from '${built}/src/index.js'
      globalThis.kept = localStorage.getItem('longwire:addresses')
      const client = createClient({
        dispatcher: {
          urls: ['http://127.0.0.1:${port}'],
          transport: 'ws',
          publicKey: ${JSON.stringify(publicKey.export({ format: 'jwk' }))},
        },
        addresses: localStorageAddresses(), appcode: 1, uid: 'amy', device: 'browser', token: 'secret',
      })
      client.connect().then(() => { globalThis.connected = true })
    `),
    )
    await (await gate.accept()).welcome()
    await page.waitForFunction('globalThis.connected')
    test.strictSame(asked, [
      `/v1/gates?appcode=1&transport=ws&names=true&bucket=${bucketOf('amy')}&agent=longwire-js%2F0.1.0 application/jose`,
    ])
    dispatcher.close()
    await page.reload()
    await (await gate.accept()).welcome()
    await page.waitForFunction('globalThis.connected')
    test.match(await page.evaluate('globalThis.kept'), gate.url)
    test.equal(asked.length, 1, 'nobody was asked again')
  },
)

t.test(
  'a page probes gates of other origins, and dials the one that answers',
  { skip },
  async test => {
    const gates = await Promise.all([1, 2, 3, 4].map(() => ScriptedGate.listen('ws')))
    test.teardown(() => gates.forEach(gate => gate.close()))
    const last = gates.at(-1)!
    last.answersProbes = true
    // Two ranges of two gates: the last of each.
    const page = await openPage(
      test,
      await bundle(`
      import { createClient } from '${built}/src/index.js'
      const client = createClient({
        urls: ${JSON.stringify(gates.map(({ url }) => url))},
        appcode: 1,
        uid: 'amy',
        device: 'page',
        token: 'secret',
        probes: true,
        random: () => 0.999,
      })
      globalThis.connected = client.connect().then(() => client.state)
    `),
    )
    await (await last.accept()).welcome()
    test.equal(await page.evaluate('connected'), 'ready')
    test.strictSame(
      gates.map(({ dials }) => dials),
      [0, 0, 0, 1],
    )
  },
)
