/** What clients of a gate are to be told, or are told now. Milliseconds; 0: as it was. */
export interface GateHints {
  readonly pingStart: number
  readonly pingMax: number
  readonly pingFloor: number
  readonly ackTimeout: number
  readonly reconnectWindow: number
}

/** What a gate made of it. */
export interface HintResult extends GateHints {
  /** Sessions that it has. */
  readonly sessions: number
}
