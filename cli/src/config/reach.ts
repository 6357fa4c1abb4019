import { section, type ConfigProblem, type NodeReach } from '@longwire/kit'
import type { BoundListener } from '@longwire/gate'
import { Type, type Static } from '@sinclair/typebox'
import { networkInterfaces } from 'node:os'
import { text } from './keys.ts'

const HOST = '^(\\[[0-9a-fA-F:.]+\\]|[\\w.-]+)$'
const URL_PATTERN =
  '^(tcp|tls|ws|wss)://(\\[[0-9a-fA-F:.]+\\]|[\\w.-]+)(:\\d{1,5})?(/[^#\\s]*)?(#[\\w.-]+)?$'

export const REACH = section(
  {
    host: Type.Optional(
      Type.String({
        description:
          'IP that clients dial, at the ports listened on; the address listened on when left out',
        pattern: HOST,
        examples: ['203.0.113.7'],
      }),
    ),
    name: Type.Optional(
      Type.String({
        description: 'Host name that the certificate is for: browsers dial it, others check it',
        pattern: HOST,
        examples: ['push-1.example.com'],
      }),
    ),
    addresses: Type.Array(
      Type.Object(
        {
          url: Type.String({
            description:
              'tcp://, tls://, ws:// or wss://; "#name" behind an IP is for its certificate',
            pattern: URL_PATTERN,
          }),
          net: Type.Optional(text('The network of dispatcher.nets that it lies in')),
          probe: Type.Optional(
            Type.Integer({
              description: 'TCP port of the same host that reaches gate.probes.tcp',
              minimum: 1,
              maximum: 65_535,
            }),
          ),
        },
        { additionalProperties: false },
      ),
      {
        description: 'Where clients connect, in full, in place of host and name',
        default: [],
        examples: [[{ url: 'tls://203.0.113.7:443#push-1.example.com', net: 'north' }]],
      },
    ),
    appcodes: Type.Array(Type.Integer(), {
      description: 'Only apps of these end platforms are sent here; all when empty',
      default: [],
    }),
  },
  'What the dispatcher tells apps of this gate',
)

type Reach = Static<typeof REACH>

/** What a gate listens at. */
export interface Bound {
  readonly listeners: readonly BoundListener[]
  /** Of gate.probes.tcp. */
  readonly probePort: number | undefined
  /** Whether a listener serves TLS. */
  readonly secured: (transport: BoundListener['transport']) => boolean
}

/** How clients reach what a gate bound. */
export const reachOf = (
  { host, name, addresses, appcodes }: Reach,
  { listeners, probePort, secured }: Bound,
): NodeReach => {
  const only = appcodes.length === 0 ? {} : { appcodes }
  if (addresses.length > 0) return { addresses, ...only }
  const urls = listeners.flatMap(({ transport, address }) => {
    const isSecured = secured(transport)
    const scheme = transport === 'tcp' ? (isSecured ? 'tls' : 'tcp') : isSecured ? 'wss' : 'ws'
    const colon = address.lastIndexOf(':')
    const port = address.slice(colon + 1)
    const ip = host ?? dialable(address.slice(0, colon))
    const byIp = `${scheme}://${ip}:${port}${isSecured && name !== undefined ? `#${name}` : ''}`
    return name === undefined ? [byIp] : [byIp, `${scheme}://${name}:${port}`]
  })
  const probe = probePort === undefined ? {} : { probe: probePort }
  return { addresses: urls.map(url => ({ url, ...probe })), ...only }
}

/** Nobody can dial a wildcard: then the first address of this machine is meant. */
const dialable = (host: string): string => {
  if (host !== '0.0.0.0' && host !== '[::]') return host
  const own = Object.values(networkInterfaces()).flatMap(each => each ?? [])
  const found = own.find(({ internal, family }) => !internal && family === 'IPv4')
  return found?.address ?? '127.0.0.1'
}

export const reachProblems = (
  { appcodes, addresses }: Reach,
  known: {
    readonly appcodes: readonly number[]
    readonly nets: readonly string[]
    readonly workers: number
  },
): ConfigProblem[] => {
  const problems: ConfigProblem[] = []
  const stranger = appcodes.find(appcode => !known.appcodes.includes(appcode))
  if (stranger !== undefined)
    problems.push({
      path: 'gate.public.appcodes',
      problem: `names ${stranger}, which is not under apps`,
      remedy: `use some of ${known.appcodes.join(', ')}`,
    })
  if (known.workers !== 1 && addresses.length > 0)
    problems.push({
      path: 'gate.public.addresses',
      problem: 'says where one gate is, but gate.workers asks for several',
      remedy: 'set gate.public.host and gate.public.name: each worker adds its own port',
    })
  addresses.forEach(({ net }, index) => {
    if (net === undefined || known.nets.includes(net)) return
    problems.push({
      path: `gate.public.addresses[${index}].net`,
      problem: `is ${net}, which is not under dispatcher.nets`,
      remedy:
        known.nets.length === 0
          ? 'leave it out, or add the network to dispatcher.nets'
          : `use one of ${known.nets.join(', ')}`,
    })
  })
  return problems
}
