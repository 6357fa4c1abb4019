import type { Test } from 'tap'
import {
  createClient,
  type Client,
  type ClientOptions,
  type LongwireError,
  type Message,
  type StateChange,
} from '../src/node.ts'
import { ScriptedGate, type GateKind } from './scripted-gate.ts'
import { seededRandom, VirtualClock } from './virtual-clock.ts'

/** A client on a virtual clock and a gate that only does what the test says. */
export const setUp = async (
  test: Test,
  change: Partial<ClientOptions> = {},
  kind: GateKind = 'tcp',
) => {
  const gate = await ScriptedGate.listen(kind)
  const clock = new VirtualClock()
  const options: ClientOptions = {
    urls: [gate.url],
    appcode: 1,
    uid: 'amy',
    device: 'phone',
    token: 'secret',
    clock,
    random: seededRandom(1),
    ...change,
  }
  const client = createClient(options)
  test.teardown(() => {
    // Not awaited: some tests leave a store that never answers.
    client.close().catch(() => undefined)
    gate.close()
  })
  return { gate, clock, client, options, create: createClient }
}

/** Connects without waiting; a test that ends early leaves it unresolved. */
export const start = (client: Client): void => {
  client.connect().catch(() => undefined)
}

/** Resolves at the next change to `state`. */
export const reached = (client: Client, state: string): Promise<StateChange> =>
  new Promise(resolve => {
    const stop = client.on('state', change => {
      if (change.state !== state) return
      stop()
      resolve(change)
    })
  })

/** Resolves to the next error. */
export const failure = (client: Client): Promise<LongwireError> =>
  new Promise(resolve => {
    const stop = client.on('error', error => {
      stop()
      resolve(error)
    })
  })

/** Lets promises and writes at hand run. */
export const turn = async (): Promise<void> => {
  for (let round = 0; round < 3; round++) await new Promise(setImmediate)
}

/** Collects what the app gets; `count(n)` resolves when it has n of them. */
export const collect = (client: Client) => {
  const messages: Message[] = []
  const texts: string[] = []
  let check: () => void = () => undefined
  client.on('message', message => {
    messages.push(message)
    texts.push(message.text())
    check()
  })
  const count = (wanted: number): Promise<string[]> =>
    new Promise(resolve => {
      check = () => {
        if (texts.length >= wanted) resolve(texts)
      }
      check()
    })
  return { messages, texts, count }
}
