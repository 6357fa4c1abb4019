export const EXIT = { ok: 0, failed: 1, usage: 2, unfinished: 3 } as const

/** Something a person can mend: shown as it is, without a stack. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exitCode: number

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message)
    this.exitCode = exitCode
  }
}
