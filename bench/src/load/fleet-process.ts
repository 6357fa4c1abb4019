/** Entry of a forked load process: a fleet that is told by messages what to do. */
import type { FleetRequest } from './fleets.ts'
import { Fleet } from './fleet.ts'
import { answer } from './remote.ts'

let fleet: Fleet | undefined

const running = (): Fleet => {
  if (fleet === undefined) throw new Error('the fleet is not open')
  return fleet
}

answer(async (call: FleetRequest): Promise<unknown> => {
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
})
