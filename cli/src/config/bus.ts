import { blockList, choice, section, type ConfigProblem } from '@longwire/kit'
import type { KafkaOptions } from '@longwire/logic'
import { Type, type Static } from '@sinclair/typebox'
import { readFileSync } from 'node:fs'
import { text, whole } from './keys.ts'

const CLOSED = { additionalProperties: false } as const

const brokers = (description: string) =>
  Type.Array(Type.String({ pattern: '^(\\[[0-9a-fA-F:]+\\]|[^:\\s]+):\\d{1,5}$' }), {
    description,
    default: [],
    examples: [['kafka-1:9092', 'kafka-2:9092']],
  })

export const BUS_SECTION = section(
  {
    kind: choice(['embedded', 'kafka'], {
      description: 'Where topics are: embedded (in the store), or kafka',
      default: 'embedded',
    }),
    webhookAllow: Type.Array(Type.String(), {
      description:
        'CIDR blocks that webhooks of subscriptions may be in although not on the internet',
      default: [],
      examples: [['10.0.0.0/8']],
    }),
    kafka: section(
      {
        brokers: brokers('host:port of some brokers; the others are learned from them'),
        backup: section(
          { brokers: brokers('Brokers of a second cluster, for when the first does not confirm') },
          'The backup cluster',
        ),
        backAfterSeconds: whole('The primary has records again once it has answered so long', 30),
        publishMs: whole('Not confirmed after this: the backup is taken', 2_000, 100),
        memberGoneMs: whole('A consumer that is not heard loses its partitions', 10_000, 1_000),
        replication: Type.Integer({
          description: 'Copies of topics that are made; -1: the default of the cluster',
          minimum: -1,
          default: -1,
        }),
        tls: Type.Optional(
          Type.Object(
            {
              caFile: Type.Optional(text('Authorities, PEM; those of the system when left out')),
              certFile: Type.Optional(text('Own certificate, PEM')),
              keyFile: Type.Optional(text('Its key, PEM')),
            },
            { ...CLOSED, description: 'Speak TLS; no TLS when left out' },
          ),
        ),
        sasl: Type.Optional(
          Type.Object(
            {
              mechanism: choice(['plain', 'scram-sha-256', 'scram-sha-512'], {
                description: 'How to log in',
                default: 'scram-sha-512',
              }),
              username: text('User'),
              password: Type.String({ description: 'Password', secret: true }),
            },
            { ...CLOSED, description: 'Log in; nobody logs in when left out' },
          ),
        ),
      },
      'The Kafka clusters',
    ),
  },
  'Topics for backends',
)

type BusConfig = Static<typeof BUS_SECTION>

export const busProblems = ({ kind, kafka, webhookAllow }: BusConfig): ConfigProblem[] => {
  const problems: ConfigProblem[] = []
  try {
    blockList(webhookAllow)
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    problems.push({ path: 'bus.webhookAllow', problem, remedy: 'correct it' })
  }
  if (kind === 'kafka' && kafka.brokers.length === 0)
    problems.push({
      path: 'bus.kafka.brokers',
      problem: 'is empty, but bus.kind is kafka',
      remedy: 'name some brokers, or set bus.kind to embedded',
    })
  if (kind === 'embedded' && (kafka.brokers.length > 0 || kafka.backup.brokers.length > 0))
    problems.push({
      path: 'bus.kind',
      problem: 'is embedded, but there are brokers under bus.kafka',
      remedy: 'set bus.kind to kafka, or leave them out',
    })
  if (kafka.backup.brokers.some(broker => kafka.brokers.includes(broker)))
    problems.push({
      path: 'bus.kafka.backup.brokers',
      problem: 'names a broker of bus.kafka.brokers',
      remedy: 'name brokers of another cluster',
    })
  return problems
}

/** How a cluster of these brokers is reached; reads the PEM files. */
export const kafkaReach = (
  { kafka }: BusConfig,
  brokers: readonly string[],
): Pick<
  KafkaOptions,
  'brokers' | 'tls' | 'sasl' | 'replication' | 'publishMs' | 'memberGoneMs'
> => {
  const { tls, sasl, replication, publishMs, memberGoneMs } = kafka
  const pem = (name: 'ca' | 'cert' | 'key', file: string | undefined) =>
    file === undefined ? {} : { [name]: readFileSync(file, 'utf8') }
  return {
    brokers,
    replication,
    publishMs,
    memberGoneMs,
    ...(tls === undefined
      ? {}
      : {
          tls: {
            ...pem('ca', tls.caFile),
            ...pem('cert', tls.certFile),
            ...pem('key', tls.keyFile),
          },
        }),
    ...(sasl === undefined ? {} : { sasl }),
  }
}
