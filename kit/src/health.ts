/** The parts that readiness is told of, by the name that stands in the answer. */
export type PartName =
  | 'node'
  | 'store'
  | 'routes'
  | 'registry'
  | 'trunk'
  | 'listeners'
  | 'draining'
  | 'overload'
  | 'gates'
  | 'ingress'
  | 'bus'

export interface PartHealth {
  readonly part: PartName
  /** What is wrong; empty: nothing. */
  readonly problem: string
  /** It is worth knowing, but new work is still done: it does not make the process unready. */
  readonly bearable?: boolean
}

export interface Cause {
  readonly part: string
  readonly problem: string
}

/** What `/readyz` says. */
export interface Readiness {
  readonly ready: boolean
  /** Why it is not ready. */
  readonly causes: readonly Cause[]
  readonly warnings: readonly Cause[]
  /** Every part that was looked at: `ok`, or its problem. */
  readonly parts: Readonly<Record<string, string>>
}

/** `groups` are parts by the prefix of their names; the prefix of a process of one role is empty. */
export const readinessOf = (groups: Readonly<Record<string, readonly PartHealth[]>>): Readiness => {
  const causes: Cause[] = []
  const warnings: Cause[] = []
  const parts: Record<string, string> = {}
  for (const [prefix, group] of Object.entries(groups)) {
    for (const { part: name, problem, bearable } of group) {
      const part = prefix === '' ? name : `${prefix}.${name}`
      parts[part] = problem === '' ? 'ok' : problem
      if (problem !== '') (bearable === true ? warnings : causes).push({ part, problem })
    }
  }
  return { ready: causes.length === 0, causes, warnings, parts }
}
