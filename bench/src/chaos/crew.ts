import { fork, type ChildProcess } from 'node:child_process'
import type { ClientsOptions, ClientsStatus } from './clients.ts'
import type { PublishingOptions } from './publishing.ts'

export type CrewRequest =
  | { readonly kind: 'clients'; readonly options: ClientsOptions }
  | { readonly kind: 'publishing'; readonly options: PublishingOptions }
  | { readonly kind: 'connect' | 'leave'; readonly which: readonly number[] | undefined }
  | { readonly kind: 'status' | 'start' | 'fence'; readonly round: number }
  | { readonly kind: 'stop' | 'close' }
export type CrewCall = { readonly id: number } & CrewRequest
export type CrewValue = ClientsStatus | readonly string[] | undefined
export interface CrewReply {
  readonly id: number
  readonly value: CrewValue
  readonly error?: string
}

interface Pending {
  readonly resolve: (value: CrewValue) => void
  readonly reject: (error: Error) => void
}

const crews = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of crews) child.kill('SIGKILL')
})

/** A process full of clients, or one that publishes. */
export class CrewProcess {
  readonly #child: ChildProcess
  readonly #pending = new Map<number, Pending>()
  readonly #exited: Promise<void>
  #lastId = 0

  constructor() {
    this.#child = fork(new URL('crew-process.js', import.meta.url), { serialization: 'advanced' })
    crews.add(this.#child)
    this.#child.on('message', (reply: CrewReply) => {
      const pending = this.#pending.get(reply.id)
      this.#pending.delete(reply.id)
      if (reply.error === undefined) pending?.resolve(reply.value)
      else pending?.reject(new Error(reply.error))
    })
    this.#exited = new Promise(resolve =>
      this.#child.once('exit', code => {
        crews.delete(this.#child)
        for (const { reject } of this.#pending.values())
          reject(new Error(`a process of clients or publishers ended, exit code ${code}`))
        resolve()
      }),
    )
  }

  call(request: CrewRequest): Promise<CrewValue> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#child.send({ id, ...request }, error => {
        if (error !== null) reject(error)
      })
    })
  }

  async status(round: number): Promise<ClientsStatus> {
    return (await this.call({ kind: 'status', round })) as ClientsStatus
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }
}
