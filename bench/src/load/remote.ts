import { fork, type ChildProcess } from 'node:child_process'

/** What comes back from a load process. */
export interface RemoteReply {
  readonly id: number
  readonly value: unknown
  readonly error?: string
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** A forked load process that answers each request with one value; its entry calls {@link answer}. */
export class Remote<Request extends object> {
  readonly #child: ChildProcess
  readonly #pending = new Map<number, Pending>()
  #lastId = 0

  constructor(entry: URL, execArgv: readonly string[] = []) {
    this.#child = fork(entry, {
      serialization: 'advanced',
      execArgv: [...process.execArgv, ...execArgv],
    })
    this.#child.on('message', (reply: RemoteReply) => {
      const pending = this.#pending.get(reply.id)
      this.#pending.delete(reply.id)
      if (reply.error === undefined) pending?.resolve(reply.value)
      else pending?.reject(new Error(reply.error))
    })
    this.#child.on('exit', code => {
      for (const { reject } of this.#pending.values()) {
        reject(new Error(`a load process ended early, exit code ${code}`))
      }
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  call(request: Request): Promise<unknown> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#child.send({ id, request })
    })
  }

  /** Ends the process, whatever it is at. */
  stop(): Promise<void> {
    return new Promise(resolve => {
      this.#child.once('exit', () => resolve())
      if (this.#child.connected) this.#child.disconnect()
      else resolve()
    })
  }
}

/** Called once by the entry of a load process. */
export const answer = (perform: (request: never) => Promise<unknown>): void => {
  const reply = (message: RemoteReply): void => void process.send?.(message)
  process.on('message', ({ id, request }: { id: number; request: never }) => {
    perform(request).then(
      value => reply({ id, value }),
      (error: unknown) => reply({ id, value: undefined, error: String(error) }),
    )
  })
  // The parent is gone: nobody needs the load any more.
  process.on('disconnect', () => process.exit())
}
