/**
 * Every reason a connection or request ends, one row each.
 *
 * The number alone tells a client what to do, so a client may meet a code that is newer than itself:
 * 1–63 dial again (with backoff), 64–127 stop until the app changes something.
 * A WebSocket is closed with 4000 + code; on TCP the KICK frame precedes the FIN.
 */
export type Action = 'retry' | 'stop'

interface CodeRow {
  readonly code: number
  /** What happened, for a developer to read. */
  readonly text: string
  /** What to do about it. */
  readonly remedy: string
}

export const CODES = {
  INTERNAL: { code: 1, text: 'the server failed', remedy: 'dial again; report it if it stays' },
  BUSY: { code: 2, text: 'the server sheds load', remedy: 'dial again after retryAfter' },
  DRAINING: {
    code: 3,
    text: 'this gate is being emptied',
    remedy: 'dial another gate within the given spread',
  },
  LOGIN_TIMEOUT: {
    code: 4,
    text: 'no complete LOGIN in time',
    remedy: 'send LOGIN as the first frame, at once',
  },
  IDLE_TIMEOUT: {
    code: 5,
    text: 'no byte arrived before the idle deadline',
    remedy: 'dial again; ping more often',
  },
  FRAME_TIMEOUT: {
    code: 6,
    text: 'a started frame was not finished in time',
    remedy: 'dial again; send frames whole',
  },
  UNAVAILABLE: {
    code: 7,
    text: 'no logic node can be reached',
    remedy: 'dial again after retryAfter',
  },
  SLOW_CONSUMER: {
    code: 8,
    text: 'the client does not read what it is sent',
    remedy: 'dial again and pull',
  },
  STALE_DIAL: {
    code: 9,
    text: 'this device has logged in with a higher dial number',
    remedy: 'dial again with a number above all earlier ones',
  },
  RESYNC: {
    code: 10,
    text: 'the mailbox has a new epoch',
    remedy: 'dial again: LOGIN_ACK says where to go on',
  },
  MOVED: {
    code: 11,
    text: 'this gate wants the client elsewhere',
    remedy: 'dial one of the given addresses, or another gate, within the given spread',
  },
  TICKET_REFUSED: {
    code: 12,
    text: 'the ticket of a move is not good for this login',
    remedy: 'log in with a token',
  },
  CROWDED: {
    code: 13,
    text: 'more connections come than can be let in',
    remedy: 'dial again with backoff, another gate first',
  },
  RATE_LIMITED: {
    code: 17,
    text: 'connections from this address come too fast',
    remedy: 'dial again after retryAfter, with backoff',
  },
  ADDRESS_LIMIT: {
    code: 18,
    text: 'this address has as many connections as allowed',
    remedy: 'close some, or dial again after retryAfter',
  },
  BANNED: {
    code: 19,
    text: 'this address has broken the protocol too often',
    remedy: 'mend the client, then dial again after retryAfter',
  },
  FLOOD: {
    code: 20,
    text: 'frames come far faster than allowed',
    remedy: 'wait for retry_after of ERROR before the next request',
  },
  APP_LIMIT: {
    code: 21,
    text: 'the app has as many sessions as allowed',
    remedy: 'dial again after retryAfter',
  },
  SEND_RATE: {
    code: 30,
    text: 'this user sends faster than allowed',
    remedy: 'send it again after retryAfter',
  },
  BACKEND_TIMEOUT: {
    code: 31,
    text: 'the backend did not answer in time',
    remedy: 'ask again if asking twice does no harm',
  },
  BACKEND_FAILED: {
    code: 32,
    text: 'the backend could not be asked',
    remedy: 'ask again later',
  },
  TOPIC_FULL: {
    code: 40,
    text: 'the topic has as many subscribers as allowed',
    remedy: 'subscribe again later',
  },
  AUTH_INVALID: {
    code: 64,
    text: 'the token is not valid for this uid and appcode',
    remedy: 'get a new token from your backend',
  },
  AUTH_EXPIRED: {
    code: 65,
    text: 'the token has expired',
    remedy: 'get a new token from your backend',
  },
  KICKED: {
    code: 66,
    text: 'another device of this user logged in',
    remedy: 'ask the person before logging in again',
  },
  LOGGED_OUT: { code: 67, text: 'the session was logged out', remedy: 'log in again when wanted' },
  UNKNOWN_APPCODE: {
    code: 68,
    text: 'the appcode is not configured',
    remedy: 'add it under "apps" in the configuration',
  },
  BAD_MAGIC: {
    code: 69,
    text: 'the connection does not start with a preamble',
    remedy: 'send D5 4D, versions, capabilities first',
  },
  BAD_FRAME: {
    code: 70,
    text: 'a frame breaks the format',
    remedy: 'fix the client: see PROTOCOL.md',
  },
  FRAME_TOO_LARGE: {
    code: 71,
    text: 'a frame is larger than allowed',
    remedy: 'send less at once: see PROTOCOL.md, limits',
  },
  UNKNOWN_COMMAND: {
    code: 72,
    text: 'a critical command is not known here',
    remedy: 'use a command of the agreed version',
  },
  UNSUPPORTED_VERSION: {
    code: 73,
    text: 'no common protocol version',
    remedy: 'update the client',
  },
  UNSUPPORTED_EXTENSION: {
    code: 74,
    text: 'a critical extension is not known here',
    remedy: 'offer it as a capability first',
  },
  NOT_LOGGED_IN: {
    code: 75,
    text: 'a frame other than LOGIN came before login',
    remedy: 'wait for LOGIN_ACK',
  },
  BAD_FIELD: {
    code: 76,
    text: 'a field has a value that is not allowed',
    remedy: 'see the message: it names the field',
  },
  PING_FLOOD: {
    code: 77,
    text: 'pings come too often',
    remedy: 'leave at least five seconds between pings',
  },
  ALREADY_LOGGED_IN: {
    code: 78,
    text: 'a second LOGIN on one connection',
    remedy: 'open another connection',
  },
  NO_ROUTE: {
    code: 79,
    text: 'no topic is configured for this msgtype',
    remedy: 'add a row to the C2S table',
  },
  SUPERSEDED: {
    code: 80,
    text: 'a newer connection of this device took over',
    remedy: 'give each running app its own device name; the newer connection serves',
  },
  NO_ROOM: {
    code: 81,
    text: 'as many devices of this user as are allowed are logged in',
    remedy: 'log out on another device, then log in again',
  },
  REVOKED: {
    code: 82,
    text: 'the token was revoked',
    remedy: 'ask the person to sign in again, then get a new token',
  },
  USER_LIMIT: {
    code: 85,
    text: 'this user has as many sessions as allowed',
    remedy: 'log out somewhere else, then log in again',
  },
  DENIED: {
    code: 90,
    text: 'the backend does not allow it',
    remedy: 'see the message: it says why',
  },
  TOO_LATE: {
    code: 91,
    text: 'the message is too old to be recalled',
    remedy: 'recall within the time that is configured',
  },
  UNKNOWN_MESSAGE: {
    code: 92,
    text: 'there is no such message of this user',
    remedy: 'name the peer and the msgid of a message that this user sent',
  },
  NO_CONVERSATIONS: {
    code: 93,
    text: 'messages between users are switched off',
    remedy: 'set conversations.enabled on the server',
  },
  UNKNOWN_NAMESPACE: {
    code: 105,
    text: 'there is no such namespace of topics',
    remedy: 'add it under "topics" in the configuration, or by the API',
  },
  TOPIC_FORBIDDEN: {
    code: 106,
    text: 'the namespace does not allow that to this user',
    remedy: 'see who may "subscribe" and "publish" there',
  },
  BAD_TOPIC: {
    code: 107,
    text: 'the topic has no usable name',
    remedy: 'write <namespace>:<rest>, at most 128 bytes',
  },
  TOPIC_LIMIT: {
    code: 108,
    text: 'this session has as many topics as allowed',
    remedy: 'unsubscribe from some',
  },
  NOT_SUBSCRIBED: {
    code: 109,
    text: 'this session does not have the topic',
    remedy: 'subscribe first',
  },
  NO_HISTORY: {
    code: 110,
    text: 'topics of this namespace are not stored',
    remedy: 'set "history" of the namespace',
  },
  NO_PRESENCE: {
    code: 111,
    text: 'it is not told who has topics of this namespace',
    remedy: 'set "presence" of the namespace',
  },
  UNSUBSCRIBED: {
    code: 112,
    text: 'the backend has ended the subscription',
    remedy: 'subscribe if that is allowed',
  },
} as const satisfies Record<string, CodeRow>

export type CodeName = keyof typeof CODES

const names = new Map<number, CodeName>(
  Object.entries(CODES).map(([name, row]) => [row.code, name as CodeName]),
)

/** The name of a code, or undefined when it is newer than this package. */
export const codeName = (code: number): CodeName | undefined => names.get(code)

/** What a client does after this code, also for codes it does not know. */
export const codeAction = (code: number): Action => (code >= 64 ? 'stop' : 'retry')

/** A violation of the protocol by the other side: what to tell it before hanging up. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: CodeName
  constructor(code: CodeName, detail?: string) {
    super(detail === undefined ? CODES[code].text : `${CODES[code].text}: ${detail}`)
    this.code = code
  }
}
