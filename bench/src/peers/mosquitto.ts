import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Child, freePort, temporaryDirectory } from '../child.ts'
import type { Publishing } from '../load/publisher.ts'
import type { ProcessStats } from '../process-stats.ts'
import { sleep } from '../statistics.ts'
import type { Subject } from '../subject.ts'
import { MqttPublisher } from './mqtt-publisher.ts'

const HOST = '127.0.0.1'
const READY_MS = 5_000

/** Version, or undefined where mosquitto is not installed. */
const installed = (): string | undefined => {
  const help = spawnSync('mosquitto', ['-h'], { encoding: 'utf8' })
  return help.error === undefined
    ? (/version (\S+)/.exec(help.stdout)?.[1] ?? 'unknown')
    : undefined
}

const accepts = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, HOST)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

class Mosquitto implements Subject {
  readonly name: string
  readonly durable = 'no: memory, dumped every 30 minutes'
  readonly login = { appcode: 1, tokenSecret: '' }
  readonly dataDirectory: string
  readonly #port: number
  readonly #child: Child

  constructor(version: string, port: number) {
    this.name = `mosquitto ${version} QoS 1`
    this.#port = port
    this.dataDirectory = temporaryDirectory()
    const config = join(this.dataDirectory, 'mosquitto.conf')
    const lines = [
      `listener ${port} ${HOST}`,
      'allow_anonymous true',
      'persistence true',
      `persistence_location ${this.dataDirectory}/`,
      'max_queued_messages 10000',
      'set_tcp_nodelay true',
      'log_type none',
      ...(process.getuid?.() === 0 ? ['user root'] : []),
    ]
    writeFileSync(config, `${lines.join('\n')}\n`)
    this.#child = new Child('mosquitto', ['-c', config], this.dataDirectory)
  }

  gate(): { readonly host: string; readonly port: number } {
    return { host: HOST, port: this.#port }
  }

  openPublisher(name: string): Promise<Publishing> {
    return MqttPublisher.open(HOST, this.#port, name)
  }

  stats(): ProcessStats {
    return this.#child.stats()
  }

  gateStats(): ProcessStats {
    return this.stats()
  }

  async ready(): Promise<void> {
    for (let waited = 0; waited < READY_MS; waited += 50) {
      if (await accepts(this.#port)) return
      await sleep(50)
    }
    throw new Error(`mosquitto does not answer: ${this.#child.output}`)
  }

  async stop(): Promise<void> {
    await this.#child.stop()
    rmSync(this.dataDirectory, { recursive: true, force: true })
  }
}

/** Undefined where mosquitto is not installed. */
export const startMosquitto = async (): Promise<Subject | undefined> => {
  const version = installed()
  if (version === undefined) return undefined
  const server = new Mosquitto(version, await freePort())
  await server.ready()
  return server
}

export const MOSQUITTO_SKIPPED =
  'mosquitto was skipped: it is not installed (Debian: apt-get install --no-install-recommends mosquitto).'
