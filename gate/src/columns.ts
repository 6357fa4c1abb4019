/** A column of a table that keeps its rows in typed arrays. */
export type Column =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array

/** Copies the rows of `from` into the longer `into`, and returns that. */
export const widened = <T extends Column>(into: T, from: T): T => {
  into.set(from)
  return into
}
