import { LIMITS } from '@longwire/proto'
import { invalid } from '../api/problems.ts'
import type { Doc } from '../store/table.ts'
import { numberIn, textIn } from '../log/rows.ts'

/** What the topics `<name>:…` are like. */
export interface Namespace {
  readonly name: string
  /** How much is kept of each topic; `messages` 0: nothing is ever stored. */
  readonly history: { readonly messages: number; readonly seconds: number }
  /** Whether it is told who has a topic, and who comes and goes. */
  readonly presence: boolean
  /** Who may subscribe: nobody, the backend (for its users), anyone, or whom a pattern such as `user:{uid}` names. */
  readonly subscribe: string
  /** Who may publish: nobody, the backend, and beside it anyone, or whom a pattern names. */
  readonly publish: string
  /** Whether who comes back gets what it missed. */
  readonly recovery: boolean
  /** Sessions that may have one topic; 0: no limit. */
  readonly maxSubscribers: number
}

export const NAMESPACE: Omit<Namespace, 'name'> = {
  history: { messages: 100, seconds: 24 * 3_600 },
  presence: false,
  subscribe: 'anyone',
  publish: 'backend',
  recovery: true,
  maxSubscribers: 0,
}

/** Topics that every session has: `system:all`, and `system:app:<appcode>`. */
export const SYSTEM = 'system'
export const SYSTEM_ALL = 'system:all'

export const NAMESPACE_PATTERN = '^[a-z0-9][a-z0-9_.-]{0,31}$'
const NAME = new RegExp(NAMESPACE_PATTERN)
export const WHO_PATTERN = '^(nobody|backend|anyone|[^{}]*\\{uid\\}[^{}]*)$'
const WHO = new RegExp(WHO_PATTERN)
export const HISTORY_MESSAGES_MAX = 100_000
const UNUSABLE = /[\p{Cc}\p{Cs}]/u

/** What keeps these options from being used, or undefined. */
export const namespaceProblem = (options: Namespace): string | undefined => {
  const { name, history, subscribe, publish, maxSubscribers } = options
  const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0
  if (!NAME.test(name)) return `name "${name}" may have 1 to 32 of a-z, 0-9, ".", "_", "-"`
  if (!isCount(history.messages) || history.messages > HISTORY_MESSAGES_MAX)
    return `history.messages ${history.messages} is not a whole number from 0 to ${HISTORY_MESSAGES_MAX}`
  if (!isCount(history.seconds) || history.seconds < 1)
    return `history.seconds ${history.seconds} is not a whole number of at least 1`
  if (!isCount(maxSubscribers)) return `maxSubscribers ${maxSubscribers} is not a whole number`
  for (const [field, who] of Object.entries({ subscribe, publish }))
    if (!WHO.test(who))
      return `${field} "${who}" is not nobody, backend, anyone or a pattern with {uid}, such as ${name}:{uid}`
  return undefined
}

/** The namespace of a topic; throws where it is no usable name. */
export const namespaceOf = (topic: string): string => {
  const colon = topic.indexOf(':')
  const bytes = Buffer.byteLength(topic)
  if (colon < 1 || colon === topic.length - 1)
    throw invalid('topic', `is "${topic.slice(0, 64)}"`, 'write <namespace>:<rest>')
  if (bytes > LIMITS.topicBytes)
    throw invalid('topic', `has ${bytes} bytes`, `use at most ${LIMITS.topicBytes}`)
  if (UNUSABLE.test(topic))
    throw invalid('topic', 'holds control characters', 'use printable characters')
  return topic.slice(0, colon)
}

/** Whether `who` names the user of this uid, for this topic. */
export const isMeant = (who: string, topic: string, uid: string): boolean => {
  if (who === 'anyone') return true
  if (!who.includes('{uid}')) return false
  const pattern = who.replaceAll('{uid}', () => uid)
  // A uid that ends with the star of a pattern must not become one.
  return who.endsWith('*') ? topic.startsWith(pattern.slice(0, -1)) : topic === pattern
}

export const namespaceDoc = (namespace: Namespace): Doc => ({
  name: namespace.name,
  history_messages: namespace.history.messages,
  history_seconds: namespace.history.seconds,
  presence: namespace.presence,
  subscribe: namespace.subscribe,
  publish: namespace.publish,
  recovery: namespace.recovery,
  max_subscribers: namespace.maxSubscribers,
})

export const namespaceIn = (doc: Doc): Namespace => ({
  name: textIn(doc, 'name'),
  history: {
    messages: numberIn(doc, 'history_messages'),
    seconds: numberIn(doc, 'history_seconds'),
  },
  presence: doc['presence'] === true,
  subscribe: textIn(doc, 'subscribe'),
  publish: textIn(doc, 'publish'),
  recovery: doc['recovery'] === true,
  maxSubscribers: numberIn(doc, 'max_subscribers'),
})
