import { createLogger, type Logger, type Metrics } from '@longwire/kit'

/** A logger that keeps errors: in a simulation, an error that is logged is a fault of the program. */
export const errorLogger = (name: string, failed: (line: string) => void): Logger =>
  createLogger({ level: 'error', name, destination: { write: line => failed(messageOf(line)) } })

const messageOf = (line: string): string => {
  const { msg, error, err } = JSON.parse(line) as { msg: string; error?: unknown; err?: unknown }
  const cause = JSON.stringify(error ?? err)
  return cause === undefined ? msg : `${msg}: ${cause.slice(0, 600)}`
}

const NOTHING = { add: () => undefined, observe: () => undefined }

/** Numbers of one process that the simulation reads itself. */
export class Gauges implements Metrics {
  readonly #gauges = new Map<string, () => number>()

  counter(): { add(): void } {
    return NOTHING
  }

  counters(): () => { add(): void } {
    return () => NOTHING
  }

  histogram(): { observe(): void } {
    return NOTHING
  }

  gauge(name: string, _help: string, collect: () => number): void {
    this.#gauges.set(name, collect)
  }

  series(): void {
    // Nobody reads them.
  }

  text(): Promise<string> {
    return Promise.resolve('')
  }

  read(name: string): number {
    const gauge = this.#gauges.get(name)
    if (gauge === undefined) throw new Error(`there is no gauge ${name}`)
    return gauge()
  }
}
