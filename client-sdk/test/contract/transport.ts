import type { Test } from 'tap'
import type { Transport, TransportHandlers } from '../../src/transport.ts'
import type { GateEnd, ScriptedGate } from '../scripted-gate.ts'

interface Subject {
  readonly transport: Transport
  /** A gate that this transport can dial. */
  readonly gate: () => Promise<ScriptedGate>
}

/** What a test hears: bytes one after the other, then the code of the close. */
const listener = () => {
  const chunks: number[] = []
  let wake: () => void = () => undefined
  let ended: { readonly code: number | undefined } | undefined
  let closes = 0
  const handlers: TransportHandlers = {
    received: bytes => {
      for (const byte of bytes) chunks.push(byte)
      wake()
    },
    closed: code => {
      closes++
      ended = { code }
      wake()
    },
  }
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) {
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }
  return {
    handlers,
    bytes: async (count: number): Promise<number[]> => {
      await until(() => chunks.length >= count)
      return chunks
    },
    close: async (): Promise<number | undefined> => {
      await until(() => ended !== undefined)
      return ended!.code
    },
    closes: () => closes,
  }
}

/** The contract of Transport, over a real local server. */
export const transportContract = (test: Test, { transport, gate: open }: Subject): void => {
  const connect = async (inner: Test) => {
    const gate = await open()
    inner.teardown(() => gate.close())
    const heard = listener()
    const connection = await transport.connect(
      gate.url,
      heard.handlers,
      new AbortController().signal,
    )
    inner.teardown(() => connection.close())
    const end: GateEnd = await gate.accept()
    return { gate, heard, connection, end }
  }

  test.test('bytes arrive whole and in order, both ways', async inner => {
    const { heard, connection, end } = await connect(inner)
    connection.write(Uint8Array.of(0x28, 0))
    connection.write(Uint8Array.of(0x08))
    await end.expect('LOGOUT')
    await end.expect('PING')
    const large = new Uint8Array(200_000).map((_, at) => at % 251)
    end.sendRaw(large)
    inner.ok(Buffer.from(await heard.bytes(large.length)).equals(large), 'every byte is as it was')
  })

  test.test('what was written before close arrives', async inner => {
    const { heard, connection, end } = await connect(inner)
    connection.write(Uint8Array.of(0x28, 0))
    connection.close()
    await end.expect('LOGOUT')
    await end.gone
    inner.equal(heard.closes(), 0, 'its own close is not told')
  })

  test.test('a goodbye and a broken connection are told once', async inner => {
    for (const leave of ['end', 'cut'] as const) {
      const { heard, end } = await connect(inner)
      end[leave]()
      inner.equal(await heard.close(), undefined)
      await new Promise(setImmediate)
      inner.equal(heard.closes(), 1)
    }
  })

  test.test('nothing is heard after close', async inner => {
    const { heard, connection, end } = await connect(inner)
    connection.close()
    end.sendRaw(Uint8Array.of(1, 2, 3))
    await end.gone
    inner.equal(heard.closes(), 0)
  })

  test.test('a gate that is not there is UNREACHABLE, with its address', async inner => {
    const gate = await open()
    gate.close()
    const dial = transport.connect(gate.url, listener().handlers, new AbortController().signal)
    await inner.rejects(dial, {
      code: 'UNREACHABLE',
      action: 'retry',
      message: new RegExp(gate.url),
    })
  })

  test.test('a dial can be called off, before and during', async inner => {
    const gate = await open()
    inner.teardown(() => gate.close())
    const controller = new AbortController()
    const during = transport.connect(gate.url, listener().handlers, controller.signal)
    controller.abort()
    await inner.rejects(during, { code: 'ABORTED' })
    await inner.rejects(transport.connect(gate.url, listener().handlers, controller.signal), {
      code: 'ABORTED',
    })
  })
}
