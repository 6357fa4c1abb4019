import type { Clock, Logger, Timer } from '@longwire/kit'
import { Problem } from '../api/problems.ts'
import { keyEnd, keyPart, TableUnavailable, type Table } from '../store/table.ts'
import {
  NAMESPACE,
  namespaceDoc,
  namespaceIn,
  namespaceOf,
  namespaceProblem,
  SYSTEM,
  type Namespace,
} from './namespace.ts'

export interface NamespacesParts {
  readonly table: Table
  readonly clock: Clock
  readonly logger: Logger
  /** Of the configuration. */
  readonly configured: readonly Namespace[]
}

const PREFIX = 'topics/namespaces/'
/** What another node has changed is known after this. */
const LOOK_MS = 2_000
const NAMESPACES_MAX = 1_000

/** The namespaces there are: those of the configuration, and before them what was set at run time. */
export class Namespaces {
  readonly #parts: NamespacesParts
  readonly #configured = new Map<string, Namespace>([
    [SYSTEM, { ...NAMESPACE, name: SYSTEM, subscribe: 'nobody' }],
  ])
  #stored: ReadonlyMap<string, Namespace> = new Map()
  #timer: Timer | undefined
  #stopped = false

  /** Throws where the configured ones make no sense. */
  constructor(parts: NamespacesParts) {
    this.#parts = parts
    for (const namespace of parts.configured) {
      const problem = namespaceProblem(namespace)
      if (problem !== undefined) throw new Error(`topics.namespaces: ${problem}`)
      if (this.#configured.has(namespace.name) && namespace.name !== SYSTEM)
        throw new Error(`topics.namespaces: "${namespace.name}" is there twice; remove one`)
      this.#configured.set(namespace.name, namespace)
    }
  }

  async start(): Promise<void> {
    await this.#look()
    this.#arm()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  all(): readonly Namespace[] {
    return [...new Map([...this.#configured, ...this.#stored]).values()]
  }

  get(name: string): Namespace | undefined {
    return this.#stored.get(name) ?? this.#configured.get(name)
  }

  /** That of a topic. Throws INVALID or UNKNOWN_NAMESPACE. */
  of(topic: string): Namespace {
    const name = namespaceOf(topic)
    const namespace = this.get(name)
    if (namespace !== undefined) return namespace
    throw new Problem(
      'UNKNOWN_NAMESPACE',
      `namespace "${name}" is not configured; add it under "topics.namespaces", or PUT /v1/topics/namespaces/${name}`,
    )
  }

  /** Resolves when it holds here; other nodes know it {@link LOOK_MS} later. */
  async put(namespace: Namespace): Promise<void> {
    const problem = namespaceProblem(namespace)
    if (problem !== undefined) throw new Problem('INVALID', problem)
    const { table } = this.#parts
    const key = PREFIX + keyPart(namespace.name)
    for (;;) {
      const found = await table.get(key)
      const rev = typeof found?.['rev'] === 'number' ? found['rev'] : 0
      if (await table.swap(key, rev, namespaceDoc(namespace))) break
    }
    await this.#look()
  }

  /** What the configuration says holds again. */
  async remove(name: string): Promise<void> {
    await this.#parts.table.remove([PREFIX + keyPart(name)])
    await this.#look()
  }

  async #look(): Promise<void> {
    const rows = await this.#parts.table.range(PREFIX, keyEnd(PREFIX), NAMESPACES_MAX)
    this.#stored = new Map(
      rows.map(({ doc }) => {
        const namespace = namespaceIn(doc)
        return [namespace.name, namespace]
      }),
    )
  }

  #arm(): void {
    const { clock, logger } = this.#parts
    this.#timer = clock.after(LOOK_MS, () => {
      this.#look()
        .catch((error: unknown) => {
          // What was known last holds until the store answers.
          if (!(error instanceof TableUnavailable))
            logger.error({ err: error }, 'namespaces of topics could not be read')
        })
        .finally(() => {
          if (!this.#stopped) this.#arm()
        })
    })
  }
}
