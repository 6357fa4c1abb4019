/** The value that `share` (0 to 1) of the sorted values do not exceed; 0 where there are none. */
export const percentile = (sorted: Float64Array, share: number): number =>
  sorted.length === 0
    ? 0
    : sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]!

export const round = (value: number, digits: number): number => Number(value.toFixed(digits))

/** Milliseconds on a clock that all processes of this machine share. */
export const sharedNow = (): number => {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}

export const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
