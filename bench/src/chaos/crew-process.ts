/** Entry of a forked process: clients or a publisher that are told by messages what to do. */
import { Clients } from './clients.ts'
import type { CrewCall, CrewReply, CrewValue } from './crew.ts'
import { Publishing } from './publishing.ts'

let clients: Clients | undefined
let publishing: Publishing | undefined

const there = <T>(part: T | undefined): T => {
  if (part === undefined) throw new Error('it is not open')
  return part
}

const perform = async (call: CrewCall): Promise<CrewValue> => {
  switch (call.kind) {
    case 'clients':
      clients = new Clients(call.options)
      return undefined
    case 'publishing':
      publishing = new Publishing(call.options)
      return undefined
    case 'connect':
      await there(clients).connect(call.which)
      return undefined
    case 'leave':
      await there(clients).leave(call.which ?? [])
      return undefined
    case 'status':
      return there(clients).status(call.round)
    case 'start':
      there(publishing).start(call.round)
      return undefined
    case 'stop':
      return there(publishing).stop()
    case 'fence':
      await there(publishing).fence(call.round)
      return undefined
    case 'close':
      await clients?.close()
      await publishing?.close()
      return undefined
  }
}

const reply = (message: CrewReply): void => void process.send?.(message)

process.on('message', (call: CrewCall) => {
  perform(call).then(
    value => reply({ id: call.id, value }),
    (error: unknown) => reply({ id: call.id, value: undefined, error: String(error) }),
  )
})
// The parent is gone: nobody needs the load any more.
process.on('disconnect', () => process.exit())
