import type { Clock, Logger, Timer } from '@longwire/kit'
import { numberIn, textIn } from '../log/rows.ts'
import { keyEnd, TableUnavailable, type Row, type Table } from '../store/table.ts'

/** Where messages of a msgtype go. */
export interface C2sRoute {
  readonly appcode: number
  readonly msgtype: number
  /** '': nowhere, it is only for calls. */
  readonly topic: string
  /** reliable: stored before it is answered, known again when repeated. stream: the latest counts, some may be lost. */
  readonly class: 'reliable' | 'stream'
  /** Asked by calls of this msgtype; '': there are none. */
  readonly webhook: string
  /** The business that made it, in whose statistics it is; '': the configuration. */
  readonly by: string
}

export interface C2sRoutesParts {
  readonly table: Table
  readonly clock: Clock
  readonly logger: Logger
  /** What the configuration says; a row of the table goes before it. */
  readonly configured: readonly C2sRoute[]
}

const ROUTES = 'c2s/'
const VERSION = 'settings/c2s'
const ROWS_MAX = 65_536
const LOOK_MS = 500
/** A change whose note was lost shows after this many looks. */
const LOOKS_FULL = 60

/**
 * The table (appcode, msgtype) → topic: `c2s/<appcode>/<msgtype>`. A change raises `settings/c2s`
 * {version}, at which every node looks twice a second.
 */
export class C2sRoutes {
  readonly #parts: C2sRoutesParts
  #routes = new Map<number, C2sRoute>()
  #version = -1
  #looks = 0
  #timer: Timer | undefined
  #stopped = false

  constructor(parts: C2sRoutesParts) {
    this.#parts = parts
    this.#routes = this.#merged([])
  }

  find(appcode: number, msgtype: number): C2sRoute | undefined {
    return this.#routes.get(appcode * MSGTYPES + msgtype)
  }

  /** By appcode, then msgtype. */
  all(): readonly C2sRoute[] {
    return [...this.#routes.values()].sort((a, b) => a.appcode - b.appcode || a.msgtype - b.msgtype)
  }

  /** Resolves when it is durable; this node knows it at once, others within a second. */
  async put(route: C2sRoute): Promise<void> {
    const { table } = this.#parts
    const { topic, webhook, by } = route
    const key = keyOf(route.appcode, route.msgtype)
    for (let tries = 0; tries < TRIES; tries++) {
      const rev = numberIn(await table.get(key), 'rev')
      const doc = { topic, class: route.class, webhook, by, at: this.#parts.clock.now() }
      if (!(await table.swap(key, rev, doc))) continue
      return this.#changed()
    }
    throw new TableUnavailable('the table of C2S routes has too many writers')
  }

  /** False where there was none; one of the configuration shows again. */
  async remove(appcode: number, msgtype: number): Promise<boolean> {
    const { table } = this.#parts
    const key = keyOf(appcode, msgtype)
    if ((await table.get(key)) === undefined) return false
    await table.remove([key])
    await this.#changed()
    return true
  }

  /** Reads the table, and keeps reading it. */
  async start(): Promise<void> {
    await this.#look()
    this.#arm()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  async #changed(): Promise<void> {
    const { table } = this.#parts
    const version = numberIn(await table.get(VERSION), 'version') + 1
    await table.raise([{ key: VERSION, fields: { version } }])
    await this.#read()
  }

  #arm(): void {
    if (this.#stopped) return
    this.#timer = this.#parts.clock.after(LOOK_MS, () => {
      this.#look()
        .catch((error: unknown) => {
          if (!(error instanceof TableUnavailable))
            this.#parts.logger.error({ err: error }, 'reading C2S routes failed')
        })
        .finally(() => this.#arm())
    })
  }

  async #look(): Promise<void> {
    const version = numberIn(await this.#parts.table.get(VERSION), 'version')
    if (version === this.#version && this.#looks++ % LOOKS_FULL !== 0) return
    await this.#read()
    this.#version = version
  }

  async #read(): Promise<void> {
    const rows = await this.#parts.table.range(ROUTES, keyEnd(ROUTES), ROWS_MAX)
    this.#routes = this.#merged(rows.map(routeOf))
  }

  #merged(rows: readonly C2sRoute[]): Map<number, C2sRoute> {
    const routes = new Map<number, C2sRoute>()
    for (const each of this.#parts.configured)
      routes.set(each.appcode * MSGTYPES + each.msgtype, each)
    for (const each of rows) routes.set(each.appcode * MSGTYPES + each.msgtype, each)
    return routes
  }
}

const MSGTYPES = 2 ** 16
const TRIES = 20

const keyOf = (appcode: number, msgtype: number): string =>
  `${ROUTES}${String(appcode).padStart(5, '0')}/${String(msgtype).padStart(5, '0')}`

const routeOf = ({ key, doc }: Row): C2sRoute => {
  const [, appcode, msgtype] = key.split('/')
  return {
    appcode: Number(appcode),
    msgtype: Number(msgtype),
    topic: textIn(doc, 'topic'),
    class: textIn(doc, 'class') === 'stream' ? 'stream' : 'reliable',
    webhook: textIn(doc, 'webhook'),
    by: textIn(doc, 'by'),
  }
}
