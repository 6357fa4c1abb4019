import type { PartHealth } from '@longwire/kit'
import type { Addresses } from '../compose/running.ts'

/** What a worker tells its supervisor. */
export type Told =
  | { readonly up: Addresses }
  | { readonly answer: number; readonly health: readonly PartHealth[] }
  | { readonly answer: number; readonly metrics: string }

/** What the supervisor asks a worker; the answer bears the same number. */
export interface Asked {
  readonly ask: 'health' | 'metrics'
  readonly number: number
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

export const isAsked = (message: unknown): message is Asked =>
  isRecord(message) && 'ask' in message && typeof message['number'] === 'number'

export const isTold = (message: unknown): message is Told =>
  isRecord(message) && ('up' in message || typeof message['answer'] === 'number')
