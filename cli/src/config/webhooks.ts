import { blockList, choice, type ConfigProblem } from '@longwire/kit'
import { Type, type Static } from '@sinclair/typebox'

const KINDS = ['online', 'offline', 'gate_up', 'gate_down', 'expired'] as const

/** Who is told of events by HTTP. */
export const webhooks = Type.Array(
  Type.Object(
    {
      name: Type.String({
        description:
          'Names its place in the stream; another name begins with what comes from now on',
        pattern: '^[\\w.-]{1,32}$',
      }),
      url: Type.String({ description: 'Where events are POSTed', pattern: '^https?://' }),
      secret: Type.String({
        description: 'What deliveries are signed with, at least 16 characters',
        minLength: 16,
        secret: true,
      }),
      events: Type.Array(choice(KINDS, { description: 'A kind of event' }), {
        description: 'Kinds of events; all when empty',
        default: [],
      }),
      appcodes: Type.Array(Type.Integer(), {
        description: 'End platforms; all of presence.appcodes when empty',
        default: [],
      }),
      businesses: Type.Array(Type.String(), {
        description: 'Whose messages, of those that expired; of all when empty',
        default: [],
      }),
      allow: Type.Array(Type.String(), {
        description: 'CIDR blocks it may be in although they are not on the internet',
        default: [],
        examples: [['10.0.0.0/8']],
      }),
      timeoutMs: Type.Integer({ description: 'Time to answer', minimum: 1, default: 10_000 }),
    },
    { additionalProperties: false },
  ),
  {
    description: 'Who is told of events by HTTP',
    default: [],
    examples: [[{ name: 'crm', url: 'https://crm.example.com/longwire', secret: '…' }]],
  },
)

export const webhookProblems = (
  rows: Static<typeof webhooks>,
  known: {
    readonly presence: { readonly appcodes: readonly number[]; readonly expired: boolean }
    readonly businesses: readonly { readonly name: string }[]
  },
): ConfigProblem[] => {
  const told = known.presence.appcodes
  const problems: ConfigProblem[] = []
  rows.forEach(({ name, url, appcodes, businesses, allow }, index) => {
    const complain = (field: string, problem: string, remedy: string): void =>
      void problems.push({ path: `webhooks[${index}].${field}`, problem, remedy })
    if (rows.findIndex(other => other.name === name) !== index)
      complain('name', `is ${name}, which an earlier row has`, 'give each row its own name')
    if (!URL.canParse(url))
      complain('url', `is ${url}, which is no URL`, 'write it like https://host/path')
    else if (new URL(url).username !== '')
      complain('url', 'holds a user', 'deliveries are signed: check the signature instead')
    const unknown = appcodes.find(code => !told.includes(code))
    if (unknown !== undefined)
      complain('appcodes', `names ${unknown}, which is not in presence.appcodes`, 'add it there')
    const stranger = businesses.find(each => !known.businesses.some(own => own.name === each))
    if (stranger !== undefined)
      complain('businesses', `names ${stranger}, which is not under businesses`, 'correct it')
    try {
      blockList(allow)
    } catch (error) {
      complain('allow', error instanceof Error ? error.message : String(error), 'correct it')
    }
  })
  if (rows.length > 0 && told.length === 0 && !known.presence.expired)
    problems.push({
      path: 'presence.appcodes',
      problem: 'is empty, so there are no events for webhooks',
      remedy: 'list the appcodes whose ends are to be told of, or set presence.expired',
    })
  return problems
}
