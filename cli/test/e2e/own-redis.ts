import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openRedis } from '@longwire/kit'
import type { Test } from 'tap'
import { freePorts } from './ports.ts'

/** A Redis that a test may empty and kill; it keeps nothing on disk. */
export class OwnRedis {
  readonly url: string
  readonly #port: number
  readonly #dir: string
  #server: ChildProcess | undefined

  private constructor(port: number, dir: string) {
    this.#port = port
    this.#dir = dir
    this.url = `redis://127.0.0.1:${port}`
  }

  static async open(t: Test): Promise<OwnRedis> {
    const [port = 0] = await freePorts(1)
    const redis = new OwnRedis(port, t.testdir())
    t.teardown(() => redis.kill())
    await redis.start()
    return redis
  }

  /** Resolves when it answers; it is empty. */
  async start(): Promise<void> {
    const args = ['--port', `${this.#port}`, '--bind', '127.0.0.1', '--dir', this.#dir]
    const server = spawn('redis-server', [...args, '--save', '', '--appendonly', 'no'])
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.once('exit', code => reject(new Error(`redis-server ended with ${code}`)))
      server.stdout.on('data', (chunk: Buffer) => {
        if (chunk.includes('Ready to accept connections')) resolve()
      })
    })
  }

  async flush(): Promise<void> {
    const redis = openRedis(this.url)
    await redis.command('FLUSHALL')
    await redis.close()
  }

  async kill(): Promise<void> {
    const server = this.#server
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
  }
}
