import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Clock, PartHealth, Timer } from '@longwire/kit'
import type { Addresses } from '../compose/running.ts'
import { isTold, type Asked } from './channel.ts'

export interface WorkerSide {
  readonly clock: Clock
  /** It serves; called once. */
  up(addresses: Addresses): void
  /** The process is gone. */
  ended(how: string): void
}

/** What starts a process of this program. */
export interface Program {
  readonly script: string
  readonly args: readonly string[]
}

/** How long a worker has to answer a question. */
const ANSWER_MS = 1_000

interface Question {
  readonly resolve: (answer: string | readonly PartHealth[] | undefined) => void
  readonly timer: Timer
}

/** One process of a gate, seen by its supervisor: from its start to its end. */
export class Worker {
  readonly since: number
  addresses: Addresses | undefined
  readonly #side: WorkerSide
  readonly #child: ChildProcess
  readonly #questions = new Map<number, Question>()
  #asked = 0

  constructor({ script, args }: Program, side: WorkerSide) {
    this.#side = side
    this.since = side.clock.monotonic()
    this.#child = fork(script, [...args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#child.on('message', message => this.#heard(message))
    this.#child.once('error', error => this.#over(error.message))
    this.#child.once('exit', (code, signal) => this.#over(signal ?? `exit code ${code}`))
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** A worker that does not answer in time has no health to tell of. */
  async health(): Promise<readonly PartHealth[] | undefined> {
    const answer = await this.#ask('health')
    return typeof answer === 'string' ? undefined : answer
  }

  async metrics(): Promise<string | undefined> {
    const answer = await this.#ask('metrics')
    return typeof answer === 'string' ? answer : undefined
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves to the exit code; null where a signal ended it. */
  async gone(): Promise<number | null> {
    const { exitCode, signalCode } = this.#child
    if (exitCode === null && signalCode === null) await once(this.#child, 'exit')
    return this.#child.exitCode
  }

  #ask(ask: Asked['ask']): Promise<string | readonly PartHealth[] | undefined> {
    const number = ++this.#asked
    return new Promise(resolve => {
      const timer = this.#side.clock.after(ANSWER_MS, () => this.#answered(number, undefined))
      this.#questions.set(number, { resolve, timer })
      if (this.#child.connected) this.#child.send({ ask, number } satisfies Asked)
      else this.#answered(number, undefined)
    })
  }

  #heard(message: unknown): void {
    if (!isTold(message)) return
    if ('up' in message) {
      this.addresses = message.up
      this.#side.up(message.up)
    } else this.#answered(message.answer, 'health' in message ? message.health : message.metrics)
  }

  #answered(number: number, answer: string | readonly PartHealth[] | undefined): void {
    const question = this.#questions.get(number)
    this.#questions.delete(number)
    question?.timer.cancel()
    question?.resolve(answer)
  }

  #over(how: string): void {
    for (const number of this.#questions.keys()) this.#answered(number, undefined)
    this.#side.ended(how)
  }
}
