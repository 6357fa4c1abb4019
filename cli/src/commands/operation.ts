import { EXIT, Failure } from '../failure.ts'
import type { Shell } from '../shell.ts'
import { paintFor, visible } from '../terminal.ts'
import type { Api, ApiOptions } from './api.ts'

export interface FollowOptions extends ApiOptions {
  readonly json?: boolean
  /** Only begins it. */
  readonly detach?: boolean
}

interface Tally {
  readonly matching: number
  readonly told: number
  readonly moved: number
  readonly left: number
  readonly failed: number
  readonly pending: number
}

interface Reading {
  readonly value?: number
  readonly sample: number
}

/** As GET /v1/operations/{id} answers. */
export interface Operation {
  readonly id: string
  readonly kind: 'drain' | 'rebalance' | 'release'
  readonly state: 'running' | 'paused' | 'done' | 'failed' | 'aborted'
  readonly phase: string
  readonly problem: string
  readonly by: string
  readonly createdAt: string
  readonly endedAt?: string
  readonly sessions: Tally
  readonly movedBefore?: number
  readonly remainingSeconds?: number
  readonly perSecond?: number
  readonly spread?: number
  readonly nextStageAt?: string
  readonly health?: readonly {
    readonly measure: string
    readonly new: Reading
    readonly old: Reading
    readonly problem: string
  }[]
  readonly gates: readonly ({
    readonly gate: string
    readonly problem: string
    readonly done: boolean
  } & Tally)[]
}

interface Forecast {
  readonly flows: readonly { readonly from: string; readonly to: string; readonly count: number }[]
  readonly matching: readonly { readonly gate: string; readonly sessions: number }[]
  readonly perSecond: number
  readonly seconds: number
  readonly spread: number
  readonly notes: readonly string[]
}

const isOperation = (value: unknown): value is Operation =>
  typeof value === 'object' &&
  value !== null &&
  'id' in value &&
  'kind' in value &&
  'state' in value

export const operationIn = (value: unknown): Operation => {
  if (isOperation(value)) return value
  throw new Failure('the answer is not that of a Longwire\n  → is --url that of its HTTP API?')
}

/** What an operation would do. */
export const showForecast = (answer: unknown, shell: Shell, json: boolean | undefined): void => {
  const forecast = field(answer, 'forecast') as Forecast
  if (json === true) return void shell.stdout.write(`${JSON.stringify(forecast)}\n`)
  const { flows, matching, perSecond, seconds, spread, notes } = forecast
  const lines = [
    ...notes,
    ...flows.map(({ from, to, count }) => `${String(count).padStart(9)} sessions  ${from} → ${to}`),
    ...matching.map(({ gate, sessions }) => `${String(sessions).padStart(9)} selected  on ${gate}`),
  ]
  if (flows.length === 0 && notes.length === 0)
    lines.push(`nothing to move: gates differ by ${percentOf(spread)} of capacity`)
  if (perSecond > 0) lines.push(`at ${perSecond} a second, about ${spanOf(seconds)}`)
  shell.stdout.write(`${lines.join('\n')}\n`)
}

const percentOf = (share: number): string => `${(share * 100).toFixed(1)} %`

const field = (answer: unknown, name: string): unknown => {
  const fields = answer as Readonly<Record<string, unknown>> | null
  const value = typeof fields === 'object' ? fields?.[name] : undefined
  if (value === undefined)
    throw new Failure('the answer is not that of a Longwire\n  → is --url that of its HTTP API?')
  return value
}

/** Shows what was begun, and follows it to its end unless told not to. */
export const showBegun = async (
  answer: unknown,
  api: Api,
  { shell, options }: { readonly shell: Shell; readonly options: FollowOptions },
): Promise<void> => {
  const operation = operationIn(field(answer, 'operation'))
  if (options.detach === true) return show(operation, shell, options.json)
  if (options.json !== true && field(answer, 'repeated') === true)
    shell.stdout.write(`operation ${operation.id} was begun before\n`)
  await watch(operation.id, api, { shell, json: options.json })
}

/** Prints an operation whenever it changes, until it is over; rejects where it did not go well. */
export const watch = async (
  id: string,
  api: Api,
  { shell, json }: { readonly shell: Shell; readonly json?: boolean | undefined },
): Promise<void> => {
  const path = `/v1/operations/${encodeURIComponent(id)}/events`
  const { stdout, interrupted } = shell
  const isBar = json !== true && stdout.isTTY === true
  let last: Operation | undefined
  let line = ''
  for await (const event of api.follow(path, interrupted)) {
    last = operationIn(event)
    if (json === true) {
      stdout.write(`${JSON.stringify(last)}\n`)
      continue
    }
    const next = lineOf(last, shell)
    if (next === line) continue
    line = next
    stdout.write(isBar ? `\r\u001B[2K${line}` : `${line}\n`)
  }
  if (isBar) stdout.write('\n')
  if (last?.endedAt === undefined) {
    if (json !== true) stdout.write(`it goes on by itself: longwire operations ${id} --watch\n`)
    return
  }
  if (last.state === 'done') return
  const why = last.problem === '' ? '' : `: ${visible(last.problem)}`
  throw new Failure(`${last.kind} ${id} ${last.state}${why}`, EXIT.unfinished)
}

export const show = (operation: Operation, shell: Shell, json: boolean | undefined): void => {
  if (json === true) return void shell.stdout.write(`${JSON.stringify(operation)}\n`)
  shell.stdout.write(`${lineOf(operation, shell)}\n`)
}

/** All there is to know of it. */
export const showAll = (operation: Operation, shell: Shell, json: boolean | undefined): void => {
  show(operation, shell, json)
  if (json === true) return
  const { by, createdAt, endedAt, gates, health = [], nextStageAt } = operation
  const paint = paintFor(shell.stdout, shell.env)
  const lines = [
    `  begun ${createdAt} by ${visible(by)}${endedAt === undefined ? '' : `, ended ${endedAt}`}`,
    ...(nextStageAt === undefined ? [] : [`  next stage at ${nextStageAt} at the earliest`]),
    ...gates.map(
      gate =>
        `  ${gate.gate}  ${tallyOf(gate)}${gate.problem === '' ? '' : `  ${visible(gate.problem)}`}`,
    ),
    ...health.map(({ measure, new: fresh, old, problem }) => {
      const text = `  ${measure.padEnd(14)} new ${readingOf(fresh)}  old ${readingOf(old)}`
      return problem === '' ? text : paint.red(text)
    }),
  ]
  shell.stdout.write(`${lines.join('\n')}\n`)
}

const readingOf = ({ value, sample }: Reading): string =>
  `${value === undefined ? '?' : value} (of ${sample})`.padEnd(20)

const BAR = 24

const lineOf = (operation: Operation, { stdout, env }: Shell): string => {
  const { id, kind, state, phase, problem, sessions, remainingSeconds, perSecond, spread } =
    operation
  const paint = paintFor(stdout, env)
  const colour = {
    running: paint.bold,
    paused: paint.yellow,
    done: paint.green,
    failed: paint.red,
    aborted: paint.red,
  }[state]
  const gone = sessions.moved + sessions.left + sessions.failed
  const full = sessions.matching === 0 ? 0 : Math.min(1, gone / sessions.matching)
  const isMoving = state === 'running' && sessions.matching > 0
  const bar =
    isMoving && stdout.isTTY === true
      ? `[${'█'.repeat(Math.round(full * BAR)).padEnd(BAR, '·')}] `
      : ''
  const parts = [
    `${kind} ${id} ${colour(state)}`,
    `${bar}${phase}`,
    ...(sessions.matching === 0 ? [] : [tallyOf(sessions)]),
    ...(state === 'running' && perSecond !== undefined && perSecond > 0
      ? [`${perSecond} a second`]
      : []),
    ...(state === 'running' && remainingSeconds !== undefined && remainingSeconds > 0
      ? [`${spanOf(remainingSeconds)} left`]
      : []),
    ...(spread === undefined ? [] : [`gates differ by ${percentOf(spread)}`]),
    ...(problem === '' ? [] : [visible(problem)]),
  ]
  return parts.join('  ')
}

const tallyOf = ({ matching, moved, left, failed, pending }: Tally): string =>
  [
    `moved ${moved} of ${matching}`,
    ...(pending === 0 ? [] : [`${pending} on their way`]),
    ...(left === 0 ? [] : [`${left} left`]),
    ...(failed === 0 ? [] : [`${failed} stayed`]),
  ].join(', ')

const spanOf = (seconds: number): string => {
  if (seconds < 120) return `${seconds} s`
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`
}
