import type { ChaosEnd } from './check.ts'
import { seeded } from '../seeded.ts'

export const HOST = '127.0.0.1'
export const API_KEY = 'chaos-key-chaos-key-chaos-key-00'
export const TOKEN_SECRET = 'chaos-secret-chaos-secret-chaos-00'
/** End platforms of one user system: phones, and browsers of which a user may have two at once. */
export const APPS = [
  { appcode: 1, system: 'main', platform: 'phone', sessions: 1 },
  { appcode: 2, system: 'main', platform: 'web', sessions: 2 },
] as const
/** Every client pings when it was idle for this long. */
export const PING_MS = 10_000
/** Messages that are for counting only carry this type. */
export const FENCE_TYPE = 2
const BODY_BYTES = 256

/** Which process a client lives in, and how it reaches its gate. */
export type Crew = 'apps' | 'crashers' | 'stalled'

export interface PlannedEnd extends ChaosEnd {
  readonly uid: string
  readonly device: string
  readonly transport: 'tcp' | 'ws'
  readonly crew: Crew
  /** Its way to every gate leads over bridges. */
  readonly bridged: boolean
  /** Now and then it is away for the middle of a round. */
  readonly roams: boolean
}

const uidOf = (user: number): string => `user-${user}/ü`

/**
 * Users with one to three devices: all have a phone, half a browser, a quarter two browsers. Five of a
 * hundred clients live in a process that gets paused, five in one that gets killed.
 */
export const planEnds = (clients: number, seed: number): readonly PlannedEnd[] => {
  const random = seeded(seed)
  const ends: PlannedEnd[] = []
  for (let user = 0; ends.length < clients; user++) {
    const devices = [1, ...(user % 2 === 0 ? [2] : []), ...(user % 4 === 0 ? [2] : [])]
    devices.slice(0, clients - ends.length).forEach((appcode, index) => {
      const lot = random.next()
      ends.push({
        user,
        appcode,
        uid: uidOf(user),
        device: `device-${index}`,
        transport: random.next() < 0.5 ? 'tcp' : 'ws',
        crew: lot < 0.05 ? 'stalled' : lot < 0.1 ? 'crashers' : 'apps',
        bridged: random.next() < 0.3,
        roams: random.next() < 0.2,
      })
    })
  }
  return ends
}

/** Content of a message, from which its receiver can tell whether it is whole and for him. */
export const bodyOf = (id: number, user: number, round: number): string =>
  `${id}|${user}|${round}|`.padEnd(BODY_BYTES, String(id % 10))

/** What a body says; id 0 where it is not what was sent. */
export const readBody = (text: string): { id: number; user: number; round: number } => {
  const [id = 0, user = 0, round = 0] = text.split('|', 3).map(Number)
  return text === bodyOf(id, user, round) ? { id, user, round } : { id: 0, user: -1, round: 0 }
}
