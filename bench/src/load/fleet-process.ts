/** Entry of a forked load process: a fleet that is told by messages what to do. */
import type { FleetCall, FleetReply } from './fleets.ts'
import { Fleet } from './fleet.ts'

let fleet: Fleet | undefined

const running = (): Fleet => {
  if (fleet === undefined) throw new Error('the fleet is not open')
  return fleet
}

const perform = async (call: FleetCall): Promise<FleetReply['value']> => {
  switch (call.kind) {
    case 'open':
      fleet = new Fleet(call.options)
      return undefined
    case 'connect':
      return running().connect()
    case 'keepalive':
      return running().keepalive(call.overMs)
    case 'counts':
      return running().counts()
    case 'verdict':
      return running().verdict()
    case 'latencies':
      return running().latencies()
    case 'recover':
      running().recover()
      return undefined
    case 'close':
      running().close()
      return undefined
  }
}

const reply = (message: FleetReply): void => void process.send?.(message)

process.on('message', (call: FleetCall) => {
  perform(call).then(
    value => reply({ id: call.id, value }),
    (error: unknown) => reply({ id: call.id, value: undefined, error: String(error) }),
  )
})
// The parent is gone: nobody needs the load any more.
process.on('disconnect', () => process.exit())
