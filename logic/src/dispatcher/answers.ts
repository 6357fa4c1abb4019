import { createHash } from 'node:crypto'
import { entriesFor, rank, TRANSPORTS, type TransportName, type Wish } from './ranking.ts'
import type { NodeInfo } from '@longwire/kit'
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
    const ranked = rank(gates)
    const { most, ttlSeconds, nets, sign } = options
    const transports: (TransportName | undefined)[] = [undefined, ...TRANSPORTS]
    for (const appcode of [undefined, ...appcodes])
      for (const net of [undefined, ...nets])
        for (const transport of transports)
          for (const names of [false, true]) {
            const wish = { transport, net, appcode, names }
            const entries = entriesFor(ranked, wish, most)
            // What is the same for a browser need not be made, nor signed, twice.
            const twin = names ? answers.#made.get(keyOf({ ...wish, names: false })) : undefined
            const list = { at, ttlSeconds, ...(net === undefined ? {} : { net }), gates: entries }
            const body = Buffer.from(JSON.stringify(list))
            answers.#made.set(
              keyOf(wish),
              twin?.body.equals(body) === true ? twin : await answerOf(body, sign),
            )
          }
    return answers
  }

  of(wish: Wish): Answer {
    const { appcode } = wish
    const known = appcode !== undefined && this.#appcodes.has(appcode) ? appcode : undefined
    return this.#made.get(keyOf({ ...wish, appcode: known })) ?? this.#made.get(keyOf(ANY))!
  }
}

const ANY: Wish = { transport: undefined, net: undefined, appcode: undefined, names: false }

const keyOf = ({ transport, net, appcode, names }: Wish): string =>
  `${transport ?? ''} ${net ?? ''} ${appcode ?? ''} ${names}`

const answerOf = async (body: Buffer, sign: Sign | undefined): Promise<Answer> => ({
  body,
  signed: sign === undefined ? undefined : Buffer.from(await sign(body)),
  etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, ETAG_CHARACTERS)}"`,
})
