import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { eventBody, type Event } from '../events/event.ts'
import type { EventFilter, EventLog, EventPage } from '../events/event-log.ts'
import type { Business } from '../paths/draft.ts'
import { SECURED, businessOf } from './messages.ts'
import { Problem, problemBody, problemOf } from './problems.ts'
import { problems } from './schemas.ts'

export interface EventParts {
  /** Undefined: presence is not configured. */
  readonly events: EventLog | undefined
}

const CLOSED = { additionalProperties: false } as const
const LIMIT = 100
const WAIT_MAX_SECONDS = 30
/** Readers that wait or stream at once; each costs little, but not nothing. */
const READERS_MAX = 1_000
/** A comment this often keeps proxies from closing a stream that is silent. */
const HEARTBEAT_MS = 15_000
const STREAM_PAGE = 500

const QUERY = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'The last seq already read; 0: all that is kept; left out: from now on',
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: LIMIT })),
    wait: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: WAIT_MAX_SECONDS,
        default: 0,
        description: 'Seconds to wait where there is nothing yet',
      }),
    ),
    epoch: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 0xffff_ffff,
        description:
          'As the last answer said; where the store is another one by now, "reset" is true',
      }),
    ),
  },
  CLOSED,
)
type Query = Static<typeof QUERY>

const EVENT = Type.Object(
  {
    seq: Type.Integer({ description: 'Place in the stream; rises, with holes for other readers' }),
    id: Type.String({ description: 'The same wherever and however often the event is told' }),
    kind: Type.Unsafe<Event['kind']>({
      type: 'string',
      enum: ['online', 'offline', 'gate_up', 'gate_down', 'expired'],
    }),
    at: Type.String({ format: 'date-time', description: 'When it was found' }),
    gate: Type.Optional(Type.String({ description: 'name@incarnation; not of "expired"' })),
    reason: Type.String({
      description:
        'login; closed, gate-lost; started; left, link-closed, silent; of a message ttl, trimmed, replaced',
    }),
    uid: Type.Optional(Type.String()),
    appcode: Type.Optional(Type.Integer({ description: 'Left out: the message was for all ends' })),
    device: Type.Optional(Type.String()),
    business: Type.Optional(Type.String({ description: 'Who sent the message' })),
    msgid: Type.Optional(Type.String()),
    logid: Type.Optional(Type.String()),
    mailboxSeq: Type.Optional(Type.Integer({ description: 'Place of the message in the mailbox' })),
    msgtype: Type.Optional(Type.Integer()),
    ends: Type.Optional(Type.Integer({ description: 'Active ends that the message was for' })),
    readBy: Type.Optional(Type.Integer({ description: 'Those of them that have read it' })),
  },
  CLOSED,
)

const PAGE = Type.Object(
  {
    events: Type.Array(EVENT),
    next: Type.Integer({ description: 'Pass as "after" to go on' }),
    head: Type.Integer({ description: 'The highest seq given so far' }),
    epoch: Type.Integer({ description: 'Changes where the store was lost' }),
    more: Type.Boolean(),
    gap: Type.Optional(
      Type.Object(
        { from: Type.Integer(), to: Type.Integer() },
        {
          ...CLOSED,
          description: 'These were removed before they were read: query online instead',
        },
      ),
    ),
    reset: Type.Optional(
      Type.Boolean({ description: 'The store is a new one; reading began at its first event' }),
    ),
  },
  CLOSED,
)

export const addEventRoutes = (app: FastifyInstance, { events }: EventParts): void => {
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())
  const readers = { count: 0 }
  const schema = {
    operationId: 'readEvents',
    summary:
      'Read who came online and went offline, which gates came and went, and which messages expired unread',
    description:
      'JSON pages (long polling with "wait"), or a stream with "Accept: text/event-stream" (Last-Event-ID goes on where it broke). A key sees ends of its appcodes, and what became of its own messages.',
    security: SECURED,
    querystring: QUERY,
    response: {
      200: {
        description: 'Events behind "after", in order',
        content: {
          'application/json': { schema: PAGE },
          'text/event-stream': { schema: Type.String() },
        },
      },
      ...problems('UNAUTHORIZED', 'NOT_FOUND', 'INVALID', 'BUSY', 'INTERNAL', 'UNAVAILABLE'),
    },
  }
  app.get<{ Querystring: Query }>('/v1/events', { schema }, async (request, reply) => {
    if (events === undefined)
      throw new Problem(
        'NOT_FOUND',
        'there are no events: set presence.appcodes in the configuration',
      )
    if (readers.count >= READERS_MAX) throw new Problem('BUSY', 'too many readers wait for events')
    const reader = new Reader(events, request, closing.signal)
    readers.count++
    try {
      if (!wantsStream(request)) return await reader.page()
      const after = await reader.begin()
      await stream(reader, after, reply)
      return reply
    } finally {
      readers.count--
      reader.release()
    }
  })
}

/** One request for events. */
class Reader {
  readonly signal: AbortSignal
  readonly #events: EventLog
  readonly #query: Query
  readonly #lastId: string
  readonly #filter: EventFilter
  readonly #release: () => void

  constructor(
    events: EventLog,
    request: FastifyRequest<{ Querystring: Query }>,
    closing: AbortSignal,
  ) {
    this.#events = events
    this.#query = request.query
    const id = request.headers['last-event-id']
    this.#lastId = typeof id === 'string' ? id : ''
    this.#filter = filterFor(businessOf(request))
    const end = new AbortController()
    const abort = (): void => end.abort()
    this.signal = end.signal
    // The request itself closes once it was read.
    const { socket } = request.raw
    socket.once('close', abort)
    closing.addEventListener('abort', abort)
    if (closing.aborted) abort()
    this.#release = () => {
      socket.off('close', abort)
      closing.removeEventListener('abort', abort)
    }
  }

  release(): void {
    this.#release()
  }

  /** One page; waits for it as long as the request says. */
  async page(): Promise<Static<typeof PAGE>> {
    const { limit = LIMIT, wait = 0, epoch = 0 } = this.#query
    const after = this.#query.after ?? (await this.#events.head())
    let page = await this.#events.read(after, limit, this.#filter)
    if (wait > 0 && page.events.length === 0 && !page.more) {
      await this.#events.grows(page.next, wait * 1_000, this.signal)
      const found = await this.#events.read(page.next, limit, this.#filter)
      page = { ...found, gapFloor: Math.max(page.gapFloor, found.gapFloor) }
    }
    const another = epoch !== 0 && epoch !== page.epoch
    if (another) page = await this.#events.read(0, limit, this.#filter)
    const reset = another || after > page.head
    return bodyOf(page, after, reset)
  }

  /** Where a stream begins. */
  async begin(): Promise<number> {
    if (/^\d{1,16}$/.test(this.#lastId)) return Number(this.#lastId)
    return this.#query.after ?? this.#events.head()
  }

  read(after: number): Promise<EventPage> {
    return this.#events.read(after, STREAM_PAGE, this.#filter)
  }

  grows(after: number): Promise<void> {
    return this.#events.grows(after, HEARTBEAT_MS, this.signal)
  }
}

const wantsStream = ({ headers }: FastifyRequest): boolean =>
  headers.accept?.includes('text/event-stream') === true

const filterFor =
  ({ name, appcodes }: Business): EventFilter =>
  event =>
    event.kind === 'expired'
      ? event.business === name
      : !('appcode' in event) || appcodes.includes(event.appcode)

const bodyOf = (page: EventPage, after: number, reset: boolean): Static<typeof PAGE> => {
  const { events, next, head, epoch, more, gapFloor } = page
  return {
    events: events.map(eventBody),
    next,
    head,
    epoch,
    more,
    ...(gapFloor < 0 || after >= gapFloor ? {} : { gap: { from: after + 1, to: gapFloor } }),
    ...(reset ? { reset } : {}),
  }
}

/** Server-sent events until the reader leaves; never more than one page that it has not taken. */
const stream = async (reader: Reader, after: number, reply: FastifyReply): Promise<void> => {
  // From here on Fastify knows nothing of this request.
  reply.hijack()
  const out = reply.raw
  out.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
    // When it ends, so does the connection: a node that stops need not wait for it.
    connection: 'close',
  })
  const write = async (text: string): Promise<void> => {
    if (reader.signal.aborted || out.write(text)) return
    await new Promise<void>(resolve => {
      const done = (): void => {
        out.off('drain', done)
        reader.signal.removeEventListener('abort', done)
        resolve()
      }
      out.on('drain', done)
      reader.signal.addEventListener('abort', done)
      if (reader.signal.aborted) done()
    })
  }
  try {
    await write(': longwire events\n\n')
    let at = after
    while (!reader.signal.aborted) {
      const page = await reader.read(at)
      await write(framesOf(page, at))
      at = page.next
      if (page.more) continue
      await reader.grows(at)
      await write(':\n\n')
    }
  } catch (error) {
    // The status is sent already: the reader learns it as an event, and comes back by itself.
    out.write(`event: problem\ndata: ${JSON.stringify(problemBody(problemOf(error)))}\n\n`)
  }
  out.end()
}

const framesOf = (page: EventPage, after: number): string => {
  const { next, gapFloor, head } = page
  const frames: string[] = []
  if (after > head) frames.push(`event: reset\nid: 0\ndata: {}\n\n`)
  else if (gapFloor > after)
    frames.push(
      `event: gap\nid: ${gapFloor}\ndata: ${JSON.stringify({ from: after + 1, to: gapFloor })}\n\n`,
    )
  for (const event of page.events)
    frames.push(
      `event: ${event.kind}\nid: ${event.seq}\ndata: ${JSON.stringify(eventBody(event))}\n\n`,
    )
  // Also what is for others counts as read.
  if (next > (page.events.at(-1)?.seq ?? after) && next > after) frames.push(`id: ${next}\n\n`)
  return frames.join('')
}
