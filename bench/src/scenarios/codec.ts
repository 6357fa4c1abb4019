import {
  Deframer,
  edgeBody,
  FrameFields,
  FrameWriter,
  LIMITS,
  type FrameView,
} from '@longwire/proto'
import type { Row } from '../scenario.ts'
import { round } from '../statistics.ts'

/**
 * One operation: the server encodes a message of 100 bytes, the client decodes it and encodes its
 * acknowledgement, the server decodes that. Everyone gets the same uid, seq, msgtype and content.
 */
interface Message {
  readonly uid: string
  readonly seq: number
  readonly msgtype: number
  /** 100 bytes as a publisher hands them over; text protocols get them as text, ready made. */
  readonly content: Buffer
  readonly text: string
}

/** What came out at the other end, to be compared with what went in. */
interface Decoded {
  uid: string
  seq: number
  msgtype: number
  content: Uint8Array | string
  acknowledged: number
}

interface Codec {
  readonly name: string
  /** Returns the bytes of message and acknowledgement on the wire. */
  exchange(message: Message, into: Decoded): number
}

const CONTENT_BYTES = 100
const UID = '10000001'

/** Contents differ, so that no engine can learn one by heart. */
const messagesOf = (count: number): Message[] =>
  Array.from({ length: count }, (_, index) => {
    const text =
      `order ${1000 + index}: ${'the quick brown fox jumps over the lazy dog; '.repeat(3)}`.slice(
        0,
        CONTENT_BYTES,
      )
    return {
      uid: UID,
      seq: index + 1,
      msgtype: 1 + (index % 100),
      content: Buffer.from(text),
      text,
    }
  })

const longwire = (): Codec => {
  const writer = new FrameWriter()
  const fields = new FrameFields()
  const client = new Deframer<Decoded>({
    frame(into: Decoded, view: FrameView) {
      fields.data(view)
      into.uid = UID
      into.seq = fields.a
      into.msgtype = fields.c
      into.content = view.bytes.subarray(fields.bodyStart, view.end)
      return true
    },
    maxPayload: () => LIMITS.downlinkBytes,
  })
  const server = new Deframer<Decoded>({
    frame(into: Decoded, view: FrameView) {
      fields.one(view)
      into.acknowledged = fields.a
      return true
    },
    maxPayload: () => LIMITS.uplinkBytes,
  })
  return {
    name: 'Longwire',
    exchange({ seq, msgtype, content }, into) {
      writer.data(seq, 1, msgtype, content)
      const down = writer.take()
      client.push(into, undefined, down)
      writer.ack(into.seq)
      const up = writer.take()
      server.push(into, undefined, up)
      return down.length + up.length
    },
  }
}

/** Length-delimited protobuf bodies without a frame of their own: no command, no flags. */
const protobuf = (): Codec => {
  const type = edgeBody.Message
  return {
    name: 'protobuf, length-delimited',
    exchange({ seq, msgtype, content }, into) {
      const down = type.encode({ seq, msgtype, content }).ldelim().finish()
      const message = type.decode(afterLength(down))
      into.uid = UID
      into.seq = message.seq
      into.msgtype = message.msgtype
      into.content = message.content
      const up = type.encode({ seq }).ldelim().finish()
      into.acknowledged = type.decode(afterLength(up)).seq
      return down.length + up.length
    },
  }
}

const afterLength = (bytes: Uint8Array): Uint8Array => {
  let at = 0
  while (bytes[at]! >= 128) at++
  return bytes.subarray(at + 1)
}

interface JsonFrame {
  readonly cmd: string
  readonly seq: number
  readonly msgtype: number
  readonly content: string
}

/** One object per line. */
const json = (): Codec => ({
  name: 'JSON',
  exchange({ seq, msgtype, text }, into) {
    const down = Buffer.from(`${JSON.stringify({ cmd: 'data', seq, msgtype, content: text })}\n`)
    const message = JSON.parse(down.toString()) as JsonFrame
    into.uid = UID
    into.seq = message.seq
    into.msgtype = message.msgtype
    into.content = message.content
    const up = Buffer.from(`${JSON.stringify({ cmd: 'ack', seq: message.seq })}\n`)
    into.acknowledged = (JSON.parse(up.toString()) as JsonFrame).seq
    return down.length + up.length
  },
})

interface Element {
  name: string
  namespace: string
  readonly attributes: Map<string, string>
  readonly children: Element[]
  text: string
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  apos: "'",
  quot: '"',
}
const entity = (whole: string, name: string): string => {
  if (name.startsWith('#x')) return String.fromCodePoint(Number.parseInt(name.slice(2), 16))
  if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)))
  const character = ENTITIES[name]
  if (character === undefined) throw new Error(`the entity ${whole} is not known`)
  return character
}
const unescape = (text: string): string =>
  text.includes('&') ? text.replace(/&([^;]+);/g, entity) : text

const ESCAPES: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  "'": '&apos;',
}
const escape = (text: string): string =>
  /[<>&']/.test(text) ? text.replace(/[<>&']/g, character => ESCAPES[character]!) : text

// oxlint-disable-next-line no-control-regex -- characters that XML does not allow, not even escaped
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

/** Prefixes and what they stand for; the default namespace has the prefix ''. */
interface Scope {
  readonly prefix: string
  readonly namespace: string
  readonly outer: Scope | undefined
}
const STREAM: Scope = {
  prefix: '',
  namespace: 'jabber:client',
  outer: { prefix: 'stream', namespace: 'http://etherx.jabber.org/streams', outer: undefined },
}

/**
 * A scan of the XML that XMPP allows: elements, attributes, text, entities, namespaces; DTD, comments
 * and CDATA are an error. It wants whole stanzas: a reader of a stream has to do more.
 */
class StanzaScan {
  #xml = ''
  #at = 0
  #scope: Scope | undefined = STREAM

  /** All stanzas of a chunk. */
  read(xml: string): Element[] {
    if (FORBIDDEN.test(xml)) throw new Error('a character that XML does not allow')
    this.#xml = xml
    this.#at = 0
    const stanzas: Element[] = []
    while (this.#at < xml.length) stanzas.push(this.#element())
    return stanzas
  }

  #element(): Element {
    this.#expect('<')
    const element: Element = {
      name: this.#name(),
      namespace: '',
      attributes: new Map(),
      children: [],
      text: '',
    }
    const outer = this.#scope
    while (this.#attribute(element));
    element.namespace = this.#namespaceOf(element.name)
    this.#rest(element)
    this.#scope = outer
    return element
  }

  #namespaceOf(name: string): string {
    const colon = name.indexOf(':')
    const prefix = colon < 0 ? '' : name.slice(0, colon)
    let scope = this.#scope
    while (scope !== undefined && scope.prefix !== prefix) scope = scope.outer
    if (scope === undefined) throw new Error(`the prefix of ${name} is not declared`)
    return scope.namespace
  }

  /** What follows the attributes. */
  #rest(element: Element): void {
    if (this.#xml[this.#at] === '/') {
      this.#at++
      this.#expect('>')
      return
    }
    this.#expect('>')
    this.#content(element)
  }

  #attribute(element: Element): boolean {
    while (this.#xml[this.#at] === ' ') this.#at++
    const next = this.#xml[this.#at]
    if (next === '/' || next === '>') return false
    const name = this.#name()
    this.#expect('=')
    const quote = this.#xml[this.#at++]
    if (quote !== "'" && quote !== '"')
      throw new Error(`an attribute without quotes at ${this.#at}`)
    const end = this.#xml.indexOf(quote, this.#at)
    if (end < 0) throw new Error('an attribute does not end')
    const value = unescape(this.#xml.slice(this.#at, end))
    this.#at = end + 1
    if (name === 'xmlns' || name.startsWith('xmlns:')) {
      this.#scope = { prefix: name.slice('xmlns:'.length), namespace: value, outer: this.#scope }
      return true
    }
    if (element.attributes.has(name)) throw new Error(`the attribute ${name} comes twice`)
    element.attributes.set(name, value)
    return true
  }

  #content(element: Element): void {
    for (;;) {
      const end = this.#xml.indexOf('<', this.#at)
      if (end < 0) throw new Error(`<${element.name}> is not closed`)
      if (end > this.#at) element.text += unescape(this.#xml.slice(this.#at, end))
      this.#at = end
      if (this.#xml[end + 1] !== '/') {
        element.children.push(this.#element())
        continue
      }
      this.#at += 2
      if (this.#name() !== element.name)
        throw new Error(`<${element.name}> is closed by another name`)
      this.#expect('>')
      return
    }
  }

  #name(): string {
    const from = this.#at
    for (; this.#at < this.#xml.length; this.#at++) {
      const code = this.#xml.charCodeAt(this.#at)
      // Space, / > = and controls end a name.
      if (code <= 0x20 || code === 0x2f || code === 0x3e || code === 0x3d) break
    }
    if (this.#at === from) throw new Error(`a name is missing at ${from}`)
    return this.#xml.slice(from, this.#at)
  }

  #expect(character: string): void {
    if (this.#xml[this.#at] !== character) throw new Error(`${character} is missing at ${this.#at}`)
    this.#at++
  }
}

/** A message stanza, and what XEP-0198 adds to have it acknowledged. */
const xmpp = (): Codec => {
  const scan = new StanzaScan()
  return {
    name: 'XMPP, XEP-0198',
    exchange({ uid, seq, msgtype, text }, into) {
      const body = `<body>${escape(text)}</body>`
      const stanza = `<message from='p.cn' to='${escape(uid)}@p.cn/a' id='${seq}' type='chat'>${body}</message>`
      const down = Buffer.from(`${stanza}<r xmlns='urn:xmpp:sm:3'/>`)
      const [message, request] = scan.read(down.toString())
      const to = message!.attributes.get('to') ?? ''
      into.uid = to.slice(0, to.indexOf('@'))
      into.seq = Number(message!.attributes.get('id'))
      // The stanza has no place for a msgtype: it is spared the bytes.
      into.msgtype = msgtype
      into.content = message!.children[0]!.text
      if (request!.name !== 'r' || request!.namespace !== 'urn:xmpp:sm:3')
        throw new Error('no request for an acknowledgement')
      const up = Buffer.from(`<a xmlns='urn:xmpp:sm:3' h='${into.seq}'/>`)
      into.acknowledged = Number(scan.read(up.toString())[0]!.attributes.get('h'))
      return down.length + up.length
    },
  }
}

const verify = (codec: Codec, message: Message): number => {
  const into: Decoded = { uid: '', seq: 0, msgtype: 0, content: '', acknowledged: 0 }
  const bytes = codec.exchange(message, into)
  const text =
    typeof into.content === 'string' ? into.content : Buffer.from(into.content).toString()
  const { uid, seq, msgtype } = message
  const same =
    into.uid === uid && into.seq === seq && into.msgtype === msgtype && into.acknowledged === seq
  if (!same || text !== message.text)
    throw new Error(`${codec.name} lost a field: ${JSON.stringify(into)}`)
  return bytes
}

/**
 * Microseconds of processor time of one operation, garbage collection included. Time on the wall would
 * favour the short rounds of the fast ones on a busy machine: they are less often interrupted.
 */
const timed = (codec: Codec, messages: readonly Message[], operations: number): number => {
  const into: Decoded = { uid: '', seq: 0, msgtype: 0, content: '', acknowledged: 0 }
  let sum = 0
  const began = process.cpuUsage()
  for (let count = 0; count < operations; count++) {
    codec.exchange(messages[count % messages.length]!, into)
    sum += into.acknowledged
  }
  const { user, system } = process.cpuUsage(began)
  if (sum === 0) throw new Error('nothing was exchanged')
  return (user + system) / operations
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1]!

/** Encodes and decodes a message of 100 bytes and its acknowledgement in several protocols, in turns. */
export const codec = (options: {
  quick: boolean
}): Promise<{
  rows: Row[]
  notes: string[]
  json: { speedupVsXmpp: number; bytesShareOfXmpp: number }
}> => {
  const codecs = [longwire(), protobuf(), json(), xmpp()]
  const messages = messagesOf(100)
  const bytes = codecs.map(codec => median(messages.map(message => verify(codec, message))))
  const [rounds, operations] = options.quick ? [11, 50_000] : [21, 100_000]
  const times = codecs.map((): number[] => [])
  for (const codec of codecs) timed(codec, messages, operations)
  for (let round = 0; round < rounds; round++) {
    for (const [index, codec] of codecs.entries())
      times[index]!.push(timed(codec, messages, operations))
  }
  const results = codecs.map((codec, index) => ({
    name: codec.name,
    us: median(times[index]!),
    bytes: bytes[index]!,
  }))
  const ours = results[0]!
  const reference = results.at(-1)!
  const rows = results.map(({ name, us, bytes }) => ({
    protocol: name,
    'operations/s': Math.round(1e6 / us),
    µs: round(us, 2),
    bytes,
    '% of XMPP bytes': round((100 * bytes) / reference.bytes, 1),
    'times XMPP speed': round(reference.us / us, 1),
  }))
  return Promise.resolve({
    rows,
    notes: [
      'One operation: encode and decode a message of 100 bytes and encode and decode its acknowledgement.',
      `Medians of ${rounds} rounds in turns, ${operations.toLocaleString('en-US')} operations each, in processor time. Binary protocols take and give bytes, text protocols text; nobody copies the content out of what was received.`,
      'XML is read by a small scan in this file (attributes, entities, namespaces, forbidden characters; whole stanzas only): not a full parser.',
    ],
    json: {
      speedupVsXmpp: round(reference.us / ours.us, 2),
      bytesShareOfXmpp: round(ours.bytes / reference.bytes, 3),
    },
  })
}
