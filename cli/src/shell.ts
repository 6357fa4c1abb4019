import type { Output } from './terminal.ts'

/** What a command has of the outside world; a test gives it another one. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: Output
  readonly stderr: Output
  /** Aborts when the person at the keyboard wants to leave. */
  readonly interrupted: AbortSignal
}
