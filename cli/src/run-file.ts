import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where a running `longwire all` can be found by the other commands. */
export interface RunFile {
  readonly pid: number
  readonly tcp: string | undefined
  readonly ws: string | undefined
  readonly http: string
  readonly backend: string | undefined
  /** Used where a command names none. */
  readonly appcode: number
}

const fileIn = (data: string): string => join(data, 'run.json')

export const writeRunFile = (data: string, run: RunFile): void => {
  const file = fileIn(data)
  writeFileSync(`${file}.new`, `${JSON.stringify(run, undefined, 2)}\n`)
  renameSync(`${file}.new`, file)
}

/** Takes it away, unless another process has put its own there. */
export const removeRunFile = (data: string, pid: number): void => {
  if (readRunFile(data)?.pid === pid) rmSync(fileIn(data), { force: true })
}

export const readRunFile = (data: string): RunFile | undefined => {
  try {
    const value: unknown = JSON.parse(readFileSync(fileIn(data), 'utf8'))
    return isRunFile(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isRunFile = (value: unknown): value is RunFile => {
  if (typeof value !== 'object' || value === null) return false
  const { pid, http, appcode } = value as Partial<Record<keyof RunFile, unknown>>
  return typeof pid === 'number' && typeof http === 'string' && typeof appcode === 'number'
}

/** Whether the process that wrote the file still answers. */
export const isRunning = async (run: RunFile): Promise<boolean> => {
  try {
    const response = await fetch(new URL('/healthz', run.http), {
      signal: AbortSignal.timeout(1_000),
    })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}
