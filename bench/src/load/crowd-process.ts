/** Entry of a forked load process: a crowd that is told by messages what to do. */
import { Crowd } from './crowd.ts'
import type { CrowdRequest } from './crowds.ts'
import { answer } from './remote.ts'

let crowd: Crowd | undefined

const running = (): Crowd => {
  if (crowd === undefined) throw new Error('the crowd is not open')
  return crowd
}

answer(async (request: CrowdRequest): Promise<unknown> => {
  switch (request.kind) {
    case 'connect':
      crowd = new Crowd(request.options)
      return crowd.connect()
    case 'report':
      return running().report()
    case 'verdict':
      return running().verdict()
    case 'latencies':
      return running().latencies()
    case 'close':
      running().close()
      return undefined
  }
})
