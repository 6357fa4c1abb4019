import { readFileSync } from 'node:fs'

/** xorshift32: fast enough for millions of inputs a minute. */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) | 1
  }

  /** A whole number from 0 to below − 1. */
  roll(below: number): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state
    return (state >>> 0) % below
  }
}

const EDGES = [0, 1, 2, 7, 8, 0x7f, 0x80, 0x81, 0xfe, 0xff] as const
const INPUT_MAX = 2_048

/** Breaks well-formed inputs in ways that parsers have trouble with. */
export class Mutator {
  readonly #dice: Dice
  readonly #samples: readonly Uint8Array[]

  constructor(dice: Dice, samples: readonly Uint8Array[]) {
    this.#dice = dice
    this.#samples = samples
  }

  /** One to three samples one after the other, mostly broken in a few places. */
  next(): Buffer {
    const dice = this.#dice
    const parts = Array.from({ length: 1 + dice.roll(3) }, () => this.sample())
    let input: Buffer = Buffer.concat(parts)
    for (let count = dice.roll(5); count > 0 && input.length > 0; count--)
      input = this.#break(input)
    return input.subarray(0, INPUT_MAX)
  }

  sample(): Uint8Array {
    return this.#samples[this.#dice.roll(this.#samples.length)]!
  }

  /** Cuts `input` into pieces as a network would. */
  pieces(input: Buffer): Buffer[] {
    const dice = this.#dice
    if (dice.roll(3) > 0) return [input]
    const pieces: Buffer[] = []
    for (let at = 0; at < input.length;) {
      const size = 1 + dice.roll(dice.roll(2) === 0 ? 3 : input.length)
      pieces.push(input.subarray(at, at + size))
      at += size
    }
    return pieces
  }

  #break(input: Buffer): Buffer {
    const dice = this.#dice
    const at = dice.roll(input.length)
    switch (dice.roll(9)) {
      case 0:
        input[at] = input[at]! ^ (1 << dice.roll(8))
        return input
      case 1:
        input[at] = EDGES[dice.roll(EDGES.length)]!
        return input
      case 2:
        return input.subarray(0, at)
      case 3:
        // A varint that goes on.
        return Buffer.concat([
          input.subarray(0, at),
          Buffer.alloc(1 + dice.roll(11), 0x80 | dice.roll(128)),
          input.subarray(at),
        ])
      case 4:
        // A piece twice.
        return Buffer.concat([input.subarray(0, at), input.subarray(dice.roll(at + 1))])
      case 5:
        return Buffer.concat([input.subarray(0, at), input.subarray(at + 1 + dice.roll(4))])
      case 6:
        // A big-endian number at one of its edges.
        return written(input, at, EDGES[dice.roll(EDGES.length)]!, 1 + dice.roll(8))
      case 7:
        // A group or a message within itself, many times.
        return Buffer.concat([
          input.subarray(0, at),
          Buffer.alloc(1 + dice.roll(200), EDGES[dice.roll(EDGES.length)]! | 3),
          input.subarray(at),
        ])
      default:
        return Buffer.concat([input.subarray(0, at), this.sample()])
    }
  }
}

const written = (input: Buffer, at: number, value: number, size: number): Buffer => {
  input.fill(0, at, Math.min(input.length, at + size - 1))
  input[Math.min(input.length - 1, at + size - 1)] = value
  return input
}

interface Vectors {
  readonly frames: readonly { readonly hex: string; readonly cmd: string }[]
  readonly bad: readonly { readonly hex: string }[]
  readonly streams?: readonly { readonly hex: string }[]
  readonly probes?: readonly { readonly hex: string }[]
  readonly notProbes?: readonly { readonly hex: string }[]
}

/** The golden vectors of a protocol, from the compiled tests. */
export const vectorsOf = (protocol: 'edge' | 'trunk'): Vectors =>
  JSON.parse(
    readFileSync(new URL(`../../../../proto/vectors/${protocol}.json`, import.meta.url), 'utf8'),
  ) as Vectors

export const samplesOf = ({ frames, bad, streams = [] }: Vectors): Uint8Array[] =>
  [...frames, ...bad, ...streams]
    .map(({ hex }) => Buffer.from(hex, 'hex'))
    .filter(sample => sample.length > 0 && sample.length < 600)

export const probeSamples = (): Uint8Array[] => {
  const { probes = [], notProbes = [] } = vectorsOf('edge')
  return [...probes, ...notProbes].map(({ hex }) => Buffer.from(hex, 'hex'))
}
