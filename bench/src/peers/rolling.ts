import { percentile, round, sharedNow, sleep } from '../statistics.ts'

/** Servers of a peer that can be restarted one at a time, with the clients that its makers describe. */
export interface PeerCluster {
  readonly name: string
  /** What is kept where when a publish is answered. */
  readonly durable: string
  readonly servers: number
  /** Ends one as its makers advise, and starts it again. */
  restart(index: number): Promise<void>
  /** Resolves once it hears. */
  connect(uid: string, first: number, hears: PeerHears): Promise<void>
  /** False: nobody has answered for it. */
  publish(uid: string, body: string): Promise<boolean>
  stop(): Promise<void>
}

export interface PeerHears {
  message(body: string): void
  disconnected(): void
}

export interface PeerSize {
  readonly sessions: number
  readonly perSecond: number
  readonly calmMs: number
}

export interface PeerRolled {
  readonly accepted: number
  readonly lost: number
  readonly repeated: number
  readonly outOfOrder: number
  readonly disconnects: number
  readonly calmMs: number
  readonly rollMs: number
  readonly seconds: number
}

/** Time for what is on its way, and for who dials again. */
const SETTLE_MS = 5_000
const TICK_MS = 5

/** One user, the numbers that were accepted for it, and what it has heard. */
interface User {
  readonly uid: string
  next: number
  readonly accepted: number[]
  readonly heard: number[]
}

/** The script of `roll` for a peer: the same steps, one publisher, one client a user. */
export const rollPeer = async (cluster: PeerCluster, size: PeerSize): Promise<PeerRolled> => {
  const users: User[] = []
  const took: { readonly sentAt: number; readonly ms: number }[] = []
  let disconnects = 0
  for (let index = 0; index < size.sessions; index++) {
    const user: User = { uid: `u${index}`, next: 0, accepted: [], heard: [] }
    users.push(user)
    await cluster.connect(user.uid, index % cluster.servers, {
      message(body) {
        const [number = 0, sentAt = 0] = body.split('|').map(Number)
        user.heard.push(number)
        took.push({ sentAt, ms: sharedNow() - sentAt })
      },
      disconnected: () => void disconnects++,
    })
  }
  const stop = publishing(cluster, users, size.perSecond)
  await sleep(size.calmMs)
  const calmFrom = sharedNow()
  await sleep(size.calmMs)
  const from = sharedNow()
  for (let index = 0; index < cluster.servers; index++) await cluster.restart(index)
  const to = sharedNow()
  await sleep(size.calmMs)
  await stop()
  await sleep(SETTLE_MS)
  const p99 = (begin: number, end: number): number => {
    const seen = took.filter(({ sentAt }) => sentAt >= begin && sentAt < end).map(({ ms }) => ms)
    return round(percentile(Float64Array.from(seen).sort(), 0.99), 1)
  }
  return {
    ...accountOf(users),
    disconnects,
    calmMs: p99(calmFrom, from),
    rollMs: p99(from, to),
    seconds: round((to - from) / 1_000, 1),
  }
}

/** A steady stream to users in turn; the function ends it, and resolves when all is answered. */
const publishing = (
  cluster: PeerCluster,
  users: readonly User[],
  perSecond: number,
): (() => Promise<void>) => {
  const began = sharedNow()
  const underWay = new Set<Promise<void>>()
  let sent = 0
  const send = async (user: User): Promise<void> => {
    const number = user.next++
    if (await cluster.publish(user.uid, `${number}|${sharedNow()}`)) user.accepted.push(number)
  }
  const timer = setInterval(() => {
    const due = Math.floor(((sharedNow() - began) * perSecond) / 1_000)
    for (; sent < due; sent++) {
      const one = send(users[sent % users.length]!).finally(() => underWay.delete(one))
      underWay.add(one)
    }
  }, TICK_MS)
  return async () => {
    clearInterval(timer)
    await Promise.all(underWay)
  }
}

const accountOf = (
  users: readonly User[],
): Pick<PeerRolled, 'accepted' | 'lost' | 'repeated' | 'outOfOrder'> => {
  const sum = { accepted: 0, lost: 0, repeated: 0, outOfOrder: 0 }
  for (const { accepted, heard } of users) {
    const seen = new Set<number>()
    let last = -1
    for (const number of heard) {
      if (seen.has(number)) sum.repeated++
      else if (number < last) sum.outOfOrder++
      seen.add(number)
      last = Math.max(last, number)
    }
    sum.accepted += accepted.length
    sum.lost += accepted.filter(number => !seen.has(number)).length
  }
  return sum
}
