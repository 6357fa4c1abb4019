import { createLog, type MemoryTable } from '@longwire/logic'
import { seededRandom, VirtualClock } from '@longwire/kit'

interface StreamEvent {
  readonly id: string
  readonly kind: string
  readonly gate: string
  readonly system?: string
  readonly uid?: string
  readonly appcode?: number
  readonly device?: string
}

const STREAM = { system: 'topic:', uid: 'events' }
const PAGE = 1_000

/** What the stream of events says in the end. */
export interface StreamState {
  /** Ends that were told online last: system, uid, appcode, device. */
  readonly online: ReadonlySet<string>
  /** Gates that were told up last. */
  readonly up: ReadonlySet<string>
  /** What must never be: an event twice, or two of one kind in a row. */
  readonly faults: readonly string[]
}

export const readStream = async (table: MemoryTable): Promise<StreamState> => {
  const online = new Set<string>()
  const up = new Set<string>()
  const faults: string[] = []
  const ids = new Set<string>()
  for (const event of await eventsOf(table, faults)) {
    if (ids.has(event.id)) faults.push(`event ${event.id} is in the stream twice`)
    ids.add(event.id)
    const { kind, system, uid, appcode, device, gate } = event
    const isEnd = uid !== undefined
    const states = isEnd ? online : up
    const name = isEnd ? [system, uid, appcode, device].join() : gate
    const is = kind === 'online' || kind === 'gate_up'
    if (states.has(name) === is) faults.push(`${name} was told ${kind} twice in a row`)
    if (is) states.add(name)
    else states.delete(name)
  }
  return { online, up, faults }
}

/** Read by a process of its own: past every fault, and without a cache. */
const eventsOf = async (table: MemoryTable, faults: string[]): Promise<StreamEvent[]> => {
  const limits = { maxMessages: 1e9, maxBytes: 1e12 }
  const log = createLog({ table, clock: new VirtualClock(0), random: seededRandom(1), limits })
  const events: StreamEvent[] = []
  for (let after = 0; ;) {
    const page = await log.read(STREAM, 1, after, PAGE, 1e9)
    if (page.gapFloor >= 0) faults.push(`events up to ${page.gapFloor} are gone`)
    for (const { content } of page.messages)
      events.push(JSON.parse(Buffer.from(content).toString()) as StreamEvent)
    after = page.next
    if (!page.more) return events
  }
}
