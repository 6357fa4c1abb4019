import type { Config } from '../config.ts'
import type { Failure } from '../failure.ts'

/** A process that serves. */
export interface Running {
  /** URLs by what they are for. */
  readonly addresses: Addresses
  /**
   * Takes over what may change while it runs: certificates as they are on disk now; of `config` the hints
   * that clients are told, businesses and limits. Never rejects for what is in `config`.
   */
  reload?(config: Config): Promise<void>
  /** Resolves when it cannot go on; it is to be stopped then. */
  readonly failed?: Promise<Failure>
  /**
   * Lets clients leave, finishes what is under way, closes everything. False: the time for that was
   * over before all was done.
   */
  stop(): Promise<boolean>
}

export interface Addresses {
  readonly tcp?: string
  readonly ws?: string
  readonly http?: string
  readonly backend?: string
  readonly trunk?: string
  /** Health and metrics of a gate process. */
  readonly operations?: string
}
