import { AddressBook, type Resolve } from '../../src/addresses/book.ts'
import { Dispatchers, type DispatcherOptions } from '../../src/addresses/dispatcher.ts'
import type { AddressStore } from '../../src/addresses/records.ts'
import { VirtualClock } from '../virtual-clock.ts'

/** What each dispatcher answers, by origin: gates, a whole answer, or nothing. */
export type Answers = Record<string, readonly string[] | Response | 'silent' | undefined>

export interface World {
  answers: Answers
  /** What was asked, by origin. */
  readonly asked: string[]
  readonly queries: string[]
  saved: string | undefined
}

export const listOf = (urls: readonly string[], over: object = {}): string =>
  JSON.stringify({
    at: 1_700_000_000_000,
    ttlSeconds: 86_400,
    gates: urls.map(url => ({ url, load: 0.5 })),
    ...over,
  })

const fetchIn =
  (world: World): typeof fetch =>
  async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    world.asked.push(url.origin)
    world.queries.push(url.search)
    const answer = world.answers[url.origin]
    if (answer === undefined) throw new Error('getaddrinfo ENOTFOUND')
    if (answer instanceof Response) return answer.clone()
    if (answer !== 'silent') return new Response(listOf(answer))
    return new Promise((_, reject) => {
      init?.signal?.addEventListener('abort', () => reject(new Error('called off')))
    })
  }

export const DISPATCHER: DispatcherOptions = {
  urls: ['http://one', 'http://two'],
  fallbackIps: ['http://10.0.0.1', 'http://10.0.0.2'],
}

/** A book in a world of dispatchers, on a clock of its own. */
export const bookIn = (
  world: World,
  {
    urls = [],
    gates = [],
    dispatcher = DISPATCHER,
    resolve,
    clock = new VirtualClock(),
    names = false,
  }: {
    urls?: readonly string[]
    gates?: readonly string[]
    dispatcher?: DispatcherOptions
    resolve?: Resolve
    clock?: VirtualClock
    names?: boolean
  } = {},
) => {
  const store: AddressStore = {
    load: async () => world.saved,
    save: async text => {
      world.saved = text
    },
  }
  const dispatchers = new Dispatchers(dispatcher, {
    clock,
    random: () => 0,
    fetch: fetchIn(world),
    appcode: 7,
    transport: dispatcher.transport ?? 'tcp',
    names,
    bucket: 42,
    agent: 'app/1 sdk/1',
  })
  const book = new AddressBook({ clock, urls, gates, dispatchers, store, resolve })
  const { signal } = new AbortController()
  const get = (tries = 0, network = 'home'): Promise<readonly string[]> =>
    book.candidates({ network, tries, signal })
  return { book, clock, get }
}

export const worldOf = (answers: Answers = {}): World => ({
  answers,
  asked: [],
  queries: [],
  saved: undefined,
})
