import { Failure } from '../failure.ts'
import type { Shell } from '../shell.ts'
import { paintFor, visible } from '../terminal.ts'
import { apiOf, type ApiOptions } from './api.ts'
import { findLocal } from './local.ts'

/** Which row. */
export interface C2sPlace extends C2sOptions {
  readonly appcode?: number
  readonly msgtype: number
}

export interface C2sOptions extends ApiOptions {
  readonly topic?: string
  readonly stream?: boolean
  readonly webhook?: string
  readonly json?: boolean
}

interface Route {
  readonly appcode: number
  readonly msgtype: number
  readonly topic?: string
  readonly class?: string
  readonly webhook?: string
  readonly by: string
}

const PATH = '/v1/c2s-routes'

/** Shows where messages of clients go. */
export const listC2s = async (shell: Shell, options: C2sOptions): Promise<void> => {
  const answer = await apiOf(shell, options).ask(PATH)
  const routes =
    typeof answer === 'object' && answer !== null && 'routes' in answer ? answer.routes : undefined
  if (!Array.isArray(routes)) throw notOurs()
  if (routes.length === 0 && options.json !== true)
    shell.stdout.write('there is no route: every message of a client is refused with NO_ROUTE\n')
  for (const route of routes) show(shell, options, '', routeOf(route))
}

export const setC2s = async (shell: Shell, options: C2sPlace): Promise<void> => {
  const { topic, webhook, stream } = options
  const body = { topic, webhook, ...(stream === true ? { class: 'stream' } : {}) }
  const answer = await apiOf(shell, options).ask(pathOf(shell, options), { method: 'PUT', body })
  show(shell, options, 'set ', routeOf(answer))
}

export const removeC2s = async (shell: Shell, options: C2sPlace): Promise<void> => {
  const answer = await apiOf(shell, options).ask(pathOf(shell, options), { method: 'DELETE' })
  show(shell, options, 'removed ', routeOf(answer))
}

const pathOf = (shell: Shell, options: C2sPlace): string => {
  const appcode = options.appcode ?? findLocal(shell, options).run?.appcode ?? 1
  return `${PATH}/${appcode}/${options.msgtype}`
}

const isRoute = (value: unknown): value is Route =>
  typeof value === 'object' && value !== null && 'appcode' in value && 'msgtype' in value

const routeOf = (answer: unknown): Route => {
  if (isRoute(answer)) return answer
  throw notOurs()
}

const notOurs = (): Failure =>
  new Failure('the answer is not that of a Longwire\n  → is --url that of its HTTP API?')

const show = (shell: Shell, options: C2sOptions, verb: string, route: Route): void => {
  const { stdout, env } = shell
  if (options.json === true) return void stdout.write(`${JSON.stringify(route)}\n`)
  const paint = paintFor(stdout, env)
  const { appcode, msgtype, topic, webhook, by } = route
  const to = topic === undefined ? '' : `  → ${visible(topic)} (${route.class ?? 'reliable'})`
  const calls = webhook === undefined ? '' : `  calls → ${visible(webhook)}`
  const who = paint.dim(`  by ${by === '' ? 'the configuration' : visible(by)}`)
  stdout.write(`${verb}appcode ${appcode} msgtype ${msgtype}${to}${calls}${who}\n`)
}
