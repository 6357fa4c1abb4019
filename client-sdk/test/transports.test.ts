import { encodePreamble, readPreamble } from '@longwire/proto'
import t from 'tap'
import { nodeTransports } from '../src/node.ts'
import { transportContract } from './contract/transport.ts'
import { certificateFor } from './certificate.ts'
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
  const made = certificateFor(test, 'IP:127.0.0.1')
  if (made === undefined) return
  const gate = (): Promise<ScriptedGate> => ScriptedGate.listen('tls', made)
  transportContract(test, { transport: nodeTransports({ ca: made.cert })['tls']!, gate })

  test.test('a certificate that nobody vouches for is refused', async inner => {
    const strange = await gate()
    inner.teardown(() => strange.close())
    const handlers = { received: () => undefined, closed: () => undefined }
    const dial = plain['tls']!.connect(strange.url, handlers, new AbortController().signal)
    await inner.rejects(dial, { code: 'UNREACHABLE', message: /self-signed/ })
  })
})
