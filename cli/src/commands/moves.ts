import { randomBytes } from 'node:crypto'
import { readConfigFile, type ConfigFile } from '@longwire/kit'
import { EXIT, Failure } from '../failure.ts'
import type { Shell } from '../shell.ts'
import { visible } from '../terminal.ts'
import { ApiFailure, apiOf, type Api, type ApiOptions } from './api.ts'
import {
  operationIn,
  show,
  showAll,
  showBegun,
  showForecast,
  watch,
  type FollowOptions,
  type Operation,
} from './operation.ts'

interface BeginOptions extends FollowOptions {
  readonly dryRun?: boolean
  readonly reason?: string
  readonly idempotencyKey?: string
}

export interface DrainOptions extends BeginOptions {
  readonly to?: readonly string[]
  readonly deadline?: number
}

export interface RebalanceOptions extends BeginOptions {
  readonly from?: readonly string[]
  readonly to?: readonly string[]
  readonly share?: string
  readonly count?: number
  readonly spread?: string
  readonly perSecond?: number
  readonly appcode?: readonly number[]
  readonly platform?: readonly string[]
  readonly agent?: readonly string[]
  readonly net?: readonly string[]
  readonly buckets?: { readonly from: number; readonly to: number }
}

/** Begins what `path` is for, or says what it would do. A request that got lost is safe to repeat. */
const begin = async (
  api: Api,
  shell: Shell,
  request: { readonly path: string; readonly body: object; readonly options: BeginOptions },
): Promise<void> => {
  const { path, body, options } = request
  const { dryRun, idempotencyKey: key = randomBytes(12).toString('hex') } = options
  if (dryRun === true || (options.json !== true && options.detach !== true)) {
    const forecast = await api.ask(path, { method: 'POST', body: { ...body, dryRun: true } })
    showForecast(forecast, shell, options.json)
  }
  if (dryRun === true) return
  const answer = await api.ask(path, { method: 'POST', body, key })
  await showBegun(answer, api, { shell, options })
}

/** Empties a gate. */
export const drain = async (shell: Shell, gate: string, options: DrainOptions): Promise<void> => {
  const { to, deadline, reason } = options
  const body = { to, deadlineSeconds: deadline, reason }
  const path = `/v1/gates/${encodeURIComponent(gate)}/drain`
  await begin(apiOf(shell, options), shell, { path, body, options })
}

/** Moves a part of the sessions of gates to others. */
export const rebalance = async (
  shell: Shell,
  mode: string | undefined,
  options: RebalanceOptions,
): Promise<void> => {
  if (mode !== undefined && mode !== 'auto')
    throw new Failure(
      `"${mode}" is not known\n  → say auto, or --from, --to and --share`,
      EXIT.usage,
    )
  const { from, to, share, count, spread, perSecond, reason } = options
  const { appcode, platform, agent, net, buckets } = options
  const select = { appcodes: appcode, platforms: platform, agents: agent, nets: net, buckets }
  const selects = Object.values(select).some(value => value !== undefined)
  const body = {
    ...(mode === 'auto' ? { auto: true } : {}),
    from,
    to,
    share,
    count,
    spread,
    perSecond,
    reason,
    ...(selects ? { select } : {}),
  }
  await begin(apiOf(shell, options), shell, { path: '/v1/rebalances', body, options })
}

/** Begins a release as a file says. */
export const startRelease = async (
  shell: Shell,
  file: string,
  options: BeginOptions & { readonly watch?: boolean },
): Promise<void> => {
  const plan = readConfigFile(file)
  const api = apiOf(shell, options)
  const body = { plan: plan.value }
  const following = { ...options, detach: options.watch !== true }
  try {
    await begin(api, shell, { path: '/v1/releases', body, options: following })
  } catch (error) {
    throw error instanceof ApiFailure ? inFile(error, file, plan) : error
  }
}

/** The same failure, said of the file that it is about. */
const inFile = (failure: ApiFailure, file: string, plan: ConfigFile): Failure => {
  const ours = failure.errors.filter(({ field }) => FIELD.test(field))
  if (ours.length === 0) return failure
  const lines = ours.map(({ field, problem, remedy }) => {
    const path = field
      .replace(FIELD, '')
      .split('/')
      .filter(part => part !== '')
    const keys = path.map(part => (/^\d+$/.test(part) ? Number(part) : part))
    const where = keys.length === 0 ? undefined : plan.origin(keys)
    return `  ${keys.join('.') || 'the plan'} ${problem}${where === undefined ? '' : ` (${where})`}\n    → ${remedy}`
  })
  return new Failure(`the plan in ${file} must be changed\n\n${lines.join('\n')}`, EXIT.usage)
}

/** What the API calls what is in the file. */
const FIELD = /^(body\/)?(plan(\/|$))?/

export interface CommandOptions extends ApiOptions {
  readonly json?: boolean
  readonly reason?: string
  readonly all?: boolean
  readonly watch?: boolean
}

/** Pauses, resumes, promotes or aborts an operation; without an id the release that runs. */
export const tellOperation = async (
  shell: Shell,
  command: { readonly name: string; readonly id: string | undefined },
  options: CommandOptions,
): Promise<void> => {
  const api = apiOf(shell, options)
  const id = command.id ?? (await runningRelease(api)).id
  const body = { command: command.name, all: options.all, reason: options.reason }
  const path = `/v1/operations/${encodeURIComponent(id)}/commands`
  const answer = operationIn(await api.ask(path, { method: 'POST', body }))
  if (options.watch === true) return watch(id, api, { shell, json: options.json })
  show(answer, shell, options.json)
}

const listOf = async (api: Api, limit: number): Promise<Operation[]> => {
  const answer = (await api.ask(`/v1/operations?limit=${limit}`)) as { operations?: unknown } | null
  const list = answer?.operations
  if (!Array.isArray(list)) return [operationIn(answer)]
  return list.map(operationIn)
}

const RECENT = 100

const runningRelease = async (api: Api): Promise<Operation> => {
  const releases = (await listOf(api, RECENT)).filter(({ kind }) => kind === 'release')
  const found = releases.find(({ endedAt }) => endedAt === undefined)
  if (found !== undefined) return found
  const last =
    releases[0] === undefined ? '' : `; the last one was ${releases[0].id}, ${releases[0].state}`
  throw new Failure(`no release runs${last}\n  → longwire release start plan.yaml begins one`)
}

/** How the release that runs is, or the one named. */
export const releaseStatus = async (
  shell: Shell,
  id: string | undefined,
  options: CommandOptions,
): Promise<void> => {
  const api = apiOf(shell, options)
  await one(api, id ?? (await runningRelease(api)).id, { shell, options })
}

/** Lists operations, or shows one. */
export const operations = async (
  shell: Shell,
  id: string | undefined,
  options: CommandOptions & { readonly limit?: number },
): Promise<void> => {
  const api = apiOf(shell, options)
  if (id !== undefined) return one(api, id, { shell, options })
  const found = await listOf(api, options.limit ?? 20)
  if (found.length === 0 && options.json !== true)
    shell.stdout.write('there has been no operation\n')
  for (const operation of found) show(operation, shell, options.json)
}

const one = async (
  api: Api,
  id: string,
  { shell, options }: { readonly shell: Shell; readonly options: CommandOptions },
): Promise<void> => {
  if (options.watch === true) return watch(id, api, { shell, json: options.json })
  const answer = await api.ask(`/v1/operations/${encodeURIComponent(id)}`)
  showAll(operationIn(answer), shell, options.json)
}

interface AuditEntry {
  readonly at: string
  readonly operation: string
  readonly kind: string
  readonly by: string
  readonly text: string
}

/** Shows who did what to gates, the latest last. */
export const audit = async (
  shell: Shell,
  options: ApiOptions & {
    readonly json?: boolean
    readonly limit: number
    readonly operation?: string
  },
): Promise<void> => {
  const query = new URLSearchParams({ limit: String(options.limit) })
  if (options.operation !== undefined) query.set('operation', options.operation)
  const answer = (await apiOf(shell, options).ask(`/v1/audit?${query.toString()}`)) as {
    entries?: readonly AuditEntry[]
  }
  const entries = [...(answer.entries ?? [])].reverse()
  if (entries.length === 0 && options.json !== true) shell.stdout.write('nothing has happened\n')
  for (const entry of entries) {
    const { at, operation, kind, by, text } = entry
    const who = by === '' ? '' : `${visible(by)}: `
    shell.stdout.write(
      options.json === true
        ? `${JSON.stringify(entry)}\n`
        : `${at}  ${kind} ${operation}  ${who}${visible(text)}\n`,
    )
  }
}
