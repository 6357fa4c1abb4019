import { readFileSync } from 'node:fs'
import {
  CMD,
  type CodeName,
  Deframer,
  edgeBody,
  FLAG_EXT,
  FLAG_F,
  FrameFields,
  type FrameView,
  type FrameWriter,
  LIMITS,
  PING_BYTE,
  PONG_BYTE,
  type ProbeAck,
} from '@longwire/proto'

export type CommandName = keyof typeof CMD
type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json }
type JsonObject = Readonly<Record<string, Json>>

/** A frame as proto/vectors/edge.json writes it down: bytes are hex, fields have their names. */
export interface EdgeVector {
  readonly name: string
  readonly hex: string
  readonly cmd: CommandName
  readonly flag?: boolean
  readonly ext?: {
    readonly next?: number
    readonly learned?: number
    readonly awake?: number
    readonly metered?: number
    readonly logid?: string
  }
  readonly fields?: Readonly<Record<string, number>>
  readonly body?: JsonObject
  readonly content?: string
  /** Legal, but not what our writer would write. */
  readonly readOnly?: boolean
}

export interface EdgeVectors {
  readonly preambles: readonly { name: string; hex: string; version?: number; code?: CodeName }[]
  readonly frames: readonly EdgeVector[]
  readonly streams: readonly { name: string; hex: string; commands: readonly CommandName[] }[]
  readonly bad: readonly { name: string; hex: string; code: CodeName; maxPayload?: number }[]
  readonly probes: readonly {
    name: string
    hex: string
    nonce: string
    appcode: number
    ackHex: string
    ack: ProbeAck
  }[]
  readonly buckets: readonly { uid: string; hash: number; bucket: number }[]
  readonly notProbes: readonly { name: string; hex: string }[]
}

export interface TrunkVector {
  readonly name: string
  readonly hex: string
  readonly cmd: string
  readonly head?: Readonly<Record<string, number>>
  readonly uid?: string
  readonly body?: JsonObject
  readonly content?: string
}

export interface TrunkVectors {
  readonly frames: readonly TrunkVector[]
  readonly bad: readonly { name: string; hex: string; message: string }[]
}

/** A file of the proto folder, seen from the compiled tests. */
export const protoFile = (path: string): URL => new URL(`../../${path}`, import.meta.url)
export const edgeVectors = (): EdgeVectors =>
  JSON.parse(readFileSync(protoFile('vectors/edge.json'), 'utf8')) as EdgeVectors
export const trunkVectors = (): TrunkVectors =>
  JSON.parse(readFileSync(protoFile('vectors/trunk.json'), 'utf8')) as TrunkVectors

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
export const bytesOf = (hex: string): Buffer => Buffer.from(hex, 'hex')

const names = new Map<number, CommandName>(
  Object.entries(CMD).map(([name, cmd]) => [cmd, name as CommandName]),
)
export const commandName = (cmd: number): CommandName => names.get(cmd)!

interface BodyType {
  encode(message: object): { finish(): Uint8Array }
  decode(bytes: Uint8Array): object
}
const BODIES: Readonly<Partial<Record<CommandName, BodyType>>> = {
  LOGIN: edgeBody.Login,
  LOGIN_ACK: edgeBody.LoginAck,
  KICK: edgeBody.Kick,
  PULL_RESP: edgeBody.PullBody,
  ERROR: edgeBody.ErrorBody,
  C2C: edgeBody.C2C,
  HINT: edgeBody.LoginAck,
  TOKEN: edgeBody.Token,
  TOKEN_ACK: edgeBody.TokenAck,
  EXPIRING: edgeBody.Expiring,
  MIGRATE: edgeBody.Migrate,
  SEND_ACK: edgeBody.SendAck,
  RETRACT: edgeBody.Retract,
  READ: edgeBody.Read,
  QUERY: edgeBody.Query,
}
const FIELDS: Readonly<Partial<Record<CommandName, readonly string[]>>> = {
  KICK: ['code'],
  ERROR: ['code'],
  NOTIFY: ['max'],
  ACK: ['cumulative'],
  LIVE: ['msgtype'],
  C2S: ['ref', 'msgtype'],
  C2C: ['ref', 'msgtype'],
  SEND_ACK: ['ref', 'status'],
  RETRACT: ['ref'],
  READ: ['ref'],
  QUERY: ['ref'],
  REPLY: ['ref', 'status'],
  PULL: ['cursor', 'maxBytes'],
  TOPIC: ['ref', 'op'],
  TOPIC_ACK: ['ref', 'status'],
}
const BYTE_FIELDS = new Set([
  'prevSession',
  'session',
  'content',
  'msgid',
  'logid',
  'login',
  'network',
  'ticket',
  'retracts',
])
/** `body` of a Page holds bytes, everywhere else a message. */
const isBytes = (key: string, value: unknown): boolean =>
  BYTE_FIELDS.has(key) || (key === 'body' && typeof value === 'string')

/** A decoded protobuf body as JSON. */
export const toJson = (value: unknown): Json => {
  if (value instanceof Uint8Array) return hexOf(value)
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value === 'object' && value !== null) {
    // A decoded message has an empty list where the wire had nothing.
    const present = Object.entries(value).filter(
      ([, field]) => !Array.isArray(field) || field.length > 0,
    )
    return Object.fromEntries(present.map(([key, field]) => [key, toJson(field)]))
  }
  return value as Json
}

/** The reverse: what the generated encoders take. */
export const fromJson = (value: Json, key = ''): unknown => {
  if (typeof value === 'string') return isBytes(key, value) ? bytesOf(value) : value
  if (Array.isArray(value)) return value.map(item => fromJson(item, key))
  if (typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, fromJson(field, name)]),
  )
}

/** Decodes every field of a frame, as far as its command has any. */
const readFields = (view: FrameView, fields: FrameFields): Record<string, number> => {
  const cmd = commandName(view.cmd)
  fields.bodyStart = view.start
  if (cmd === 'DATA') {
    fields.data(view)
    return { seq: fields.a, ...(view.flag && { back: fields.b }), msgtype: fields.c }
  }
  if (cmd === 'PULL_RESP') {
    fields.pullResp(view)
    return { from: fields.a, next: fields.b, ...(view.flag && { floor: fields.c }) }
  }
  if (cmd === 'PUBLICATION') {
    fields.publication(view)
    return { number: fields.a, seq: fields.b, third: fields.c }
  }
  const known = FIELDS[cmd] ?? []
  if (known.length === 1) fields.one(view)
  if (known.length === 2) fields.two(view)
  return Object.fromEntries(known.map((name, index) => [name, index === 0 ? fields.a : fields.b]))
}

const readFieldsOnly = new FrameFields()

/** Reads a frame as a sink would: extensions and fields, but no protobuf body. */
export const touch = (view: FrameView): void => {
  readFieldsOnly.extensions(view)
  readFields(view, readFieldsOnly)
}

/** Reads a frame down to the last byte, in the form of the vectors. */
export const describe = (view: FrameView): Omit<EdgeVector, 'name' | 'hex' | 'readOnly'> => {
  const fields = new FrameFields()
  fields.extensions(view)
  const logid =
    fields.logidStart < 0
      ? undefined
      : hexOf(view.bytes.subarray(fields.logidStart, fields.logidStart + 8))
  const ext = {
    ...(fields.next > 0 && { next: fields.next }),
    ...(fields.learned > 0 && { learned: fields.learned }),
    ...(fields.awake >= 0 && { awake: fields.awake }),
    ...(fields.metered >= 0 && { metered: fields.metered }),
    ...(logid !== undefined && { logid }),
  }
  const named = readFields(view, fields)
  const cmd = commandName(view.cmd)
  const rest = view.bytes.subarray(fields.bodyStart, view.end)
  const type = BODIES[cmd]
  return {
    cmd,
    ...(view.flag && { flag: true }),
    ...(Object.keys(ext).length > 0 && { ext }),
    ...(Object.keys(named).length > 0 && { fields: named }),
    ...(type !== undefined && { body: toJson(type.decode(rest)) as JsonObject }),
    ...(type === undefined && rest.length > 0 && { content: hexOf(rest) }),
  }
}

/** Writes a vector with the method of FrameWriter that a user would take. */
export const write = (writer: FrameWriter, vector: Omit<EdgeVector, 'name' | 'hex'>): void => {
  const { cmd } = vector
  const body =
    vector.body === undefined
      ? bytesOf(vector.content ?? '')
      : BODIES[cmd]!.encode(fromJson(vector.body) as object).finish()
  const field = (name: string): number => vector.fields?.[name] ?? 0
  switch (cmd) {
    case 'PING':
      return vector.ext === undefined
        ? writer.byte(PING_BYTE)
        : writer.pingNext(
            vector.ext.next ?? 0,
            vector.ext.learned === 1,
            vector.ext.awake,
            vector.ext.metered,
          )
    case 'PONG':
      return writer.byte(PONG_BYTE)
    case 'KICK':
    case 'ERROR':
      return writer.coded(CMD[cmd], field('code'), body)
    case 'C2S':
    case 'C2C':
      if (vector.flag === true) return writer.call(field('ref'), field('msgtype'), body)
      return writer.request(CMD[cmd], field('ref'), field('msgtype'), body)
    case 'RETRACT':
    case 'READ':
    case 'QUERY':
      return writer.coded(CMD[cmd], field('ref'), body)
    case 'REPLY':
      return writer.reply(field('ref'), field('status'), body)
    case 'TOPIC':
      return writer.request(CMD.TOPIC, field('ref'), field('op'), body)
    case 'TOPIC_ACK':
      return writer.request(CMD.TOPIC_ACK, field('ref'), field('status'), body)
    case 'PUBLICATION':
      return writer.publication(
        field('number'),
        field('seq'),
        field('third'),
        body,
        vector.flag ?? false,
      )
    case 'SEND_ACK':
      return writer.sendAck(field('ref'), field('status'), body)
    case 'NOTIFY':
      return writer.notify(field('max'))
    case 'LIVE':
      return writer.live(field('msgtype'), body)
    case 'ACK':
      return writer.ack(field('cumulative'))
    case 'PULL':
      return writer.pull(field('cursor'), field('maxBytes'))
    case 'PULL_RESP':
      return writer.pullResp(field('from'), field('next'), vector.fields?.['floor'] ?? -1, body)
    case 'DATA': {
      const logid = vector.ext?.logid === undefined ? undefined : bytesOf(vector.ext.logid)
      return writer.data(field('seq'), vector.fields?.['back'] ?? 1, field('msgtype'), body, logid)
    }
    default:
      return writer.raw(
        CMD[cmd],
        (vector.flag ? FLAG_F : 0) | (vector.ext === undefined ? 0 : FLAG_EXT),
        body,
      )
  }
}

/** Parses chunks with a fresh deframer; returns what `read` makes of each frame. */
export const parseEdge = <T>(
  chunks: Iterable<Uint8Array>,
  read: (view: FrameView) => T,
  maxPayload: number = LIMITS.downlinkBytes,
): T[] => {
  const frames: T[] = []
  const deframer = new Deframer<undefined>({
    frame: (_, view) => {
      frames.push(read(view))
      return true
    },
    maxPayload: () => maxPayload,
  })
  let partial
  for (const chunk of chunks) partial = deframer.push(undefined, partial, chunk)
  return frames
}
