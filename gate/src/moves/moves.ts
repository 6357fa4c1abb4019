import { gateMark, nodeId, type NodeInfo, Tickets } from '@longwire/kit'
import type { Fleet } from '../fleet.ts'
import { Mover, type MoverParts } from './mover.ts'
import { Targets } from './targets.ts'

export interface MovesParts extends Omit<MoverParts, 'targets' | 'mint'> {
  readonly fleet: Fleet
  readonly links: { readonly node: NodeInfo; readonly secret: string }
}

/** What sends sessions to other gates, and where those are. */
export interface Moves {
  readonly mover: Mover
  readonly targets: Targets
}

export const createMoves = ({ fleet, links, ...rest }: MovesParts): Moves => {
  const { node, secret } = links
  const targets = new Targets({ random: rest.random, others: () => fleet.others })
  const tickets = new Tickets(secret)
  const gate = gateMark(nodeId(node))
  const mover = new Mover({
    ...rest,
    targets,
    mint: (holder, ticket) => tickets.mint(holder, { ...ticket, gate }),
  })
  return { mover, targets }
}
