import kafkajs, { type Kafka, type KafkaConfig, type LogEntry, type SASLOptions } from 'kafkajs'
import type { Logger } from '@longwire/kit'

export interface KafkaOptions {
  /** `host:port` each; the rest of the cluster is learned from them. */
  readonly brokers: readonly string[]
  /** Names this process in the broker's logs. */
  readonly clientId: string
  /** True: TLS with the authorities of the system; or PEM texts. */
  readonly tls?: boolean | { readonly ca?: string; readonly cert?: string; readonly key?: string }
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: string
  }
  /** Copies of topics that are made; −1: what the broker is configured with. @default -1 */
  readonly replication?: number
  /** A publish that is not durable after this long is given up. @default 2_000 */
  readonly publishMs?: number
  /** A consumer that is not heard for this long loses its partitions. @default 10_000 */
  readonly memberGoneMs?: number
  readonly logger: Logger
}

export const PUBLISH_MS = 2_000
const CONNECT_MS = 1_000
/** Tries of one request, inside the client; whatever takes longer is tried again by the adapter. */
const RETRY = { initialRetryTime: 50, maxRetryTime: 500, retries: 4 } as const

/** The client library, told how we want it. */
export const kafkaClient = (options: KafkaOptions): Kafka => {
  const { brokers, clientId, tls, sasl, publishMs = PUBLISH_MS } = options
  const ssl =
    typeof tls === 'object' ? { ...tls, ...(tls.ca === undefined ? {} : { ca: [tls.ca] }) } : tls
  const config: KafkaConfig = {
    clientId,
    brokers: [...brokers],
    connectionTimeout: CONNECT_MS,
    requestTimeout: Math.max(publishMs, CONNECT_MS),
    retry: RETRY,
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => entry => tell(options.logger, entry),
    ...(ssl === undefined || ssl === false ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl: saslOf(sasl) }),
  }
  return new kafkajs.Kafka(config)
}

const saslOf = (sasl: NonNullable<KafkaOptions['sasl']>): SASLOptions => {
  const { mechanism, ...who } = sasl
  switch (mechanism) {
    case 'plain':
      return { mechanism, ...who }
    case 'scram-sha-256':
      return { mechanism, ...who }
    default:
      return { mechanism, ...who }
  }
}

/** What the library calls an error it tries again, mostly: what stays wrong, the adapter tells. */
const tell = (logger: Logger, { label, log: { message, logger: _, ...rest } }: LogEntry): void => {
  logger.debug({ kafka: rest, label }, message)
}
