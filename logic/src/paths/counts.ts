import type { Counter, Metrics } from '@longwire/kit'
import type { Arrivals } from '../arrivals/arrivals.ts'

/** What goes through this node. None has labels: they are added to for every message. */
export interface Counts {
  readonly published: Counter
  readonly delivered: Counter
  readonly headed: Counter
  readonly dropped: Counter
  readonly pulled: Counter
  readonly acked: Counter
  readonly restored: Counter
  readonly stale: Counter
  readonly arrivals: Arrivals
}

export const createCounts = (metrics: Metrics, arrivals: Arrivals): Counts => {
  const count = (name: string, help: string): Counter =>
    metrics.counter(`longwire_logic_${name}_total`, help)
  return {
    published: count('published', 'Messages stored for the first time'),
    delivered: count('delivered', 'Hints handed to a gate with the content of a message'),
    headed: count('headed', 'Hints handed to a gate without content'),
    dropped: count('dropped', 'Hints dropped because a gate did not take them in time'),
    pulled: count('pulled', 'Messages handed out on request of a client'),
    arrivals,
    acked: count('acked', 'Acknowledgements received'),
    restored: count(
      'restored_routes',
      'Routes that gates told again after the table had lost them',
    ),
    stale: count('stale_routes', 'Routes that led to no session, as their gate said'),
  }
}
