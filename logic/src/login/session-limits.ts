import type { CodeName } from '@longwire/proto'
import type { Limiter } from '../limiter/limiter.ts'
import type { App, Apps } from './apps.ts'
import type { Route } from '../routes/route-table.ts'

/** Sessions at once, over all gates; 0: no limit. */
export interface SessionMaxima {
  readonly perUser: number
  readonly perApp: number
  readonly perAddress: number
  /** Logins of one user. */
  readonly logins: { readonly perSecond: number; readonly burst: number }
}

export const UNLIMITED: SessionMaxima = {
  perUser: 0,
  perApp: 0,
  perAddress: 0,
  logins: { perSecond: 0, burst: 1 },
}

/** What a gate has of its own, the login at hand included. */
export interface GateCounts {
  readonly app: number
  /** '': an address with few connections there. */
  readonly address: string
  readonly connections: number
}

/** Counts that a gate reports by itself every few seconds. */
export interface GateReport {
  readonly apps: readonly { readonly appcode: number; readonly sessions: number }[]
  readonly addresses: readonly { readonly address: string; readonly connections: number }[]
}

export interface Candidate {
  readonly uid: string
  readonly appcode: number
  readonly device: string
  readonly gate: string
  readonly counts: GateCounts
  /** It takes the place of a session that another gate still counts. */
  readonly replaces: boolean
}

export interface OverLimit {
  readonly code: CodeName
  readonly message?: string
  readonly retryAfterMs?: number
}

/** Gates report every 5 s: one that has missed three is gone. */
const LEASE_MS = 16_000

/** Limits on sessions that hold for the whole cluster. */
export class SessionLimits {
  readonly #limiter: Limiter
  #maxima: SessionMaxima
  readonly #apps: Apps

  constructor(limiter: Limiter, maxima: SessionMaxima, apps: Apps) {
    this.#limiter = limiter
    this.#maxima = maxima
    this.#apps = apps
  }

  /** From the next login on; sessions that are there stay. */
  replace(maxima: SessionMaxima): void {
    this.#maxima = maxima
  }

  /** Before a token is looked at: what a stranger could use to keep the node busy. */
  async beforeToken(candidate: Candidate): Promise<OverLimit | undefined> {
    const { uid, appcode, gate, counts } = candidate
    const { perAddress, logins } = this.#maxima
    const system = this.#apps.get(appcode)?.system
    if (system === undefined) return undefined
    const [address, login] = await Promise.all([
      perAddress === 0 || counts.address === ''
        ? 0
        : this.#limiter.hold(`address:${counts.address}`, gate, counts.connections, LEASE_MS),
      logins.perSecond === 0 ? undefined : this.#limiter.take(`login:${system}/${uid}`, logins, 1),
    ])
    if (address - twice(candidate) > perAddress) return { code: 'ADDRESS_LIMIT' }
    if (login?.granted === 0)
      return {
        code: 'RATE_LIMITED',
        message: 'this user logs in too often: dial again after retryAfter',
        retryAfterMs: login.waitMs,
      }
    return undefined
  }

  /** Once it is known who it is. `live`: the user's sessions that are not of dead gates. */
  async beforeRoute(
    candidate: Candidate,
    app: App,
    live: () => Promise<readonly Route[]>,
  ): Promise<OverLimit | undefined> {
    const { appcode, device, gate, counts } = candidate
    const { perApp, perUser } = this.#maxima
    if (perApp > 0) {
      const all = await this.#limiter.hold(`app:${appcode}`, gate, counts.app, LEASE_MS)
      if (all - twice(candidate) > perApp) return { code: 'APP_LIMIT' }
    }
    if (perUser === 0 || this.#sessionsPossible(app.system) <= perUser) return undefined
    // Those of an exclusive group give way too, or refuse the login themselves.
    const { rivals } = this.#apps.ruleOf(app)
    const others = (await live()).filter(
      route =>
        !rivals.includes(route.appcode) && (route.appcode !== appcode || route.device !== device),
    )
    const same = others.filter(route => route.appcode === appcode).length
    // Of its own appcode the oldest give way.
    const sessions = others.length - same + Math.min(same, app.sessions - 1) + 1
    return sessions > perUser ? { code: 'USER_LIMIT' } : undefined
  }

  /** What a gate has now; never rejects. */
  async report(gate: string, { apps, addresses }: GateReport): Promise<void> {
    const { perApp, perAddress } = this.#maxima
    const said: Promise<number>[] = []
    if (perApp > 0)
      for (const { appcode, sessions } of apps)
        said.push(this.#limiter.hold(`app:${appcode}`, gate, sessions, LEASE_MS))
    if (perAddress > 0)
      for (const { address, connections } of addresses)
        said.push(this.#limiter.hold(`address:${address}`, gate, connections, LEASE_MS))
    // What is lost is said again in a few seconds.
    await Promise.allSettled(said)
  }

  /** Where the appcodes of a system allow no more than the limit, nobody needs to count. */
  #sessionsPossible(system: string): number {
    return this.#apps
      .ofSystem(system)
      .reduce((sum, appcode) => sum + (this.#apps.get(appcode)?.sessions ?? 0), 0)
  }
}

/** Sessions that are counted twice for a moment. */
const twice = ({ replaces }: Candidate): number => (replaces ? 1 : 0)
