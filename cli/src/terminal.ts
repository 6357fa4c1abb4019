/** Colours where a person looks, plain text everywhere else. */
export type Paint = Readonly<
  Record<'dim' | 'bold' | 'green' | 'yellow' | 'red', (text: string) => string>
>

const escape =
  (on: boolean, code: number) =>
  (text: string): string =>
    on ? `\u001B[${code}m${text}\u001B[0m` : text

/** What of a stream matters here. */
export interface Output {
  readonly isTTY?: boolean | undefined
  write(text: string): unknown
}

export const paintFor = (
  output: Output,
  env: Readonly<Record<string, string | undefined>>,
): Paint => {
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0'
  const on =
    forced || (output.isTTY === true && env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb')
  return {
    dim: escape(on, 2),
    bold: escape(on, 1),
    green: escape(on, 32),
    yellow: escape(on, 33),
    red: escape(on, 31),
  }
}

/** A message may hold anything; what would steer the terminal is shown instead of obeyed. */
export const visible = (text: string): string =>
  // C0 but tab and newline, DEL, and C1.
  text.replaceAll(
    /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g,
    char => `\\x${(char.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`,
  )

export const timeOfDay = (ms: number): string => new Date(ms).toTimeString().slice(0, 8)

const LEVELS: Readonly<Record<string, keyof Paint>> = {
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
  info: 'green',
}
const HIDDEN = new Set(['level', 'time', 'name', 'msg', 'err', 'error'])

/** A line of JSON of the log, as a person reads it. */
export const readable = (line: string, paint: Paint): string => {
  const parsed: unknown = JSON.parse(line)
  if (typeof parsed !== 'object' || parsed === null) return line
  const entry = parsed as Readonly<Record<string, unknown>>
  const level = String(entry['level'])
  const fields = Object.entries(entry)
    .filter(([name]) => !HIDDEN.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const failure = causeOf(entry['err'] ?? entry['error'])
  const head = `${paint.dim(timeOfDay(Date.parse(String(entry['time']))))} ${paint[LEVELS[level] ?? 'dim'](level)}`
  return `${[head, String(entry['msg']), ...fields.map(paint.dim), ...(failure === '' ? [] : [failure])].join(' ')}\n`
}

const causeOf = (value: unknown): string => {
  if (value === undefined) return ''
  const message: unknown =
    typeof value === 'object' && value !== null && 'message' in value ? value.message : value
  return typeof message === 'string' ? `(${message})` : JSON.stringify(message)
}
