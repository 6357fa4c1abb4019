import type { Counter, Histogram, Metrics } from '@longwire/kit'
import { PREV_STATE } from '@longwire/proto'
import { HealthFigures } from './health-figures.ts'
import { pushCounters, type PushCounters } from './push-counters.ts'

/** rate: a client asks more than it may. load: LOGIN refused, the gate has enough to do. no_logic: nobody to ask, the client was told so. */
const SHED = ['load', 'no_logic', 'rate'] as const
export type ShedReason = (typeof SHED)[number]

/** streamed: passed on, nobody waits. dropped: not even that, there was no room. */
const UPLINK = ['taken', 'refused', 'streamed', 'dropped'] as const
export type UplinkResult = (typeof UPLINK)[number]

export interface Counters extends PushCounters {
  /** What is published with every beat. */
  readonly health: HealthFigures
  readonly opened: Counter
  /** By `reason`: a name of CODES, or a DropReason of a listener. */
  readonly refused: Counter
  readonly bans: Counter
  /** By `result`: served, refused. */
  readonly certificates: Counter
  /** By `reason`: a name of CODES, PEER_CLOSED or PEER_RESET. */
  readonly closed: Counter
  readonly logins: Counter
  /** By reason, {@link ShedReason}. */
  readonly shed: (reason: ShedReason) => Counter
  /** What had become of the session before, a PREV_STATE. */
  readonly prevState: (state: number) => void
  readonly hints: Counter
  /** Intervals that clients declare, in seconds. */
  readonly intervals: Histogram
  readonly frames: Counter
  readonly data: Counter
  readonly notifies: Counter
  readonly pages: Counter
  readonly expiring: Counter
  /** By `result`: taken, refused or failed. */
  readonly tokens: Counter
  readonly departuresDropped: Counter
  /** Sessions that were to go elsewhere. */
  readonly moves: (result: (typeof MOVES)[number]) => Counter
  /** Seconds from the word to the session elsewhere. */
  readonly moveSeconds: Histogram
  /** Messages of clients, by {@link UplinkResult}. */
  readonly uplink: (result: UplinkResult) => Counter
  readonly topicDeliveries: Counter
  readonly topicBehind: Counter
}

/** told: sent elsewhere. moved: is there. left: ended otherwise. failed: is still here after its deadline. */
const MOVES = ['told', 'moved', 'left', 'failed'] as const

const PREV_STATES = Object.keys(PREV_STATE).map(name => name.toLowerCase())

const prevStates = (metrics: Metrics): Counters['prevState'] => {
  const of = metrics.counters(
    'longwire_gate_prev_state_total',
    'sessions logged in, by what became of the one that they replace',
    { name: 'state', values: PREV_STATES },
  )
  const counters = PREV_STATES.map(name => of(name))
  return state => counters[state]?.add()
}

export const createCounters = (metrics: Metrics): Counters => ({
  ...pushCounters(metrics),
  health: new HealthFigures(),
  opened: metrics.counter('longwire_gate_opened_total', 'connections accepted'),
  refused: metrics.counter(
    'longwire_gate_refused_total',
    'connections refused or dropped before they could send a frame, by reason',
    ['reason'],
  ),
  bans: metrics.counter('longwire_gate_bans_total', 'addresses shut out for breaking the protocol'),
  certificates: metrics.counter(
    'longwire_gate_certificates_total',
    'certificates read again, by result',
    ['result'],
  ),
  closed: metrics.counter('longwire_gate_closed_total', 'connections closed, by reason', [
    'reason',
  ]),
  logins: metrics.counter('longwire_gate_logins_total', 'sessions logged in'),
  shed: metrics.counters('longwire_gate_shed_total', 'logins and pulls put off, by reason', {
    name: 'reason',
    values: SHED,
  }),
  prevState: prevStates(metrics),
  intervals: metrics.histogram(
    'longwire_gate_ping_interval_seconds',
    'intervals that clients declare',
    [30, 60, 90, 120, 180, 240, 300, 420, 540, 720, 900, 1_200, 1_800, 2_400],
  ),
  moves: metrics.counters('longwire_gate_moves_total', 'sessions sent to other gates, by result', {
    name: 'result',
    values: MOVES,
  }),
  moveSeconds: metrics.histogram(
    'longwire_gate_move_seconds',
    'from the word to a client until it has a session elsewhere',
    [0.1, 0.5, 1, 2, 5, 10, 20, 30, 60],
  ),
  hints: metrics.counter('longwire_gate_hints_total', 'HINT frames sent'),
  frames: metrics.counter('longwire_gate_frames_total', 'frames received from clients'),
  data: metrics.counter('longwire_gate_data_total', 'messages sent at once as DATA'),
  notifies: metrics.counter('longwire_gate_notifies_total', 'NOTIFY frames sent'),
  pages: metrics.counter('longwire_gate_pages_total', 'pages sent as PULL_RESP'),
  expiring: metrics.counter(
    'longwire_gate_expiring_total',
    'clients told that their session is about to end for its token',
  ),
  tokens: metrics.counter('longwire_gate_tokens_total', 'new tokens of sessions, by result', [
    'result',
  ]),
  uplink: metrics.counters('longwire_gate_uplink_total', 'messages that clients sent, by result', {
    name: 'result',
    values: UPLINK,
  }),
  departuresDropped: metrics.counter(
    'longwire_gate_departures_dropped_total',
    'ended sessions that logic was told of only once because too many waited',
  ),
  topicDeliveries: metrics.counter(
    'longwire_gate_topic_deliveries_total',
    'writes of publications to sessions that have their topic',
  ),
  topicBehind: metrics.counter(
    'longwire_gate_topic_behind_total',
    'sessions left out of a publication because they do not read: they are told, and ask',
  ),
})
