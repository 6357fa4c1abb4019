import pino from 'pino'

export type Logger = pino.Logger

export interface LogOptions {
  /** `trace` to `fatal`, or `silent`. */
  readonly level: string
  /** Names the process in every line. */
  readonly name: string
  /** Receives each line of JSON instead of stdout. */
  readonly destination?: { write(line: string): void }
}

/** pino's own destination writes until the pipe takes all of it: for ever, once nobody reads. */
const STDOUT = { write: (line: string): void => void process.stdout.write(line) }

/** Lines of JSON on stdout. Message bodies and tokens never go into a log. */
export const createLogger = ({ level, name, destination = STDOUT }: LogOptions): Logger => {
  const options: pino.LoggerOptions = {
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: label => ({ level: label }) },
  }
  return pino(options, destination)
}
