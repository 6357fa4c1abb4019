/** Entry of a forked load process: users who lose their gate, told by messages what to do. */
import { answer } from './remote.ts'
import { Returners, type ReturnersOptions } from './returners.ts'

export type ReturnersRequest =
  | { readonly kind: 'connect'; readonly options: ReturnersOptions }
  | { readonly kind: 'ping'; readonly overMs: number }
  | { readonly kind: 'report' | 'close' }

let returners: Returners | undefined

const running = (): Returners => {
  if (returners === undefined) throw new Error('nobody is connected')
  return returners
}

answer(async (call: ReturnersRequest): Promise<unknown> => {
  switch (call.kind) {
    case 'connect':
      returners = new Returners(call.options)
      return returners.connect()
    case 'ping':
      return running().ping(call.overMs)
    case 'report':
      return running().report()
    case 'close':
      running().close()
      return undefined
  }
})
