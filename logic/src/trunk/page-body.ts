import type { LogMessage, Page } from '../log/log.ts'
import { varintBytes, type BodyWriter } from './body-writer.ts'

/** Tag, length and eight bytes, twice: msgid and logid. */
const IDS_BYTES = 20

/** Writes `edge.PullBody` straight from log rows; without `retractions` for a client that would take them for messages. */
export const writePullBody = (to: BodyWriter, page: Page, retractions = true): void => {
  for (const message of page.messages)
    if (retractions || message.retracts === '') writeMessage(to, message)
  to.bool(2, page.more)
}

export const writeMessage = (to: BodyWriter, message: LogMessage): void => {
  const { seq, msgtype, content, sentAt } = message
  const size =
    1 +
    varintBytes(seq) +
    (msgtype === 0 ? 0 : 1 + varintBytes(msgtype)) +
    (content.length === 0 ? 0 : 1 + varintBytes(content.length) + content.length) +
    (sentAt === 0 ? 0 : 1 + varintBytes(sentAt)) +
    IDS_BYTES +
    (message.fromUid === '' && message.retracts === '' ? 0 : peersBytes(message))
  to.open(1, size)
  to.ensure(size)
  to.uint(1, seq)
  to.uint(2, msgtype)
  to.content(3, content)
  to.hex8(4, message.msgid)
  to.uint(5, sentAt)
  to.hex8(6, message.logid)
  if (message.fromUid !== '') {
    to.text(7, message.fromUid)
    to.uint(8, message.fromAppcode)
    to.text(9, message.toUid)
  }
  if (message.retracts !== '') to.hex8(10, message.retracts)
}

/** Of a message between users, or one that takes another back. */
const peersBytes = ({ fromUid, fromAppcode, toUid, retracts }: LogMessage): number =>
  (fromUid === ''
    ? 0
    : textBytes(fromUid) +
      (fromAppcode === 0 ? 0 : 1 + varintBytes(fromAppcode)) +
      textBytes(toUid)) + (retracts === '' ? 0 : 10)

const textBytes = (text: string): number => {
  const size = Buffer.byteLength(text)
  return size === 0 ? 0 : 1 + varintBytes(size) + size
}

/** Writes `trunk.Page` but for the `bodyBytes` of its body, which must follow at once. */
export const writePageHead = (to: BodyWriter, page: Page, bodyBytes: number): void => {
  to.uint(1, page.from)
  to.uint(2, page.next)
  to.uint(3, page.head)
  if (page.gapFloor >= 0) {
    to.bool(4, true)
    to.uint(5, page.gapFloor)
  }
  to.bool(6, page.more)
  to.open(7, bodyBytes)
}
