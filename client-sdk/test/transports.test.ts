import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodePreamble, readPreamble } from '@longwire/proto'
import t from 'tap'
import { nodeTransports } from '../src/node.ts'
import { transportContract } from './contract/transport.ts'
import { ScriptedGate } from './scripted-gate.ts'

const plain = nodeTransports()

t.test('tcp', async test => {
  transportContract(test, { transport: plain['tcp']!, gate: () => ScriptedGate.listen('tcp') })

  test.test('the preamble comes first and says what the client can do', async inner => {
    const gate = await ScriptedGate.listen('tcp')
    inner.teardown(() => gate.close())
    const ignored = { received: () => undefined, closed: () => undefined }
    const connection = await plain['tcp']!.connect(gate.url, ignored, new AbortController().signal)
    inner.teardown(() => connection.close())
    const end = await gate.accept()
    connection.write(Uint8Array.of(0x08))
    await end.expect('PING')
    inner.strictSame(Buffer.concat(end.preamble), Buffer.from(encodePreamble(1, 1, 2)))
    inner.equal(readPreamble(Buffer.concat(end.preamble), 1, 1), 1)
  })
})

t.test('ws', async test => {
  transportContract(test, { transport: plain['ws']!, gate: () => ScriptedGate.listen('ws') })

  test.test('a close code beyond 4000 is a code of the protocol', async inner => {
    for (const code of [3, 66]) {
      const gate = await ScriptedGate.listen('ws')
      inner.teardown(() => gate.close())
      const heard = new Promise(resolve => {
        const handlers = { received: () => undefined, closed: resolve }
        plain['ws']!.connect(gate.url, handlers, new AbortController().signal).catch(inner.threw)
      })
      ;(await gate.accept()).end(code)
      inner.equal(await heard, code)
    }
  })
})

t.test('tls', async test => {
  const folder = test.testdir()
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  const files = ['-keyout', keyFile, '-out', certFile, '-days', '2', '-nodes']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
  try {
    execFileSync('openssl', ['req', '-x509', ...curve, ...files, ...subject], { stdio: 'pipe' })
  } catch {
    test.comment('skipped: no openssl here to make a certificate with')
    return
  }
  const [key, cert] = [readFileSync(keyFile, 'utf8'), readFileSync(certFile, 'utf8')]
  const gate = (): Promise<ScriptedGate> => ScriptedGate.listen('tls', { key, cert })
  transportContract(test, { transport: nodeTransports({ ca: cert })['tls']!, gate })

  test.test('a certificate that nobody vouches for is refused', async inner => {
    const strange = await gate()
    inner.teardown(() => strange.close())
    const handlers = { received: () => undefined, closed: () => undefined }
    const dial = plain['tls']!.connect(strange.url, handlers, new AbortController().signal)
    await inner.rejects(dial, { code: 'UNREACHABLE', message: /self-signed/ })
  })
})
