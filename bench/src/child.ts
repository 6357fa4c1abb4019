import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cpuMsOf, processStats, type ProcessStats } from './process-stats.ts'
import { sleep } from './statistics.ts'

const STOP_MS = 20_000
const OUTPUT_KEPT = 20_000

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

// Nothing is left behind, also where the benchmark fails or is interrupted.
// A process that was just killed may still hold its files.
const REMOVE = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 } as const
const running = new Set<ChildProcess>()
const directories = new Set<string>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  for (const directory of directories) rmSync(directory, REMOVE)
})

/** A directory for the data of one server; it goes with this process at the latest. */
export const temporaryDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'longwire-bench-'))
  directories.add(directory)
  return directory
}

/** A server process of a benchmark. */
export class Child {
  readonly #process: ChildProcess
  #output = ''
  #ended = false

  constructor(command: string, args: readonly string[], cwd: string, env: object = {}) {
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe']
    this.#process = spawn(command, args, { cwd, stdio, env: { ...process.env, ...env } })
    running.add(this.#process)
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
      running.delete(this.#process)
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

  cpuMs(): number {
    return cpuMsOf(this.#process.pid ?? 0)
  }

  /** Sends a signal; nothing happens when it has ended. */
  signal(name: NodeJS.Signals): void {
    if (!this.#ended) this.#process.kill(name)
  }

  /** Resolves once it has written `text`; rejects with what it wrote when it ends or takes too long. */
  async says(text: string, patienceMs: number): Promise<void> {
    for (let waited = 0; !this.#output.includes(text); waited += 20) {
      if (this.#ended || waited > patienceMs) {
        const what = this.#ended ? 'ended' : `took over ${patienceMs} ms`
        throw new Error(`a server ${what} before it said "${text}": ${this.output}`)
      }
      await sleep(20)
    }
  }

  /** kill -9; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.#ended) return
    const exited = new Promise(resolve => this.#process.once('exit', resolve))
    this.#process.kill('SIGKILL')
    await exited
  }

  async stop(): Promise<void> {
    if (this.#ended) return
    const exited = new Promise(resolve => this.#process.once('exit', resolve))
    this.#process.kill('SIGTERM')
    // One that is paused hears nothing else.
    this.#process.kill('SIGCONT')
    const patience = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MS)
    await exited
    clearTimeout(patience)
  }
}
