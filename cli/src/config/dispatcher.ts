import { blockList, section, type ConfigProblem } from '@longwire/kit'
import { DISPATCHER, type DispatcherOptions } from '@longwire/logic'
import { Type, type Static } from '@sinclair/typebox'
import { readFileSync } from 'node:fs'
import { listener, text, whole } from './keys.ts'

const CLOSED = { additionalProperties: false } as const

export const DISPATCHER_SECTION = section(
  {
    address: listener('The HTTP API of a dispatcher that runs by itself', '127.0.0.1:7082'),
    maxAgeSeconds: whole('Caches may keep a list for so long', DISPATCHER.maxAgeSeconds, 0),
    ttlSeconds: whole('Apps may use a list for so long', DISPATCHER.ttlSeconds, 60),
    most: whole('Addresses in one list at most', DISPATCHER.most),
    holdMs: whole(
      'More than half of the gates gone at once are believed to be gone after this',
      DISPATCHER.holdMs,
      0,
    ),
    nets: Type.Array(
      Type.Object(
        {
          name: text('As addresses of gates name it, such as an ISP or a region'),
          blocks: Type.Array(Type.String(), { description: 'Addresses of its clients, CIDR' }),
        },
        CLOSED,
      ),
      {
        description: 'Networks whose clients are sent to gates of the same network first',
        default: [],
        maxItems: 64,
        examples: [[{ name: 'north', blocks: ['198.51.100.0/24'] }]],
      },
    ),
    rate: section(
      {
        perSecond: Type.Number({
          description: 'Questions of one address (IPv6: of one /64) per second on average',
          exclusiveMinimum: 0,
          default: DISPATCHER.rate.perSecond,
        }),
        burst: whole('Questions at once after a quiet time', DISPATCHER.rate.burst),
      },
      'Of one address',
    ),
    forwarders: Type.Array(Type.String(), {
      description: 'Proxies whose X-Forwarded-For is believed, as CIDR blocks',
      default: [],
      examples: [['10.0.0.0/8']],
    }),
    sign: section(
      {
        keyFile: Type.Optional(text('Private key that signs lists, PEM: Ed25519 or EC P-256')),
        secret: Type.Optional(
          Type.String({
            description: 'HS256 secret in place of a key, at least 32 bytes',
            minLength: 32,
            secret: true,
          }),
        ),
        keyId: Type.Optional(text('Name of the key ("kid")')),
      },
      'Lists are signed where there is a key',
    ),
  },
  'Tells apps where gates are: within logic, or by itself',
)

type Section = Static<typeof DISPATCHER_SECTION>

export const dispatcherOptions = (
  { sign, address: _, forwarders: __, ...rest }: Section,
  appcodes: readonly number[],
): DispatcherOptions => {
  const { keyFile, secret, keyId } = sign
  const shared = { ...rest, appcodes }
  if (secret !== undefined) return { ...shared, signing: { secret, keyId } }
  if (keyFile === undefined) return shared
  return { ...shared, signing: { privateKey: readFileSync(keyFile, 'utf8'), keyId } }
}

export const dispatcherProblems = ({ nets, forwarders, sign }: Section): ConfigProblem[] => {
  const problems: ConfigProblem[] = []
  const check = (path: string, blocks: readonly string[]): void => {
    try {
      blockList(blocks)
    } catch (error) {
      const problem = `holds ${error instanceof Error ? error.message.split(':')[0] : String(error)}`
      problems.push({ path, problem, remedy: 'write blocks like 10.0.0.0/8 or 2001:db8::/32' })
    }
  }
  const names = nets.map(({ name }) => name)
  nets.forEach(({ name, blocks }, index) => {
    check(`dispatcher.nets[${index}].blocks`, blocks)
    if (names.indexOf(name) !== index)
      problems.push({
        path: `dispatcher.nets[${index}].name`,
        problem: `is ${name}, which an earlier row has`,
        remedy: 'give each network one row',
      })
  })
  check('dispatcher.forwarders', forwarders)
  if (sign.keyFile !== undefined && sign.secret !== undefined)
    problems.push({
      path: 'dispatcher.sign',
      problem: 'has two keys',
      remedy: 'set either dispatcher.sign.keyFile or dispatcher.sign.secret',
    })
  return problems
}
