import { pause, type Clock } from '@longwire/kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { problemBody, problemOf } from './problems.ts'

/** One answer that goes on: server-sent events. */
export interface EventStream {
  /** The reader has left, or the node is going down. */
  readonly over: boolean
  /** Resolves once the reader has taken what came before. */
  write(text: string): Promise<void>
  /** Resolves after `ms`, or when it is over. */
  pause(ms: number): Promise<void>
}

/** Lets `tell` write until it returns or the reader leaves; what it throws is told as event `problem`. */
export const streamTo = async (
  { raw }: FastifyRequest,
  reply: FastifyReply,
  { clock, closing }: { readonly clock: Clock; readonly closing: AbortSignal },
  tell: (stream: EventStream) => Promise<void>,
): Promise<void> => {
  // From here on Fastify knows nothing of this request.
  reply.hijack()
  const end = new AbortController()
  const abort = (): void => end.abort()
  raw.socket.once('close', abort)
  closing.addEventListener('abort', abort)
  if (closing.aborted) abort()
  const { signal } = end
  const out = reply.raw
  out.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
    // When it ends, so does the connection: a node that stops need not wait for it.
    connection: 'close',
  })
  const taken = (): Promise<void> =>
    new Promise(resolve => {
      const done = (): void => {
        out.off('drain', done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      out.on('drain', done)
      signal.addEventListener('abort', done)
    })
  const stream: EventStream = {
    get over() {
      return signal.aborted
    },
    async write(text) {
      if (!signal.aborted && !out.write(text)) await taken()
    },
    pause: ms => pause(clock, ms, signal),
  }
  try {
    await tell(stream)
  } catch (error) {
    // The status is sent already.
    out.write(`event: problem\ndata: ${JSON.stringify(problemBody(problemOf(error)))}\n\n`)
  }
  raw.socket.off('close', abort)
  closing.removeEventListener('abort', abort)
  out.end()
}
