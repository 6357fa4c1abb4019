import type { Moving, Order } from '../operations/mover.ts'
import type { Move, Moving as MovingBody } from './trunk.ts'

/** As MOVE says it. */
const STATES = { run: 1, pause: 2, cancel: 3 } as const

export const moveOf = ({ id, state, drain, which, targets, perSecond, reason }: Order): Move => {
  const { appcodes = [], agents = [], nets = [], ...numbers } = which
  return {
    id,
    state: STATES[state],
    drain,
    targets: [...targets],
    ...numbers,
    appcodes: [...appcodes],
    agents: [...agents],
    nets: [...nets],
    perSecond,
    reason,
  }
}

/** Zeros of a message that was decoded are not its own: they would not be copied with it. */
export const movingOf = (body: MovingBody | undefined): Moving | undefined => {
  if (body === undefined) return undefined
  const { matching, told, moved, left, failed, pending, done, sessions, problem } = body
  return { matching, told, moved, left, failed, pending, done, sessions, problem }
}
