import type { OutboxEntry } from '../outbox-store.ts'

type EntryRow = readonly [number, 'c2s' | 'c2c', number, string, string, number]

/** An entry as JSON can hold it. */
export const rowOf = ({ ref, kind, msgtype, body, id, at }: OutboxEntry): EntryRow => {
  let text = ''
  for (const byte of body) text += String.fromCharCode(byte)
  return [ref, kind, msgtype, btoa(text), id, at]
}

/** Undefined where it is none. */
export const entryOf = (row: unknown): OutboxEntry | undefined => {
  if (!Array.isArray(row) || row.length !== 6) return undefined
  const [ref, kind, msgtype, body, id, at] = row as unknown[]
  if (typeof ref !== 'number' || typeof msgtype !== 'number' || typeof at !== 'number')
    return undefined
  if ((kind !== 'c2s' && kind !== 'c2c') || typeof body !== 'string' || typeof id !== 'string')
    return undefined
  const text = atob(body)
  const bytes = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index)
  return { ref, kind, msgtype, body: bytes, id, at }
}

/** Sorts as entries were put. */
export const placeOf = ({ at, ref }: OutboxEntry): string =>
  `${String(at).padStart(15, '0')}${String(ref).padStart(7, '0')}`
