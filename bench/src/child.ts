import { spawn, type ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import { processStats, type ProcessStats } from './process-stats.ts'

const STOP_MS = 20_000
const OUTPUT_KEPT = 2_000

/** A port of 127.0.0.1 that nobody listened on a moment ago. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })

/** A server process of a benchmark. */
export class Child {
  readonly #process: ChildProcess
  #output = ''
  #ended = false

  constructor(command: string, args: readonly string[], cwd: string) {
    this.#process = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-OUTPUT_KEPT)
    }
    this.#process.stdout?.on('data', keep)
    this.#process.stderr?.on('data', keep)
    this.#process.on('error', error => {
      this.#output += error.message
      this.#ended = true
    })
    this.#process.on('exit', () => {
      this.#ended = true
    })
  }

  get ended(): boolean {
    return this.#ended
  }

  /** The last of what it wrote. */
  get output(): string {
    return this.#output.trim()
  }

  stats(): ProcessStats {
    return processStats(this.#process.pid ?? 0)
  }

  async stop(): Promise<void> {
    if (this.#ended) return
    const exited = new Promise(resolve => this.#process.once('exit', resolve))
    this.#process.kill('SIGTERM')
    const patience = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MS)
    await exited
    clearTimeout(patience)
  }
}
