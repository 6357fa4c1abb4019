import type { LogicOptions } from '../options.ts'
import type { Businesses } from '../paths/businesses.ts'
import { systemResolve } from '../webhooks/guard.ts'
import type { Bus } from './bus.ts'
import { DeadLetters } from './delivery/dead-letters.ts'
import { Deliveries } from './delivery/deliveries.ts'
import { Subscriptions } from './delivery/subscriptions.ts'
import { embeddedBus } from './embedded/bus.ts'

/** The bus, and who takes what is in it to backends. */
export interface BusSide {
  readonly bus: Bus
  readonly dead: DeadLetters
  readonly deliveries: Deliveries
  readonly subscriptions: Subscriptions
}

export const composeBus = (options: LogicOptions, businesses: Businesses): BusSide => {
  const { table, clock, log: logger, metrics } = options
  const bus = options.bus ?? embeddedBus({ table, clock, logger })
  const dead = new DeadLetters(table, clock)
  const deliveries = new Deliveries({ bus, clock, logger, metrics, dead })
  const allow = options.webhookAllow ?? []
  const ways = { deliveries, businesses, resolve: systemResolve, allow }
  const subscriptions = new Subscriptions({ table, clock, logger, ...ways })
  return { bus, dead, deliveries, subscriptions }
}
