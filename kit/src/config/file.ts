import { readFileSync } from 'node:fs'
import {
  isAlias,
  isCollection,
  isNode,
  isPair,
  isMap,
  isScalar,
  LineCounter,
  parseDocument,
  type Document,
} from 'yaml'
import { ConfigError } from './problem.ts'

export interface ConfigFile {
  readonly value: unknown
  /** `longwire.config.yaml:12` for `['http', 'address']`, or undefined where the file does not say it. */
  origin(path: readonly (string | number)[]): string | undefined
}

/** Reads YAML, and JSON as the subset of YAML that it is. */
export const readConfigFile = (path: string): ConfigFile => {
  const lines = new LineCounter()
  const document = parseDocument(readText(path), { lineCounter: lines, prettyErrors: false })
  const [error] = document.errors
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0])
    throw fileProblem(path, `cannot be read as YAML or JSON: ${error.message}`, {
      remedy: `correct line ${line}, column ${col}`,
      line,
    })
  }
  const value: unknown = document.toJS()
  if (value !== null && !isMap(document.contents)) {
    throw fileProblem(path, 'holds no keys', {
      remedy: 'write groups of keys, such as http: { address: 127.0.0.1:7080 }',
    })
  }
  return {
    value: value ?? {},
    origin(keys) {
      const offset = offsetOf(document, keys)
      return offset === undefined ? undefined : `${path}:${lines.linePos(offset).line}`
    },
  }
}

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error && error.code === 'ENOENT'
        ? 'does not exist'
        : `cannot be read: ${String(error)}`
    throw fileProblem(path, reason, {
      remedy: 'name an existing file with --config, or leave the option out',
    })
  }
}

const fileProblem = (
  file: string,
  problem: string,
  { remedy, line }: { remedy: string; line?: number },
): ConfigError =>
  new ConfigError([
    { path: file, problem, remedy, ...(line === undefined ? {} : { origin: `${file}:${line}` }) },
  ])

/** Where the key stands; the value of a list item. */
const offsetOf = (document: Document, keys: readonly (string | number)[]): number | undefined => {
  const parent = keys.length === 1 ? document.contents : document.getIn(keys.slice(0, -1), true)
  const key = keys.at(-1)
  if (isMap(parent)) {
    const pair = parent.items.find(
      item => isPair(item) && isScalar(item.key) && item.key.value === key,
    )
    return isScalar(pair?.key) ? pair.key.range?.[0] : undefined
  }
  if (!isCollection(parent) || isAlias(parent)) return undefined
  const item = parent.get(key, true)
  return isNode(item) ? item.range?.[0] : undefined
}
