/** What every scenario is told. */
export interface ScenarioOptions {
  /** Shorter and smaller: under 45 s each. */
  readonly quick: boolean
  /** Also run the peers that are installed here. */
  readonly peers: boolean
  /** Directory for a CPU profile of the server, written as it stops. */
  readonly profile: string | undefined
  /** How many logins, for `churn`; undefined: its own number. */
  readonly logins: number | undefined
  /** How many sessions, for `million` and `gatekill`; undefined: its own number. */
  readonly sessions: number | undefined
}

export type Row = Readonly<Record<string, string | number>>

export interface Outcome {
  readonly rows: readonly Row[]
  /** Lines under the table: what the figures include, what was skipped and why. */
  readonly notes?: readonly string[]
  /** What went wrong, one line each; any makes the command fail. */
  readonly failures?: readonly string[]
  /** The figures for a machine. */
  readonly json: Readonly<Record<string, string | number | boolean>>
}
