/**
 * Application bytes of peers, computed from their published formats for the same case: uid 8, device
 * 16, token 32, topic or channel 8, payload 100 ASCII bytes; WebSocket framing where they need it.
 */
export interface Format {
  readonly name: string
  /** Up + down. */
  readonly keepalive: number
  /** Up + down, without the HTTP upgrade of a WebSocket. */
  readonly login: number
  /** One message down. */
  readonly deliver: number
  /** Its acknowledgement up; undefined where the protocol has none. */
  readonly ack: number | undefined
}

const UID = 8
const DEVICE = 16
const TOKEN = 32
const TOPIC = 8
const PAYLOAD = 100
/** Frame header of a WebSocket, payloads below 126 bytes: down, and masked up. */
const WS_DOWN = 2
const WS_UP = 6

const payload = 'x'.repeat(PAYLOAD)

const mqtt = (): Format => {
  const string = (length: number): number => 2 + length
  const variableHeader = string('MQTT'.length) + 1 + 1 + 2
  const connect = 2 + variableHeader + string(DEVICE) + string(UID) + string(TOKEN)
  return {
    name: 'MQTT 3.1.1 QoS 1',
    keepalive: 2 + 2,
    login: connect + 4,
    deliver: 2 + string(TOPIC) + 2 + PAYLOAD,
    ack: 4,
  }
}

const xmpp = (): Format => {
  const to = "to='userid01@im.example/mobile-device-01'"
  const from = "from='im.example'"
  const ping = `<iq ${from} ${to} id='p1' type='get'><ping xmlns='urn:xmpp:ping'/></iq>`
  const pong = "<iq to='im.example' id='p1' type='result'/>"
  const message = `<message ${from} ${to} type='chat'><body>${payload}</body></message>`
  // SASL PLAIN, resource binding and XEP-0198, from RFC 6120 §9 with the sizes above.
  const up = [
    "<?xml version='1.0'?><stream:stream to='im.example' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
    `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${'x'.repeat(Math.ceil((UID + TOKEN + 2) / 3) * 4)}</auth>`,
    "<stream:stream to='im.example' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
    "<iq id='b1' type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>mobile-device-01</resource></bind></iq>",
    "<enable xmlns='urn:xmpp:sm:3'/>",
  ].join('')
  const down = [
    "<?xml version='1.0'?><stream:stream from='im.example' id='s1' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
    "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>",
    "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    "<stream:stream from='im.example' id='s2' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
    "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/></stream:features>",
    "<iq id='b1' type='result'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>userid01@im.example/mobile-device-01</jid></bind></iq>",
    "<enabled xmlns='urn:xmpp:sm:3'/>",
  ].join('')
  return {
    name: 'XMPP, XEP-0199 and XEP-0198',
    keepalive: ping.length + pong.length,
    login: up.length + down.length,
    deliver: message.length + "<r xmlns='urn:xmpp:sm:3'/>".length,
    ack: "<a xmlns='urn:xmpp:sm:3' h='1'/>".length,
  }
}

const wukongim = (): Format => {
  const string = (length: number): number => 2 + length
  // Header 1 + length 1 or 2; see protocol.go, connect.go, recv.go of WuKongIMGoProto, version 5.
  const connect = 2 + 1 + 1 + string(DEVICE) + string(UID) + string(TOKEN) + 8 + string(44)
  const connack = 2 + 1 + 8 + 1 + string(44) + string(16) + 8
  const recv =
    3 + 1 + string(0) + string(UID) + string(UID) + 1 + 4 + string(32) + 8 + 4 + 4 + PAYLOAD
  return {
    name: 'WuKongIM v5, encryption off',
    keepalive: 1 + 1,
    login: connect + connack,
    deliver: recv,
    ack: 2 + 8 + 4,
  }
}

const goim = (): Format => {
  const header = 4 + 2 + 2 + 4 + 4
  const auth = `{"mid":12345678,"key":"${'x'.repeat(DEVICE)}","room_id":"live://1","platform":"a","accepts":[1]}`
  return {
    name: 'goim v2',
    keepalive: header + header + 4,
    login: header + auth.length + header,
    deliver: header + PAYLOAD,
    ack: undefined,
  }
}

const centrifugo = (): Format => {
  const connect = `{"connect":{"token":"${'x'.repeat(TOKEN)}"},"id":1}`
  const connected = `{"id":1,"connect":{"client":"${'x'.repeat(36)}","version":"6.0.0","subs":{"${'x'.repeat(TOPIC)}":{"recoverable":true,"epoch":"abcd","positioned":true}},"ping":25,"pong":true}}`
  const push = `{"push":{"channel":"${'x'.repeat(TOPIC)}","pub":{"data":"${payload}","offset":1}}}`
  return {
    name: 'Centrifugo JSON over WebSocket',
    keepalive: WS_DOWN + '{}'.length + WS_UP + '{}'.length,
    login: WS_UP + connect.length + WS_DOWN + 2 + connected.length,
    deliver: WS_DOWN + 2 + push.length,
    ack: undefined,
  }
}

export const FORMATS: readonly Format[] = [mqtt(), xmpp(), wukongim(), goim(), centrifugo()]
