import type { RedisClient } from '@longwire/kit'
import { createHash } from 'node:crypto'

/** Characters of a short name: 48 bits, so that no two of the gates at hand share one. */
const SHORT = 8

/**
 * Short names of gates for the values of routes: a digest of the name, and a key in Redis that says which
 * name it stands for. Nothing is counted, so after a loss nobody can mean another gate by the same name.
 */
export class GateNames {
  readonly #redis: RedisClient
  readonly #prefix: string
  readonly #shorts = new Map<string, string>()
  readonly #names = new Map<string, string>()
  /** Gates that this process has told Redis of. */
  readonly #told = new Set<string>()

  constructor(redis: RedisClient, prefix: string) {
    this.#redis = redis
    this.#prefix = prefix
  }

  short(gate: string): string {
    // What could not be found out has no incarnation, and stands for itself.
    if (!gate.includes('@')) return gate
    const known = this.#shorts.get(gate)
    if (known !== undefined) return known
    const short = createHash('sha256').update(gate).digest('base64url').slice(0, SHORT)
    this.#shorts.set(gate, short)
    this.#names.set(short, gate)
    return short
  }

  /** The short name, once Redis knows what it stands for. */
  async tell(gate: string): Promise<string> {
    const short = this.short(gate)
    if (!this.#told.has(gate)) await this.#redis.command('SET', this.#prefix + short, gate)
    this.#told.add(gate)
    return short
  }

  /** Redis has lost what it was told. */
  async tellAgain(): Promise<void> {
    const gates = [...this.#told]
    this.#told.clear()
    await Promise.all(gates.map(gate => this.tell(gate)))
  }

  known(short: string): string | undefined {
    return this.#names.get(short)
  }

  /** The name, or (only after a loss, for a moment) the short name itself. */
  async find(short: string): Promise<string> {
    const gate = await this.#redis.command('GET', this.#prefix + short)
    if (typeof gate !== 'string') return short
    this.#shorts.set(gate, short)
    this.#names.set(short, gate)
    return gate
  }

  /** The gates that `keys` of Redis name. */
  async namedBy(keys: readonly string[]): Promise<string[]> {
    const shorts = keys
      .filter(key => key.startsWith(this.#prefix))
      .map(key => key.slice(this.#prefix.length))
    return Promise.all(shorts.map(short => this.find(short)))
  }

  /** Redis need not know them any more; this process still does, for routes that it has yet to see. */
  async forget(gates: readonly string[]): Promise<void> {
    for (const gate of gates) {
      await this.#redis.command('DEL', this.#prefix + this.short(gate))
      this.#told.delete(gate)
    }
  }
}
