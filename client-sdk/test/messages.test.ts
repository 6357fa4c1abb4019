import t from 'tap'
import { reached, setUp, start, turn } from './set-up.ts'

t.test('each message counts as handled when the next one is asked for', async test => {
  const { gate, clock, client } = await setUp(test)
  const messages = client.messages()
  start(client)
  const end = await gate.accept()
  await end.welcome()
  end.data(1).data(2).send()
  test.equal((await messages.next()).value?.text(), 'm1')
  await turn()
  clock.advance(5000)
  await turn()
  test.equal(end.frames.waiting, 0)
  test.equal((await messages.next()).value?.text(), 'm2')
  await turn()
  clock.advance(5000)
  test.match(await end.expect('ACK'), { a: 1 })
})

t.test('the message at hand when a loop is left early comes again', async test => {
  const { gate, client } = await setUp(test)
  start(client)
  const end = await gate.accept()
  await end.welcome()
  end.data(1).data(2).data(3).send()
  const seen: string[] = []
  for await (const message of client.messages()) {
    seen.push(message.text())
    if (message.seq === 2) break
  }
  for await (const message of client.messages()) {
    seen.push(message.text())
    if (message.seq === 3) break
  }
  test.strictSame(seen, ['m1', 'm2', 'm2', 'm3'])
})

t.test('the loop ends when the client is closed', async test => {
  const { gate, client } = await setUp(test)
  start(client)
  const end = await gate.accept()
  await end.welcome()
  await reached(client, 'ready')
  const loop = (async () => {
    for await (const _message of client.messages()) test.fail('there is none')
  })()
  await client.close()
  await loop
})

t.test('the loop throws when the client is kicked', async test => {
  const { gate, client } = await setUp(test)
  start(client)
  const end = await gate.accept()
  await end.welcome()
  await reached(client, 'ready')
  const messages = client.messages()
  const next = messages.next()
  end.kick('KICKED').send()
  await test.rejects(next, { code: 'KICKED' })
  test.strictSame(await messages.next(), { done: true, value: undefined })
})

t.test('the loop can be called off, before and while it waits', async test => {
  const { client } = await setUp(test)
  const controller = new AbortController()
  const next = client.messages({ signal: controller.signal }).next()
  controller.abort()
  await test.rejects(next, { code: 'ABORTED' })
  await test.rejects(client.messages({ signal: controller.signal }).next(), { code: 'ABORTED' })
})

t.test(
  'a message that nobody took when the loop ends is offered to the next listener',
  async test => {
    const { gate, client } = await setUp(test)
    start(client)
    const end = await gate.accept()
    await end.welcome()
    await reached(client, 'ready')
    const controller = new AbortController()
    client.messages({ signal: controller.signal })
    end.data(1).send()
    await turn()
    controller.abort()
    test.equal((await client.messages().next()).value?.text(), 'm1')
  },
)
