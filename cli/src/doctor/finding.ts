/** `unknown`: the host does not say, as in many containers. */
export type Status = 'ok' | 'warn' | 'fail' | 'unknown'

/** What one check found. */
export interface Finding {
  /** Stable name, as docs/tuning.md has it: `open-files`. */
  readonly check: string
  readonly status: Status
  /** What is there, with its value and unit. */
  readonly found: string
  /** Why it matters; empty where all is well. */
  readonly why: string
  /** Commands or changes that mend it, in this order; empty where all is well. */
  readonly mend: readonly string[]
}

/** What a finding says when something is wrong. */
export interface Advice {
  readonly why: string
  readonly mend: readonly string[]
}

export const fine = (check: string, found: string): Finding => ({
  check,
  status: 'ok',
  found,
  why: '',
  mend: [],
})

export const unknown = (check: string, found: string): Finding => ({
  check,
  status: 'unknown',
  found,
  why: '',
  mend: [],
})

export const ill = (
  check: string,
  status: 'warn' | 'fail',
  found: string,
  advice: Advice,
): Finding => ({ check, status, found, ...advice })

/** The worse of the two decides. */
const ORDER: readonly Status[] = ['ok', 'unknown', 'warn', 'fail']

export const worst = (findings: readonly Finding[]): Status =>
  findings.reduce<Status>(
    (worse, { status }) => (ORDER.indexOf(status) > ORDER.indexOf(worse) ? status : worse),
    'ok',
  )
