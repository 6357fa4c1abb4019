/** An end as it was last told. */
export interface ToldEnd {
  readonly appcode: number
  readonly device: string
  /** `name@incarnation`. */
  readonly gate: string
}

export interface EndsDiff {
  /** Connected, and not told. */
  readonly came: readonly ToldEnd[]
  /** Told, and not connected. */
  readonly missing: readonly ToldEnd[]
  /** Told, and connected by another gate: nothing to tell. */
  readonly moved: readonly ToldEnd[]
}

/** Names an end among those of its user. */
export const endName = ({ appcode, device }: Pick<ToldEnd, 'appcode' | 'device'>): string =>
  `${appcode}/${device}`

export const diffOf = (told: readonly ToldEnd[], live: readonly ToldEnd[]): EndsDiff => {
  const toldGates = new Map(told.map(end => [endName(end), end.gate]))
  const liveNames = new Set(live.map(endName))
  const isTold = (end: ToldEnd): boolean => toldGates.has(endName(end))
  return {
    came: live.filter(end => !isTold(end)),
    missing: told.filter(end => !liveNames.has(endName(end))),
    moved: live.filter(end => isTold(end) && toldGates.get(endName(end)) !== end.gate),
  }
}

export const isSame = (told: readonly ToldEnd[], live: readonly ToldEnd[]): boolean => {
  const { came, missing, moved } = diffOf(told, live)
  return came.length + missing.length + moved.length === 0
}
