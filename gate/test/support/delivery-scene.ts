import { createMetrics } from '@longwire/kit'
import { URGENCY } from '@longwire/proto'
import { createCounters } from '../../src/counters.ts'
import { Delivery, type Page } from '../../src/delivery.ts'
import { GATE_LIMITS } from '../../src/limits.ts'
import { SessionTable, STATE } from '../../src/session-table.ts'
import { Wakes } from '../../src/wakes.ts'
import { silentConnection } from './connection.ts'

export interface Scene {
  readonly table: SessionTable
  readonly delivery: Delivery
  readonly slot: number
  /** What went out since the last look. */
  out(): string[]
  /** Whether logic can be asked. */
  reachable: boolean
  deliver(
    seq: number,
    options?: {
      back?: number
      epoch?: number
      bytes?: number
      urgency?: number
      withinMs?: number
    },
  ): void
  head(seq: number, epoch?: number, calm?: number): void
  wakes: Wakes
  page(from: number, next: number, options?: Partial<Page>): Page
  mode(): number
}

export const EPOCH = 9

/** A session logged in at base 10. */
export const ready = (base = 10, spreadMs = 0): Scene => {
  const table = new SessionTable(4, 0)
  table.now = 100_000
  let written: string[] = []
  let requests = 0
  const slot = table.acquire(silentConnection, '')
  const counters = createCounters(createMetrics({ process: false }))
  const wakes = new Wakes(table, GATE_LIMITS, counters)
  const scene: Scene = {
    table,
    wakes,
    slot,
    reachable: true,
    delivery: new Delivery(
      table,
      {
        data: (_, hint) => written.push(`DATA ${hint.seq}`),
        notify: (_, max) => written.push(`NOTIFY ${max}`),
        page: (_, page) => written.push(`PAGE ${page.from}-${page.next}${page.more ? '+' : ''}`),
        pull: () => {
          if (!scene.reachable) return
          table.request[slot] = ++requests
          written.push(`PULL ${table.pullCursor[slot]}`)
        },
        wake: () => undefined,
        acked: () => written.push(`ACKED ${table.acked[slot]}`),
        fail: (_, code) => written.push(`FAIL ${code}`),
        held: () => written.push('held'),
        demoted: (_, seq) => written.push(`demoted ${seq}`),
        released: (count, waitedMs, on) => written.push(`released ${count} ${waitedMs} ${on}`),
      },
      {
        limits: {
          suspectMs: 10_000,
          notifyMs: 10_000,
          notifyMaxMs: 60_000,
          idleSpreadMs: spreadMs,
        },
        wakes,
        counters,
        random: () => 0.5,
      },
    ),
    out() {
      const now = written
      written = []
      return now
    },
    deliver(seq, options = {}) {
      const { back = 1, epoch = EPOCH, bytes = 100 } = options
      const { urgency = URGENCY.NORMAL, withinMs = 0 } = options
      const content = new Uint8Array(bytes)
      scene.delivery.deliver(slot, { seq, back, epoch, msgtype: 1, content, urgency, withinMs })
    },
    head(seq, epoch = EPOCH, calm = 0) {
      const urgency = calm === 0 ? URGENCY.NORMAL : URGENCY.LOW
      scene.delivery.headIs(slot, { seq, epoch, urgentTo: seq - calm, urgency, withinMs: 0 })
    },
    page: (from, next, options = {}) => ({
      from,
      next,
      head: next,
      floor: -1,
      more: false,
      body: new Uint8Array(0),
      ...options,
    }),
    mode: () => table.mode[slot] ?? -1,
  }
  table.state[slot] = STATE.LOGIN
  scene.delivery.begin(slot, EPOCH, base, undefined)
  table.enter(slot, STATE.READY)
  return scene
}

/** Logic answers the request under way. */
export const answer = (scene: Scene, page: Page): void => {
  scene.table.request[scene.slot] = 0
  scene.delivery.paged(scene.slot, page)
}
