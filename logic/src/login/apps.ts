import type { SessionRule } from '../routes/route-table.ts'

/** One end platform of a user system. */
export interface App {
  readonly appcode: number
  /** Users of one system share a mailbox per uid. */
  readonly system: string
  readonly platform: string
  /** Devices of one uid that may be connected on this appcode at once. */
  readonly sessions: number
  /** One more ends the oldest, or is refused. @default 'oldest' */
  readonly whenFull?: 'oldest' | 'refuse'
  /** Of the appcodes of a system that name the same group, a uid is on one at a time. */
  readonly exclusive?: string
}

/** The appcode table. */
export class Apps {
  readonly #apps = new Map<number, App>()

  /** Throws where a row makes no sense or an appcode comes twice. */
  constructor(apps: readonly App[]) {
    for (const app of apps) {
      if (this.#apps.has(app.appcode))
        throw new Error(`apps: appcode ${app.appcode} is listed twice; remove one row`)
      if (!Number.isInteger(app.appcode) || app.appcode < 1 || app.appcode > 0xffff) {
        throw new Error(`apps: appcode ${app.appcode} is not a whole number from 1 to 65535`)
      }
      if (!/^[\w.-]{1,32}$/.test(app.system)) {
        throw new Error(
          `apps: system "${app.system}" of appcode ${app.appcode} may have 1 to 32 letters, digits, ".", "_", "-"`,
        )
      }
      if (!Number.isInteger(app.sessions) || app.sessions < 1 || app.sessions > 16) {
        throw new Error(
          `apps: sessions ${app.sessions} of appcode ${app.appcode} is not a whole number from 1 to 16`,
        )
      }
      this.#apps.set(app.appcode, app)
    }
  }

  /** Who gives way where a uid logs in on `app`. */
  ruleOf({ appcode, system, sessions, whenFull = 'oldest', exclusive }: App): SessionRule {
    const rivals = [...this.#apps.values()].filter(
      other =>
        exclusive !== undefined &&
        other.appcode !== appcode &&
        other.system === system &&
        other.exclusive === exclusive,
    )
    return { sessions, full: whenFull, rivals: rivals.map(rival => rival.appcode) }
  }

  get(appcode: number): App | undefined {
    return this.#apps.get(appcode)
  }

  /** Every user system. */
  systems(): readonly string[] {
    return [...new Set([...this.#apps.values()].map(app => app.system))]
  }

  /** The appcodes that share a user system. */
  ofSystem(system: string): readonly number[] {
    return [...this.#apps.values()].filter(app => app.system === system).map(app => app.appcode)
  }
}
