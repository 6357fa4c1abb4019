import { Failure, EXIT } from '../failure.ts'
import type { Shell } from '../shell.ts'
import { visible } from '../terminal.ts'
import { apiOf, type ApiOptions } from './api.ts'

export interface TopicsOptions extends ApiOptions {
  readonly create?: boolean
  readonly partitions: number
  readonly retentionHours: number
  readonly send?: string
  readonly recordKey?: string
  readonly json?: boolean
}

export interface GroupsOptions extends ApiOptions {
  readonly topic?: string
  readonly seek?: string
  readonly dead?: boolean
  readonly replay?: boolean
  readonly purge?: boolean
  readonly json?: boolean
}

interface Topic {
  readonly topic: string
  readonly retentionHours: number
  readonly partitions: readonly { readonly start: number; readonly end: number }[]
}
interface Group {
  readonly group: string
  readonly lag: number
  readonly partitions: readonly { readonly topic: string; readonly lag: number }[]
}
interface Letter {
  readonly id: string
  readonly key: string
  readonly tries: number
  readonly reason: string
  readonly body?: string
}

/** Lists topics; makes one, or sends it a record. */
export const busTopics = async (
  shell: Shell,
  name: string | undefined,
  options: TopicsOptions,
): Promise<void> => {
  const api = apiOf(shell, options)
  const path = `/v1/bus/topics/${encodeURIComponent(name ?? '')}`
  if ((options.create === true || options.send !== undefined) && name === undefined)
    throw new Failure('which topic is not said\n  → longwire bus <name> --create', EXIT.usage)
  if (options.create === true) {
    const { partitions, retentionHours } = options
    await api.ask(path, { method: 'PUT', body: { partitions, retentionHours } })
    shell.stdout.write(`${name} has ${partitions} partitions or more\n`)
  }
  if (options.send !== undefined) {
    const record = {
      body: options.send,
      ...(options.recordKey === undefined ? {} : { key: options.recordKey }),
    }
    await api.ask(`${path}/records`, { method: 'POST', body: { records: [record] } })
    shell.stdout.write(`published to ${name}\n`)
  }
  if (options.create === true || options.send !== undefined) return
  const all = listOf(await api.ask('/v1/bus/topics'), 'topics') as readonly Topic[]
  const found = all.filter(({ topic }) => name === undefined || topic === name)
  if (options.json === true)
    return lines(
      shell,
      found.map(each => JSON.stringify(each)),
    )
  const rows = found.map(({ topic, retentionHours, partitions }) => [
    topic,
    String(partitions.length),
    String(partitions.reduce((sum, { start, end }) => sum + end - start, 0)),
    `${retentionHours} h`,
  ])
  lines(shell, tableOf([['topic', 'partitions', 'records', 'kept'], ...rows]))
}

/** Shows how far behind groups are; moves one, and says what becomes of what it could not handle. */
export const groups = async (
  shell: Shell,
  name: string | undefined,
  options: GroupsOptions,
): Promise<void> => {
  const api = apiOf(shell, options)
  const { topic, seek, dead, replay, purge } = options
  const path = `/v1/bus/groups/${encodeURIComponent(name ?? '')}`
  const acts = seek !== undefined || dead === true || replay === true || purge === true
  if (acts && name === undefined)
    throw new Failure('which group is not said\n  → longwire groups <name> …', EXIT.usage)
  if (seek !== undefined) {
    if (topic === undefined)
      throw new Failure('--seek comes without --topic\n  → say both', EXIT.usage)
    await api.ask(`${path}/seek`, { method: 'POST', body: { topic, ...positionOf(seek) } })
    return lines(shell, [`${name} goes on at ${seek} in ${topic}`])
  }
  if (replay === true || purge === true) {
    const what = replay === true ? 'replay' : 'purge'
    const answer = await api.ask(`${path}/dead-letters/${what}`, { method: 'POST', body: {} })
    return lines(shell, [`${what === 'replay' ? 'replayed' : 'removed'} ${countOf(answer)}`])
  }
  if (dead === true) {
    const letters = listOf(
      await api.ask(`${path}/dead-letters?limit=500`),
      'deadLetters',
    ) as readonly Letter[]
    if (options.json === true)
      return lines(
        shell,
        letters.map(each => JSON.stringify(each)),
      )
    return lines(
      shell,
      letters.map(({ id, key, tries, reason, body }) =>
        visible(`${id}  ${key}  ${tries} tries: ${reason}  ${body ?? '(bytes)'}`),
      ),
    )
  }
  const all = listOf(await api.ask('/v1/bus/groups'), 'groups') as readonly Group[]
  const found = all.filter(({ group }) => name === undefined || group === name)
  if (options.json === true)
    return lines(
      shell,
      found.map(each => JSON.stringify(each)),
    )
  const rows = found.map(({ group, lag, partitions }) => [
    group,
    String(lag),
    [...new Set(partitions.map(each => each.topic))].join(', '),
  ])
  lines(shell, tableOf([['group', 'behind', 'topics'], ...rows]))
}

const positionOf = (text: string): object => {
  if (text === 'earliest' || text === 'latest') return { to: text }
  const time = Date.parse(text)
  if (Number.isNaN(time))
    throw new Failure(
      `--seek ${text} is no position\n  → say earliest, latest, or a time such as 2026-12-01T09:00:00Z`,
      EXIT.usage,
    )
  return { to: 'time', time }
}

const notLongwire = (): Failure =>
  new Failure('the answer is not that of a Longwire\n  → is --url that of its HTTP API?')

const listOf = (answer: unknown, name: string): readonly unknown[] => {
  const list: unknown =
    typeof answer === 'object' && answer !== null ? Reflect.get(answer, name) : undefined
  if (!Array.isArray(list)) throw notLongwire()
  return list
}

const countOf = (answer: unknown): number => {
  if (typeof answer !== 'object' || answer === null || !('count' in answer)) throw notLongwire()
  return Number(answer.count)
}

const lines = ({ stdout }: Shell, texts: readonly string[]): void => {
  for (const text of texts) stdout.write(`${text}\n`)
}

const tableOf = (rows: readonly (readonly string[])[]): string[] => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  return rows.map(row =>
    row
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join('  ')
      .trimEnd(),
  )
}
