import { createHash } from 'node:crypto'
import {
  entriesFor,
  rank,
  TRANSPORTS,
  type Ranked,
  type TransportName,
  type Wish,
} from './ranking.ts'
import type { NodeInfo, NodeSides } from '@longwire/kit'
import { isOfSide, type Side } from '../operations/sides.ts'
import type { Sign } from './signer.ts'

/** One answer, ready to be sent. */
export interface Answer {
  readonly body: Buffer
  /** A compact JWS of `body`, where lists are signed. */
  readonly signed: Buffer | undefined
  readonly etag: string
}

export interface AnswersOptions {
  /** Entries of one answer at most. */
  readonly most: number
  /** How long a client may use an answer without asking again. */
  readonly ttlSeconds: number
  readonly nets: Iterable<string>
  readonly sign: Sign | undefined
  /** Where clients belong; undefined: anywhere. */
  readonly sides: NodeSides | undefined
}

const ETAG_CHARACTERS = 22

/** All answers there are for one state of the fleet: made when that changes, not when somebody asks. */
export class Answers {
  readonly #made = new Map<string, Answer>()
  readonly #appcodes: ReadonlySet<number>

  private constructor(appcodes: ReadonlySet<number>) {
    this.#appcodes = appcodes
  }

  /** `at`: milliseconds since 1970. */
  static async make(
    gates: readonly NodeInfo[],
    at: number,
    options: AnswersOptions,
  ): Promise<Answers> {
    const appcodes = new Set(gates.flatMap(({ reach }) => reach?.appcodes ?? []))
    const answers = new Answers(appcodes)
    const wishes = wishesOf(appcodes, options.nets)
    for (const [side, ofSide] of sidesOf(gates, options.sides)) {
      const list = { ranked: rank(ofSide), at, options }
      for (const wish of wishes) await answers.#add({ ...wish, side }, list)
    }
    return answers
  }

  of(wish: Wish): Answer {
    const { appcode, side } = wish
    const known = appcode !== undefined && this.#appcodes.has(appcode) ? appcode : undefined
    const found =
      this.#made.get(keyOf({ ...wish, appcode: known })) ?? this.#made.get(keyOf({ ...ANY, side }))
    return found ?? this.of({ ...wish, side: undefined })
  }

  async #add(
    wish: Wish,
    { ranked, at, options }: { ranked: readonly Ranked[]; at: number; options: AnswersOptions },
  ): Promise<void> {
    const { names, net } = wish
    const { most, ttlSeconds, sign } = options
    const gates = entriesFor(ranked, wish, most)
    // What is the same for a browser need not be made, nor signed, twice.
    const twin = names ? this.#made.get(keyOf({ ...wish, names: false })) : undefined
    const list = { at, ttlSeconds, ...(net === undefined ? {} : { net }), gates }
    const body = Buffer.from(JSON.stringify(list))
    this.#made.set(
      keyOf(wish),
      twin?.body.equals(body) === true ? twin : await answerOf(body, sign),
    )
  }
}

/** Everything that is told apart, but for sides. Addresses come before names. */
const wishesOf = (appcodes: Iterable<number>, nets: Iterable<string>): Omit<Wish, 'side'>[] => {
  const transports: (TransportName | undefined)[] = [undefined, ...TRANSPORTS]
  return [undefined, ...appcodes].flatMap(appcode =>
    [undefined, ...nets].flatMap(net =>
      transports.flatMap(transport =>
        [false, true].map(names => ({ transport, net, appcode, names })),
      ),
    ),
  )
}

/** A side on which no gate lives has all of them: nobody is left without an address. */
const sidesOf = (
  gates: readonly NodeInfo[],
  rule: NodeSides | undefined,
): [Side | undefined, readonly NodeInfo[]][] => {
  const all: [Side | undefined, readonly NodeInfo[]][] = [[undefined, gates]]
  if (rule === undefined) return all
  for (const side of ['new', 'old'] as const) {
    const own = gates.filter(gate => isOfSide(rule, side, gate))
    if (own.length > 0) all.push([side, own])
  }
  return all
}

const ANY: Wish = {
  transport: undefined,
  net: undefined,
  appcode: undefined,
  names: false,
  side: undefined,
}

const keyOf = ({ transport, net, appcode, names, side }: Wish): string =>
  `${transport ?? ''} ${net ?? ''} ${appcode ?? ''} ${names} ${side ?? ''}`

const answerOf = async (body: Buffer, sign: Sign | undefined): Promise<Answer> => ({
  body,
  signed: sign === undefined ? undefined : Buffer.from(await sign(body)),
  etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, ETAG_CHARACTERS)}"`,
})
