import {
  BusUnavailable,
  type Bus,
  type ConsumeOptions,
  type Consumer,
  type GroupOffset,
  type TopicInfo,
} from './bus.ts'

/** Partitions of the backup are called by numbers from here on. */
const BACKUP_FROM = 10_000

export interface BackupPlaces extends Omit<Bus, 'publish' | 'close'> {
  /** Whether every group has read what is in the backup, as far as it ever began there. */
  backupRead(): Promise<boolean>
}

/** Two clusters seen as one by consumers and operators. What one cannot answer, the other answers alone. */
export const onBoth = (primary: Bus, backup: Bus | undefined): BackupPlaces => {
  const buses = backup === undefined ? [primary] : [primary, backup]
  const consumed = new Map<string, ConsumeOptions>()
  const shift = (bus: Bus): number => (bus === backup ? BACKUP_FROM : 0)
  return {
    create: async topics => void (await some(buses.map(bus => bus.create(topics)))),
    consume: options => {
      for (const topic of options.topics) consumed.set(`${options.group} ${topic}`, options)
      return consumeBoth(buses, options, shift)
    },
    topics: async () => merged(await some(buses.map(bus => bus.topics()))),
    groups: async () => [...new Set((await some(buses.map(bus => bus.groups()))).flat())].sort(),
    offsets: async (group, topics) => {
      const asked = buses.map(async bus => shifted(await bus.offsets(group, topics), shift(bus)))
      return (await some(asked)).flat()
    },
    seek: async (group, topic, to) =>
      void (await some(buses.map(bus => bus.seek(group, topic, to)))),
    backupRead: async () => {
      if (backup === undefined) return true
      const topics = new Map((await backup.groups()).map(group => [group, new Set<string>()]))
      // Also where those that consume here have not committed anything yet.
      for (const each of consumed.values())
        topics.set(each.group, new Set([...(topics.get(each.group) ?? []), ...each.topics]))
      for (const [group, names] of topics)
        if ((await backup.offsets(group, [...names])).some(({ lag }) => lag > 0)) return false
      return true
    },
  }
}

const shifted = (places: readonly GroupOffset[], by: number): readonly GroupOffset[] =>
  by === 0 ? places : places.map(each => ({ ...each, partition: each.partition + by }))

/** The backup's partitions follow the primary's, where a topic is in both. */
const merged = (lists: readonly (readonly TopicInfo[])[]): readonly TopicInfo[] => {
  const topics = new Map<string, TopicInfo>()
  for (const topic of lists.flat()) {
    const before = topics.get(topic.topic)
    const partitions = [...(before?.partitions ?? []), ...topic.partitions]
    topics.set(topic.topic, { ...topic, partitions })
  }
  return [...topics.values()].sort((a, b) => (a.topic < b.topic ? -1 : 1))
}

/** What was answered; rejects where nothing was, or where the question itself was wrong. */
const some = async <T>(questions: readonly Promise<T>[]): Promise<T[]> => {
  const answers = await Promise.allSettled(questions)
  const given: T[] = []
  let away: unknown
  for (const answer of answers) {
    if (answer.status === 'fulfilled') given.push(answer.value)
    else if (answer.reason instanceof BusUnavailable) away = answer.reason
    else throw answer.reason
  }
  if (given.length === 0) throw away
  return given
}

const consumeBoth = (
  buses: readonly Bus[],
  options: ConsumeOptions,
  shift: (bus: Bus) => number,
): Consumer => {
  const consumers = buses.map(bus => {
    const by = shift(bus)
    const handle: ConsumeOptions['handle'] = batch => {
      if (by === 0) return options.handle(batch)
      const partition = batch.partition + by
      const records = batch.records.map(record => ({ ...record, partition }))
      return options.handle({ ...batch, partition, records })
    }
    return { consumer: bus.consume({ ...options, handle }), by }
  })
  return {
    get owned() {
      return consumers.flatMap(({ consumer, by }) => consumer.owned.map(place => moved(place, by)))
    },
    close: async () => void (await Promise.all(consumers.map(({ consumer }) => consumer.close()))),
  }
}

const moved = (place: string, by: number): string => {
  const slash = place.lastIndexOf('/')
  return `${place.slice(0, slash)}/${Number(place.slice(slash + 1)) + by}`
}
