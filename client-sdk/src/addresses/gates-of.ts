import { bucketOf } from '@longwire/proto'
import type { Clock, Random } from '../clock.ts'
import { agentOf, transportOf, type ClientOptions } from '../options.ts'
import type { Surroundings } from '../surroundings.ts'
import { AddressBook } from './book.ts'
import { drawn, inOrder } from './choose.ts'
import { Dispatchers } from './dispatcher.ts'
import { Gates } from './gates.ts'

interface Around extends Surroundings {
  readonly clock: Clock
  readonly random: Random
}

/** The gates that a client may dial, with its address book. */
export const gatesOf = (options: ClientOptions, around: Around): Gates => {
  const { clock, random, transports, environment, race } = around
  const { appcode, dispatcher } = options
  const { probes = dispatcher !== undefined } = options
  const unprobed = dispatcher === undefined ? inOrder : drawn(random)
  return new Gates({
    clock,
    book: bookOf(options, around),
    network: () => environment.network,
    chooser: probes ? race({ clock, random, transports, appcode }) : unprobed,
  })
}

const bookOf = (options: ClientOptions, { clock, random, resolve }: Around): AddressBook => {
  const { urls = [], gates = [], dispatcher, appcode, addresses } = options
  const dispatchers =
    dispatcher === undefined
      ? undefined
      : new Dispatchers(dispatcher, {
          clock,
          random,
          fetch: options.fetch ?? ((input, init) => fetch(input, init)),
          appcode,
          transport: transportOf(options),
          names: resolve === undefined,
          bucket: bucketOf(options.uid),
          agent: agentOf(options),
        })
  return new AddressBook({
    clock,
    urls,
    gates,
    dispatchers,
    store: addresses,
    resolve: options.resolve ?? resolve,
  })
}
