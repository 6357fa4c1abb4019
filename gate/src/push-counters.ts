import type { Counter, Histogram, Metrics } from '@longwire/kit'
import type { DeliveryOutput } from './delivery.ts'

/** What woke a device: a push of this urgency, or one that had waited for as long as it may. */
const WAKES = ['now', 'normal', 'must_wake'] as const
/** What a push rode on that had waited for it. */
const RIDES = ['sign', 'push'] as const

/** sent: handed to the connection. dropped: the device sleeps and may not be woken, or does not keep up. */
const LIVE = ['sent', 'dropped'] as const

/** How often devices were woken, and what waited instead. */
export interface PushCounters {
  readonly wakePushes: (urgency: (typeof WAKES)[number]) => Counter
  /** Messages held back for a device that sleeps, and those that went out with a sign of it or with another push. */
  readonly held: Counter
  readonly ridden: (on: (typeof RIDES)[number]) => Counter
  /** Seconds that the oldest of them had waited. */
  readonly heldSeconds: Histogram
  /** Held back because the budget of the device was used up. */
  readonly demoted: Counter
  /** Urgent now, for a device that dozes: what another channel would have to bring. */
  readonly dozeNow: Counter
  /** Pushes that left in the write of others, because they waited a moment for them. */
  readonly corked: Counter
  /** Messages that are never stored. */
  readonly live: (result: (typeof LIVE)[number]) => Counter
}

/** Counts what is held back, and how that ends. */
export const noteHeld = (counters: PushCounters): Pick<DeliveryOutput, 'held' | 'released'> => ({
  held: () => counters.held.add(),
  released(count, waitedMs, on) {
    counters.heldSeconds.observe(waitedMs / 1_000)
    // One of them is what woke the device.
    if (on === 'itself') counters.ridden('push').add(count - 1)
    else counters.ridden(on).add(count)
  },
})

export const pushCounters = (metrics: Metrics): PushCounters => ({
  wakePushes: metrics.counters(
    'longwire_gate_wake_pushes_total',
    'pushes to devices not known to be awake, by urgency',
    { name: 'urgency', values: WAKES },
  ),
  held: metrics.counter(
    'longwire_gate_held_pushes_total',
    'messages held back until their device shows that it is awake',
  ),
  ridden: metrics.counters(
    'longwire_gate_ridden_pushes_total',
    'held messages that went out without a wake-up of their own, by what they rode on: a sign of the device, or a push',
    { name: 'on', values: RIDES },
  ),
  heldSeconds: metrics.histogram(
    'longwire_gate_held_seconds',
    'how long the oldest message had waited when a device was told of what was held back for it',
    [1, 10, 60, 120, 300, 600, 900, 1_800, 3_600],
  ),
  demoted: metrics.counter(
    'longwire_gate_demoted_pushes_total',
    'pushes held back because their device had been woken too often',
  ),
  dozeNow: metrics.counter(
    'longwire_gate_doze_now_total',
    'urgent pushes to devices that doze: they may not hear of them',
  ),
  corked: metrics.counter(
    'longwire_gate_corked_pushes_total',
    'pushes that waited for gate.push.corkMs at most and left in the write of others',
  ),
  live: metrics.counters('longwire_gate_live_total', 'messages that are never stored, by result', {
    name: 'result',
    values: LIVE,
  }),
})
