import type { Kafka } from 'kafkajs'
import { GroupBusy } from '../bus.ts'

export interface GroupMove {
  readonly group: string
  readonly topic: string
  readonly places: readonly { readonly partition: number; readonly offset: string }[]
}

const SESSION_MS = 6_000
const FETCH_MS = 100

/**
 * Commits offsets for a group as its only member for a moment. The library's own way takes five seconds,
 * and would not notice a member that joins meanwhile. Rejects with {@link GroupBusy} where one did.
 */
export const moveGroup = async (
  kafka: Kafka,
  { group, topic, places }: GroupMove,
): Promise<void> => {
  const client = kafka.consumer({
    groupId: group,
    sessionTimeout: SESSION_MS,
    rebalanceTimeout: SESSION_MS,
    maxWaitTimeInMs: FETCH_MS,
    allowAutoTopicCreation: false,
    retry: { restartOnFailure: async () => false },
  })
  const joined = new Promise<readonly number[]>((resolve, reject) => {
    client.on(client.events.GROUP_JOIN, ({ payload }) =>
      resolve(payload.memberAssignment[topic] ?? []),
    )
    client.on(client.events.CRASH, ({ payload }) => reject(payload.error))
  })
  joined.catch(() => undefined)
  try {
    await client.connect()
    await client.subscribe({ topics: [topic] })
    await client.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async () => undefined,
    })
    const mine = await joined
    if (places.some(({ partition }) => !mine.includes(partition))) throw new GroupBusy(group)
    await client.commitOffsets(places.map(place => ({ topic, ...place })))
  } finally {
    await client.disconnect()
  }
}
