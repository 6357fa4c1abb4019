import type { edgeBody } from '@longwire/proto'
import { hexOf, Message } from '../message.ts'

/** What was published to a topic. Its seq is its place there; 0: the topic keeps nothing. `from` names the client that did. */
export class Publication extends Message {
  readonly topic: string

  constructor(topic: string, fields: ConstructorParameters<typeof Message>[0]) {
    super(fields)
    this.topic = topic
  }
}

const NOTHING = new Uint8Array(0)

/** One of a page, or one that a client has published; `seq` where the frame says it. */
export const publicationOf = (
  topic: string,
  body: edgeBody.Publication.$Properties,
  seq = body.seq ?? 0,
): Publication =>
  new Publication(topic, {
    seq,
    msgtype: body.msgtype ?? 0,
    content: body.content ?? NOTHING,
    msgid: hexOf(body.msgid ?? NOTHING),
    sentAt: body.sentAt ?? 0,
    from: body.from ? { uid: body.from, appcode: 0 } : undefined,
  })
