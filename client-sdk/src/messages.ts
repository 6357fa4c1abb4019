import type { Client } from './api.ts'
import { LongwireError } from './errors.ts'
import { GIVEN_BACK } from './inbox.ts'
import type { Message } from './message.ts'

/** What an iteration needs of its client. */
export interface MessageSource<M extends Message = Message> {
  /** Listens for messages, each handled when the promise resolves; returns how to stop. */
  listen(handler: (message: M) => Promise<void>): () => void
  /** Calls `ended` when the client closes, with the error that closed it; returns how to stop. */
  closed(ended: (error: LongwireError | undefined) => void): () => void
}

export const messagesOf = (client: Pick<Client, 'on'>): MessageSource => ({
  listen: handler => client.on('message', handler),
  closed: ended =>
    client.on('state', change => {
      if (change.state === 'closed') ended(change.error)
    }),
})

interface Offer<M> {
  readonly message: M
  readonly done: () => void
  readonly giveBack: () => void
}

type Ending = { readonly error: LongwireError | undefined }

class MessageIterator<M extends Message> implements AsyncIterableIterator<M> {
  readonly #release: (() => void)[]
  /** Offered by the client and not asked for yet. */
  #offer: Offer<M> | undefined
  /** In the hands of the app: handled when the next one is asked for. */
  #current: Offer<M> | undefined
  #ending: Ending | undefined
  #wake: (() => void) | undefined

  constructor(source: MessageSource<M>, signal: AbortSignal | undefined) {
    const abort = (): void =>
      this.#end(
        new LongwireError('ABORTED', 'stop', 'the iteration over messages was called off', {
          cause: signal?.reason,
        }),
      )
    signal?.addEventListener('abort', abort, { once: true })
    this.#release = [
      source.listen(message => this.#take(message)),
      source.closed(error => this.#end(error)),
      () => signal?.removeEventListener('abort', abort),
    ]
    if (signal?.aborted) abort()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<M>> {
    this.#current?.done()
    this.#current = undefined
    while (this.#offer === undefined && this.#ending === undefined) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    if (this.#ending !== undefined) {
      const { error } = this.#ending
      this.#ending = { error: undefined }
      if (error !== undefined) throw error
      return { done: true, value: undefined }
    }
    this.#current = this.#offer
    this.#offer = undefined
    return { done: false, value: this.#current!.message }
  }

  /** Leaving the loop early: the message at hand was not handled and is offered again. */
  return(): Promise<IteratorResult<M>> {
    this.#end(undefined)
    this.#current?.giveBack()
    this.#current = undefined
    return Promise.resolve({ done: true, value: undefined })
  }

  #take(message: M): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#offer = { message, done: resolve, giveBack: () => reject(GIVEN_BACK) }
      this.#wake?.()
    })
  }

  #end(error: LongwireError | undefined): void {
    if (this.#ending !== undefined) return
    this.#ending = { error }
    for (const release of this.#release) release()
    this.#offer?.giveBack()
    this.#offer = undefined
    this.#wake?.()
  }
}

/** Messages one after the other; each counts as handled when the next one is asked for. */
export const iterateMessages = <M extends Message>(
  source: MessageSource<M>,
  signal?: AbortSignal,
): AsyncIterableIterator<M> => new MessageIterator(source, signal)
