/** Gives short texts that many sessions share a number each, for as long as somebody uses it. */
export class Names {
  readonly #max: number
  readonly #ids = new Map<string, number>()
  /** By number; that of 0 is ''. */
  readonly #texts: string[] = ['']
  readonly #uses: number[] = [0]
  readonly #free: number[] = []

  /** Texts beyond `max` different ones are not told apart: they get 0. */
  constructor(max: number) {
    this.#max = max
  }

  /** To be given back by `release`. */
  take(text: string): number {
    if (text === '') return 0
    const short = text.slice(0, LENGTH_MAX)
    const id = this.#ids.get(short) ?? this.#add(short)
    if (id !== 0) this.#uses[id]!++
    return id
  }

  release(id: number): void {
    if (id === 0 || --this.#uses[id]! > 0) return
    this.#ids.delete(this.#texts[id]!)
    this.#texts[id] = ''
    this.#free.push(id)
  }

  textOf(id: number): string {
    return this.#texts[id]!
  }

  #add(text: string): number {
    if (this.#ids.size >= this.#max) return 0
    const id = this.#free.pop() ?? this.#texts.push('') - 1
    this.#texts[id] = text
    this.#uses[id] = 0
    this.#ids.set(text, id)
    return id
  }
}

const LENGTH_MAX = 128
