/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

const $uint64 = (reader) => {
  let value = 0
  for (let scale = 1, count = 0; count < 8; count++, scale *= 128) {
    if (reader.pos >= reader.len) throw new $RangeError("index out of range")
    const byte = reader.buf[reader.pos++]
    value += (byte & 127) * scale
    if (byte < 128 && value <= Number.MAX_SAFE_INTEGER) return value
  }
  throw new $RangeError("a number above 2^53 - 1")
}

// Exported root namespace
const $root = {};

export const edge = $root.edge = (() => {

    /**
     * Namespace edge.
     * @exports edge
     * @namespace
     */
    const edge = {};

    edge.Login = (function() {

        /**
         * Properties of a Login.
         * @typedef {Object} edge.Login.$Properties
         * @property {string|null} [uid] Login uid
         * @property {number|null} [appcode] Login appcode
         * @property {string|null} [device] Login device
         * @property {string|null} [token] Login token
         * @property {number|null} [epoch] Login epoch
         * @property {number|null} [seq] Login seq
         * @property {Uint8Array|null} [prevSession] Login prevSession
         * @property {number|null} [dial] Login dial
         * @property {string|null} [agent] Login agent
         * @property {number|null} [awake] Login awake
         * @property {Uint8Array|null} [ticket] Login ticket
         * @property {number|null} [features] Login features
         * @property {number|null} [refEpoch] Login refEpoch
         * @property {boolean|null} [metered] Login metered
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Login.
         * @memberof edge
         * @interface ILogin
         * @augments edge.Login.$Properties
         * @deprecated Use edge.Login.$Properties instead.
         */

        /**
         * Shape of a Login.
         * @typedef {edge.Login.$Properties} edge.Login.$Shape
         */

        /**
         * Constructs a new Login.
         * @memberof edge
         * @classdesc Represents a Login.
         * @constructor
         * @param {edge.Login.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Login = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Login uid.
         * @member {string} uid
         * @memberof edge.Login
         * @instance
         */
        Login.prototype.uid = "";

        /**
         * Login appcode.
         * @member {number} appcode
         * @memberof edge.Login
         * @instance
         */
        Login.prototype.appcode = 0;

        /**
         * Login device.
         * @member {string} device
         * @memberof edge.Login
         * @instance
         */
        Login.prototype.device = "";

        /**
         * Login token.
         * @member {string} token
         * @memberof edge.Login
         * @instance
         */
        Login.prototype.token = "";

        /**
         * Login epoch.
         * @member {number} epoch
         * @memberof edge.Login
         * @instance
         */
        Login.prototype.epoch = 0;

        /**
         * Login seq.
         * @member {number} seq
         * @memberof edge.Login
         * @instance
         */
        Login.prototype.seq = 0;

        /**
         * Login prevSession.
         * @member {Uint8Array} prevSession
         * @memberof edge.Login
         * @instance
         */
        Login.prototype.prevSession = $util.newBuffer([]);

        /**
         * Login dial.
         * @member {number} dial
         * @memberof edge.Login
         * @instance
         */
        Login.prototype.dial = 0;

        /**
         * Login agent.
         * @member {string} agent
         * @memberof edge.Login
         * @instance
         */
        Login.prototype.agent = "";

        /**
         * Login awake.
         * @member {number} awake
         * @memberof edge.Login
         * @instance
         */
        Login.prototype.awake = 0;

        /**
         * Login ticket.
         * @member {Uint8Array} ticket
         * @memberof edge.Login
         * @instance
         */
        Login.prototype.ticket = $util.newBuffer([]);

        /**
         * Login features.
         * @member {number} features
         * @memberof edge.Login
         * @instance
         */
        Login.prototype.features = 0;

        /**
         * Login refEpoch.
         * @member {number} refEpoch
         * @memberof edge.Login
         * @instance
         */
        Login.prototype.refEpoch = 0;

        /**
         * Login metered.
         * @member {boolean} metered
         * @memberof edge.Login
         * @instance
         */
        Login.prototype.metered = false;

        /**
         * Encodes the specified Login message. Does not implicitly {@link edge.Login.verify|verify} messages.
         * @function encode
         * @memberof edge.Login
         * @static
         * @param {edge.Login.$Properties} message Login message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Login.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.uid != null && $Object.hasOwnProperty.call(message, "uid") && message.uid !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.uid);
            if (message.appcode != null && $Object.hasOwnProperty.call(message, "appcode") && message.appcode !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.appcode);
            if (message.device != null && $Object.hasOwnProperty.call(message, "device") && message.device !== "")
                writer.uint32(/* id 3, wireType 2 =*/26).string(message.device);
            if (message.token != null && $Object.hasOwnProperty.call(message, "token") && message.token !== "")
                writer.uint32(/* id 4, wireType 2 =*/34).string(message.token);
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && message.epoch !== 0)
                writer.uint32(/* id 5, wireType 5 =*/45).fixed32(message.epoch);
            if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && (typeof message.seq === "object" ? message.seq.low || message.seq.high : message.seq !== 0))
                writer.uint32(/* id 6, wireType 0 =*/48).uint64(message.seq);
            if (message.prevSession != null && $Object.hasOwnProperty.call(message, "prevSession") && message.prevSession.length)
                writer.uint32(/* id 7, wireType 2 =*/58).bytes(message.prevSession);
            if (message.dial != null && $Object.hasOwnProperty.call(message, "dial") && (typeof message.dial === "object" ? message.dial.low || message.dial.high : message.dial !== 0))
                writer.uint32(/* id 8, wireType 0 =*/64).uint64(message.dial);
            if (message.agent != null && $Object.hasOwnProperty.call(message, "agent") && message.agent !== "")
                writer.uint32(/* id 9, wireType 2 =*/74).string(message.agent);
            if (message.awake != null && $Object.hasOwnProperty.call(message, "awake") && message.awake !== 0)
                writer.uint32(/* id 10, wireType 0 =*/80).uint32(message.awake);
            if (message.ticket != null && $Object.hasOwnProperty.call(message, "ticket") && message.ticket.length)
                writer.uint32(/* id 11, wireType 2 =*/90).bytes(message.ticket);
            if (message.features != null && $Object.hasOwnProperty.call(message, "features") && message.features !== 0)
                writer.uint32(/* id 12, wireType 0 =*/96).uint32(message.features);
            if (message.refEpoch != null && $Object.hasOwnProperty.call(message, "refEpoch") && message.refEpoch !== 0)
                writer.uint32(/* id 14, wireType 5 =*/117).fixed32(message.refEpoch);
            if (message.metered != null && $Object.hasOwnProperty.call(message, "metered") && message.metered !== false)
                writer.uint32(/* id 15, wireType 0 =*/120).bool(message.metered);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Login message from the specified reader or buffer.
         * @function decode
         * @memberof edge.Login
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.Login & edge.Login.$Shape} Login
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Login.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.Login();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.uid = value;
                        else
                            delete message.uid;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.appcode = value;
                        else
                            delete message.appcode;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.device = value;
                        else
                            delete message.device;
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.token = value;
                        else
                            delete message.token;
                        continue;
                    }
                case 5: {
                        if (wireType !== 5)
                            break;
                        if (value = reader.fixed32())
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.seq = value;
                        else
                            delete message.seq;
                        continue;
                    }
                case 7: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.prevSession = value;
                        else
                            delete message.prevSession;
                        continue;
                    }
                case 8: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.dial = value;
                        else
                            delete message.dial;
                        continue;
                    }
                case 9: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.agent = value;
                        else
                            delete message.agent;
                        continue;
                    }
                case 10: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.awake = value;
                        else
                            delete message.awake;
                        continue;
                    }
                case 11: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.ticket = value;
                        else
                            delete message.ticket;
                        continue;
                    }
                case 12: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.features = value;
                        else
                            delete message.features;
                        continue;
                    }
                case 14: {
                        if (wireType !== 5)
                            break;
                        if (value = reader.fixed32())
                            message.refEpoch = value;
                        else
                            delete message.refEpoch;
                        continue;
                    }
                case 15: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.metered = value;
                        else
                            delete message.metered;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Login;
    })();

    edge.LoginAck = (function() {

        /**
         * Properties of a LoginAck.
         * @typedef {Object} edge.LoginAck.$Properties
         * @property {Uint8Array|null} [session] LoginAck session
         * @property {number|null} [epoch] LoginAck epoch
         * @property {number|null} [max] LoginAck max
         * @property {number|null} [base] LoginAck base
         * @property {number|null} [prevState] LoginAck prevState
         * @property {number|null} [pingStart] LoginAck pingStart
         * @property {number|null} [pingMax] LoginAck pingMax
         * @property {number|null} [reconnectWindow] LoginAck reconnectWindow
         * @property {number|null} [version] LoginAck version
         * @property {boolean|null} [reset] LoginAck reset
         * @property {number|null} [expires] LoginAck expires
         * @property {number|null} [ackTimeout] LoginAck ackTimeout
         * @property {Uint8Array|null} [network] LoginAck network
         * @property {number|null} [pingFloor] LoginAck pingFloor
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a LoginAck.
         * @memberof edge
         * @interface ILoginAck
         * @augments edge.LoginAck.$Properties
         * @deprecated Use edge.LoginAck.$Properties instead.
         */

        /**
         * Shape of a LoginAck.
         * @typedef {edge.LoginAck.$Properties} edge.LoginAck.$Shape
         */

        /**
         * Constructs a new LoginAck.
         * @memberof edge
         * @classdesc Represents a LoginAck.
         * @constructor
         * @param {edge.LoginAck.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const LoginAck = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * LoginAck session.
         * @member {Uint8Array} session
         * @memberof edge.LoginAck
         * @instance
         */
        LoginAck.prototype.session = $util.newBuffer([]);

        /**
         * LoginAck epoch.
         * @member {number} epoch
         * @memberof edge.LoginAck
         * @instance
         */
        LoginAck.prototype.epoch = 0;

        /**
         * LoginAck max.
         * @member {number} max
         * @memberof edge.LoginAck
         * @instance
         */
        LoginAck.prototype.max = 0;

        /**
         * LoginAck base.
         * @member {number} base
         * @memberof edge.LoginAck
         * @instance
         */
        LoginAck.prototype.base = 0;

        /**
         * LoginAck prevState.
         * @member {number} prevState
         * @memberof edge.LoginAck
         * @instance
         */
        LoginAck.prototype.prevState = 0;

        /**
         * LoginAck pingStart.
         * @member {number} pingStart
         * @memberof edge.LoginAck
         * @instance
         */
        LoginAck.prototype.pingStart = 0;

        /**
         * LoginAck pingMax.
         * @member {number} pingMax
         * @memberof edge.LoginAck
         * @instance
         */
        LoginAck.prototype.pingMax = 0;

        /**
         * LoginAck reconnectWindow.
         * @member {number} reconnectWindow
         * @memberof edge.LoginAck
         * @instance
         */
        LoginAck.prototype.reconnectWindow = 0;

        /**
         * LoginAck version.
         * @member {number} version
         * @memberof edge.LoginAck
         * @instance
         */
        LoginAck.prototype.version = 0;

        /**
         * LoginAck reset.
         * @member {boolean} reset
         * @memberof edge.LoginAck
         * @instance
         */
        LoginAck.prototype.reset = false;

        /**
         * LoginAck expires.
         * @member {number} expires
         * @memberof edge.LoginAck
         * @instance
         */
        LoginAck.prototype.expires = 0;

        /**
         * LoginAck ackTimeout.
         * @member {number} ackTimeout
         * @memberof edge.LoginAck
         * @instance
         */
        LoginAck.prototype.ackTimeout = 0;

        /**
         * LoginAck network.
         * @member {Uint8Array} network
         * @memberof edge.LoginAck
         * @instance
         */
        LoginAck.prototype.network = $util.newBuffer([]);

        /**
         * LoginAck pingFloor.
         * @member {number} pingFloor
         * @memberof edge.LoginAck
         * @instance
         */
        LoginAck.prototype.pingFloor = 0;

        /**
         * Encodes the specified LoginAck message. Does not implicitly {@link edge.LoginAck.verify|verify} messages.
         * @function encode
         * @memberof edge.LoginAck
         * @static
         * @param {edge.LoginAck.$Properties} message LoginAck message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        LoginAck.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.session != null && $Object.hasOwnProperty.call(message, "session") && message.session.length)
                writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.session);
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && message.epoch !== 0)
                writer.uint32(/* id 2, wireType 5 =*/21).fixed32(message.epoch);
            if (message.max != null && $Object.hasOwnProperty.call(message, "max") && (typeof message.max === "object" ? message.max.low || message.max.high : message.max !== 0))
                writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.max);
            if (message.base != null && $Object.hasOwnProperty.call(message, "base") && (typeof message.base === "object" ? message.base.low || message.base.high : message.base !== 0))
                writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.base);
            if (message.prevState != null && $Object.hasOwnProperty.call(message, "prevState") && message.prevState !== 0)
                writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.prevState);
            if (message.pingStart != null && $Object.hasOwnProperty.call(message, "pingStart") && message.pingStart !== 0)
                writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.pingStart);
            if (message.pingMax != null && $Object.hasOwnProperty.call(message, "pingMax") && message.pingMax !== 0)
                writer.uint32(/* id 7, wireType 0 =*/56).uint32(message.pingMax);
            if (message.reconnectWindow != null && $Object.hasOwnProperty.call(message, "reconnectWindow") && message.reconnectWindow !== 0)
                writer.uint32(/* id 8, wireType 0 =*/64).uint32(message.reconnectWindow);
            if (message.version != null && $Object.hasOwnProperty.call(message, "version") && message.version !== 0)
                writer.uint32(/* id 9, wireType 0 =*/72).uint32(message.version);
            if (message.reset != null && $Object.hasOwnProperty.call(message, "reset") && message.reset !== false)
                writer.uint32(/* id 10, wireType 0 =*/80).bool(message.reset);
            if (message.expires != null && $Object.hasOwnProperty.call(message, "expires") && (typeof message.expires === "object" ? message.expires.low || message.expires.high : message.expires !== 0))
                writer.uint32(/* id 11, wireType 0 =*/88).uint64(message.expires);
            if (message.ackTimeout != null && $Object.hasOwnProperty.call(message, "ackTimeout") && message.ackTimeout !== 0)
                writer.uint32(/* id 12, wireType 0 =*/96).uint32(message.ackTimeout);
            if (message.network != null && $Object.hasOwnProperty.call(message, "network") && message.network.length)
                writer.uint32(/* id 13, wireType 2 =*/106).bytes(message.network);
            if (message.pingFloor != null && $Object.hasOwnProperty.call(message, "pingFloor") && message.pingFloor !== 0)
                writer.uint32(/* id 14, wireType 0 =*/112).uint32(message.pingFloor);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a LoginAck message from the specified reader or buffer.
         * @function decode
         * @memberof edge.LoginAck
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.LoginAck & edge.LoginAck.$Shape} LoginAck
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        LoginAck.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.LoginAck();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.session = value;
                        else
                            delete message.session;
                        continue;
                    }
                case 2: {
                        if (wireType !== 5)
                            break;
                        if (value = reader.fixed32())
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.max = value;
                        else
                            delete message.max;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.base = value;
                        else
                            delete message.base;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.prevState = value;
                        else
                            delete message.prevState;
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.pingStart = value;
                        else
                            delete message.pingStart;
                        continue;
                    }
                case 7: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.pingMax = value;
                        else
                            delete message.pingMax;
                        continue;
                    }
                case 8: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.reconnectWindow = value;
                        else
                            delete message.reconnectWindow;
                        continue;
                    }
                case 9: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.version = value;
                        else
                            delete message.version;
                        continue;
                    }
                case 10: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.reset = value;
                        else
                            delete message.reset;
                        continue;
                    }
                case 11: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.expires = value;
                        else
                            delete message.expires;
                        continue;
                    }
                case 12: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.ackTimeout = value;
                        else
                            delete message.ackTimeout;
                        continue;
                    }
                case 13: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.network = value;
                        else
                            delete message.network;
                        continue;
                    }
                case 14: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.pingFloor = value;
                        else
                            delete message.pingFloor;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return LoginAck;
    })();

    edge.Token = (function() {

        /**
         * Properties of a Token.
         * @typedef {Object} edge.Token.$Properties
         * @property {string|null} [token] Token token
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Token.
         * @memberof edge
         * @interface IToken
         * @augments edge.Token.$Properties
         * @deprecated Use edge.Token.$Properties instead.
         */

        /**
         * Shape of a Token.
         * @typedef {edge.Token.$Properties} edge.Token.$Shape
         */

        /**
         * Constructs a new Token.
         * @memberof edge
         * @classdesc Represents a Token.
         * @constructor
         * @param {edge.Token.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Token = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Token token.
         * @member {string} token
         * @memberof edge.Token
         * @instance
         */
        Token.prototype.token = "";

        /**
         * Encodes the specified Token message. Does not implicitly {@link edge.Token.verify|verify} messages.
         * @function encode
         * @memberof edge.Token
         * @static
         * @param {edge.Token.$Properties} message Token message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Token.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.token != null && $Object.hasOwnProperty.call(message, "token") && message.token !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.token);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Token message from the specified reader or buffer.
         * @function decode
         * @memberof edge.Token
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.Token & edge.Token.$Shape} Token
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Token.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.Token();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.token = value;
                        else
                            delete message.token;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Token;
    })();

    edge.TokenAck = (function() {

        /**
         * Properties of a TokenAck.
         * @typedef {Object} edge.TokenAck.$Properties
         * @property {number|null} [expires] TokenAck expires
         * @property {number|null} [code] TokenAck code
         * @property {string|null} [message] TokenAck message
         * @property {number|null} [retryAfter] TokenAck retryAfter
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a TokenAck.
         * @memberof edge
         * @interface ITokenAck
         * @augments edge.TokenAck.$Properties
         * @deprecated Use edge.TokenAck.$Properties instead.
         */

        /**
         * Shape of a TokenAck.
         * @typedef {edge.TokenAck.$Properties} edge.TokenAck.$Shape
         */

        /**
         * Constructs a new TokenAck.
         * @memberof edge
         * @classdesc Represents a TokenAck.
         * @constructor
         * @param {edge.TokenAck.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const TokenAck = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * TokenAck expires.
         * @member {number} expires
         * @memberof edge.TokenAck
         * @instance
         */
        TokenAck.prototype.expires = 0;

        /**
         * TokenAck code.
         * @member {number} code
         * @memberof edge.TokenAck
         * @instance
         */
        TokenAck.prototype.code = 0;

        /**
         * TokenAck message.
         * @member {string} message
         * @memberof edge.TokenAck
         * @instance
         */
        TokenAck.prototype.message = "";

        /**
         * TokenAck retryAfter.
         * @member {number} retryAfter
         * @memberof edge.TokenAck
         * @instance
         */
        TokenAck.prototype.retryAfter = 0;

        /**
         * Encodes the specified TokenAck message. Does not implicitly {@link edge.TokenAck.verify|verify} messages.
         * @function encode
         * @memberof edge.TokenAck
         * @static
         * @param {edge.TokenAck.$Properties} message TokenAck message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        TokenAck.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.expires != null && $Object.hasOwnProperty.call(message, "expires") && (typeof message.expires === "object" ? message.expires.low || message.expires.high : message.expires !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.expires);
            if (message.code != null && $Object.hasOwnProperty.call(message, "code") && message.code !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.code);
            if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                writer.uint32(/* id 3, wireType 2 =*/26).string(message.message);
            if (message.retryAfter != null && $Object.hasOwnProperty.call(message, "retryAfter") && message.retryAfter !== 0)
                writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.retryAfter);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a TokenAck message from the specified reader or buffer.
         * @function decode
         * @memberof edge.TokenAck
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.TokenAck & edge.TokenAck.$Shape} TokenAck
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        TokenAck.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.TokenAck();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.expires = value;
                        else
                            delete message.expires;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.code = value;
                        else
                            delete message.code;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.message = value;
                        else
                            delete message.message;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.retryAfter = value;
                        else
                            delete message.retryAfter;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return TokenAck;
    })();

    edge.Expiring = (function() {

        /**
         * Properties of an Expiring.
         * @typedef {Object} edge.Expiring.$Properties
         * @property {number|null} [expires] Expiring expires
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an Expiring.
         * @memberof edge
         * @interface IExpiring
         * @augments edge.Expiring.$Properties
         * @deprecated Use edge.Expiring.$Properties instead.
         */

        /**
         * Shape of an Expiring.
         * @typedef {edge.Expiring.$Properties} edge.Expiring.$Shape
         */

        /**
         * Constructs a new Expiring.
         * @memberof edge
         * @classdesc Represents an Expiring.
         * @constructor
         * @param {edge.Expiring.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Expiring = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Expiring expires.
         * @member {number} expires
         * @memberof edge.Expiring
         * @instance
         */
        Expiring.prototype.expires = 0;

        /**
         * Encodes the specified Expiring message. Does not implicitly {@link edge.Expiring.verify|verify} messages.
         * @function encode
         * @memberof edge.Expiring
         * @static
         * @param {edge.Expiring.$Properties} message Expiring message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Expiring.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.expires != null && $Object.hasOwnProperty.call(message, "expires") && (typeof message.expires === "object" ? message.expires.low || message.expires.high : message.expires !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.expires);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes an Expiring message from the specified reader or buffer.
         * @function decode
         * @memberof edge.Expiring
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.Expiring & edge.Expiring.$Shape} Expiring
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Expiring.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.Expiring();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.expires = value;
                        else
                            delete message.expires;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Expiring;
    })();

    edge.Kick = (function() {

        /**
         * Properties of a Kick.
         * @typedef {Object} edge.Kick.$Properties
         * @property {string|null} [message] Kick message
         * @property {number|null} [retryAfter] Kick retryAfter
         * @property {number|null} [spread] Kick spread
         * @property {Array.<string>|null} [addresses] Kick addresses
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Kick.
         * @memberof edge
         * @interface IKick
         * @augments edge.Kick.$Properties
         * @deprecated Use edge.Kick.$Properties instead.
         */

        /**
         * Shape of a Kick.
         * @typedef {edge.Kick.$Properties} edge.Kick.$Shape
         */

        /**
         * Constructs a new Kick.
         * @memberof edge
         * @classdesc Represents a Kick.
         * @constructor
         * @param {edge.Kick.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Kick = function (properties) {
            this.addresses = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Kick message.
         * @member {string} message
         * @memberof edge.Kick
         * @instance
         */
        Kick.prototype.message = "";

        /**
         * Kick retryAfter.
         * @member {number} retryAfter
         * @memberof edge.Kick
         * @instance
         */
        Kick.prototype.retryAfter = 0;

        /**
         * Kick spread.
         * @member {number} spread
         * @memberof edge.Kick
         * @instance
         */
        Kick.prototype.spread = 0;

        /**
         * Kick addresses.
         * @member {Array.<string>} addresses
         * @memberof edge.Kick
         * @instance
         */
        Kick.prototype.addresses = $util.emptyArray;

        /**
         * Encodes the specified Kick message. Does not implicitly {@link edge.Kick.verify|verify} messages.
         * @function encode
         * @memberof edge.Kick
         * @static
         * @param {edge.Kick.$Properties} message Kick message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Kick.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.message);
            if (message.retryAfter != null && $Object.hasOwnProperty.call(message, "retryAfter") && message.retryAfter !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.retryAfter);
            if (message.spread != null && $Object.hasOwnProperty.call(message, "spread") && message.spread !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.spread);
            if (message.addresses != null && message.addresses.length)
                for (let i = 0; i < message.addresses.length; ++i)
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.addresses[i]);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Kick message from the specified reader or buffer.
         * @function decode
         * @memberof edge.Kick
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.Kick & edge.Kick.$Shape} Kick
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Kick.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.Kick();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.message = value;
                        else
                            delete message.message;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.retryAfter = value;
                        else
                            delete message.retryAfter;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.spread = value;
                        else
                            delete message.spread;
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        if (!(message.addresses && message.addresses.length))
                            message.addresses = [];
                        message.addresses.push(reader.stringVerify());
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Kick;
    })();

    edge.Migrate = (function() {

        /**
         * Properties of a Migrate.
         * @typedef {Object} edge.Migrate.$Properties
         * @property {Array.<string>|null} [targets] Migrate targets
         * @property {number|null} [spread] Migrate spread
         * @property {Uint8Array|null} [ticket] Migrate ticket
         * @property {string|null} [reason] Migrate reason
         * @property {number|null} [deadline] Migrate deadline
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Migrate.
         * @memberof edge
         * @interface IMigrate
         * @augments edge.Migrate.$Properties
         * @deprecated Use edge.Migrate.$Properties instead.
         */

        /**
         * Shape of a Migrate.
         * @typedef {edge.Migrate.$Properties} edge.Migrate.$Shape
         */

        /**
         * Constructs a new Migrate.
         * @memberof edge
         * @classdesc Represents a Migrate.
         * @constructor
         * @param {edge.Migrate.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Migrate = function (properties) {
            this.targets = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Migrate targets.
         * @member {Array.<string>} targets
         * @memberof edge.Migrate
         * @instance
         */
        Migrate.prototype.targets = $util.emptyArray;

        /**
         * Migrate spread.
         * @member {number} spread
         * @memberof edge.Migrate
         * @instance
         */
        Migrate.prototype.spread = 0;

        /**
         * Migrate ticket.
         * @member {Uint8Array} ticket
         * @memberof edge.Migrate
         * @instance
         */
        Migrate.prototype.ticket = $util.newBuffer([]);

        /**
         * Migrate reason.
         * @member {string} reason
         * @memberof edge.Migrate
         * @instance
         */
        Migrate.prototype.reason = "";

        /**
         * Migrate deadline.
         * @member {number} deadline
         * @memberof edge.Migrate
         * @instance
         */
        Migrate.prototype.deadline = 0;

        /**
         * Encodes the specified Migrate message. Does not implicitly {@link edge.Migrate.verify|verify} messages.
         * @function encode
         * @memberof edge.Migrate
         * @static
         * @param {edge.Migrate.$Properties} message Migrate message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Migrate.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.targets != null && message.targets.length)
                for (let i = 0; i < message.targets.length; ++i)
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.targets[i]);
            if (message.spread != null && $Object.hasOwnProperty.call(message, "spread") && message.spread !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.spread);
            if (message.ticket != null && $Object.hasOwnProperty.call(message, "ticket") && message.ticket.length)
                writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.ticket);
            if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== "")
                writer.uint32(/* id 4, wireType 2 =*/34).string(message.reason);
            if (message.deadline != null && $Object.hasOwnProperty.call(message, "deadline") && message.deadline !== 0)
                writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.deadline);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Migrate message from the specified reader or buffer.
         * @function decode
         * @memberof edge.Migrate
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.Migrate & edge.Migrate.$Shape} Migrate
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Migrate.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.Migrate();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if (!(message.targets && message.targets.length))
                            message.targets = [];
                        message.targets.push(reader.stringVerify());
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.spread = value;
                        else
                            delete message.spread;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.ticket = value;
                        else
                            delete message.ticket;
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.reason = value;
                        else
                            delete message.reason;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.deadline = value;
                        else
                            delete message.deadline;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Migrate;
    })();

    edge.Message = (function() {

        /**
         * Properties of a Message.
         * @typedef {Object} edge.Message.$Properties
         * @property {number|null} [seq] Message seq
         * @property {number|null} [msgtype] Message msgtype
         * @property {Uint8Array|null} [content] Message content
         * @property {Uint8Array|null} [msgid] Message msgid
         * @property {number|null} [sentAt] Message sentAt
         * @property {Uint8Array|null} [logid] Message logid
         * @property {string|null} [fromUid] Message fromUid
         * @property {number|null} [fromAppcode] Message fromAppcode
         * @property {string|null} [toUid] Message toUid
         * @property {Uint8Array|null} [retracts] Message retracts
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Message.
         * @memberof edge
         * @interface IMessage
         * @augments edge.Message.$Properties
         * @deprecated Use edge.Message.$Properties instead.
         */

        /**
         * Shape of a Message.
         * @typedef {edge.Message.$Properties} edge.Message.$Shape
         */

        /**
         * Constructs a new Message.
         * @memberof edge
         * @classdesc Represents a Message.
         * @constructor
         * @param {edge.Message.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Message = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Message seq.
         * @member {number} seq
         * @memberof edge.Message
         * @instance
         */
        Message.prototype.seq = 0;

        /**
         * Message msgtype.
         * @member {number} msgtype
         * @memberof edge.Message
         * @instance
         */
        Message.prototype.msgtype = 0;

        /**
         * Message content.
         * @member {Uint8Array} content
         * @memberof edge.Message
         * @instance
         */
        Message.prototype.content = $util.newBuffer([]);

        /**
         * Message msgid.
         * @member {Uint8Array} msgid
         * @memberof edge.Message
         * @instance
         */
        Message.prototype.msgid = $util.newBuffer([]);

        /**
         * Message sentAt.
         * @member {number} sentAt
         * @memberof edge.Message
         * @instance
         */
        Message.prototype.sentAt = 0;

        /**
         * Message logid.
         * @member {Uint8Array} logid
         * @memberof edge.Message
         * @instance
         */
        Message.prototype.logid = $util.newBuffer([]);

        /**
         * Message fromUid.
         * @member {string} fromUid
         * @memberof edge.Message
         * @instance
         */
        Message.prototype.fromUid = "";

        /**
         * Message fromAppcode.
         * @member {number} fromAppcode
         * @memberof edge.Message
         * @instance
         */
        Message.prototype.fromAppcode = 0;

        /**
         * Message toUid.
         * @member {string} toUid
         * @memberof edge.Message
         * @instance
         */
        Message.prototype.toUid = "";

        /**
         * Message retracts.
         * @member {Uint8Array} retracts
         * @memberof edge.Message
         * @instance
         */
        Message.prototype.retracts = $util.newBuffer([]);

        /**
         * Encodes the specified Message message. Does not implicitly {@link edge.Message.verify|verify} messages.
         * @function encode
         * @memberof edge.Message
         * @static
         * @param {edge.Message.$Properties} message Message message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Message.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && (typeof message.seq === "object" ? message.seq.low || message.seq.high : message.seq !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.seq);
            if (message.msgtype != null && $Object.hasOwnProperty.call(message, "msgtype") && message.msgtype !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.msgtype);
            if (message.content != null && $Object.hasOwnProperty.call(message, "content") && message.content.length)
                writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.content);
            if (message.msgid != null && $Object.hasOwnProperty.call(message, "msgid") && message.msgid.length)
                writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.msgid);
            if (message.sentAt != null && $Object.hasOwnProperty.call(message, "sentAt") && (typeof message.sentAt === "object" ? message.sentAt.low || message.sentAt.high : message.sentAt !== 0))
                writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.sentAt);
            if (message.logid != null && $Object.hasOwnProperty.call(message, "logid") && message.logid.length)
                writer.uint32(/* id 6, wireType 2 =*/50).bytes(message.logid);
            if (message.fromUid != null && $Object.hasOwnProperty.call(message, "fromUid") && message.fromUid !== "")
                writer.uint32(/* id 7, wireType 2 =*/58).string(message.fromUid);
            if (message.fromAppcode != null && $Object.hasOwnProperty.call(message, "fromAppcode") && message.fromAppcode !== 0)
                writer.uint32(/* id 8, wireType 0 =*/64).uint32(message.fromAppcode);
            if (message.toUid != null && $Object.hasOwnProperty.call(message, "toUid") && message.toUid !== "")
                writer.uint32(/* id 9, wireType 2 =*/74).string(message.toUid);
            if (message.retracts != null && $Object.hasOwnProperty.call(message, "retracts") && message.retracts.length)
                writer.uint32(/* id 10, wireType 2 =*/82).bytes(message.retracts);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Message message from the specified reader or buffer.
         * @function decode
         * @memberof edge.Message
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.Message & edge.Message.$Shape} Message
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Message.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.Message();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.seq = value;
                        else
                            delete message.seq;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.msgtype = value;
                        else
                            delete message.msgtype;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.content = value;
                        else
                            delete message.content;
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.msgid = value;
                        else
                            delete message.msgid;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.sentAt = value;
                        else
                            delete message.sentAt;
                        continue;
                    }
                case 6: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.logid = value;
                        else
                            delete message.logid;
                        continue;
                    }
                case 7: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.fromUid = value;
                        else
                            delete message.fromUid;
                        continue;
                    }
                case 8: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.fromAppcode = value;
                        else
                            delete message.fromAppcode;
                        continue;
                    }
                case 9: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.toUid = value;
                        else
                            delete message.toUid;
                        continue;
                    }
                case 10: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.retracts = value;
                        else
                            delete message.retracts;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Message;
    })();

    edge.PullBody = (function() {

        /**
         * Properties of a PullBody.
         * @typedef {Object} edge.PullBody.$Properties
         * @property {Array.<edge.Message.$Properties>|null} [messages] PullBody messages
         * @property {boolean|null} [more] PullBody more
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a PullBody.
         * @memberof edge
         * @interface IPullBody
         * @augments edge.PullBody.$Properties
         * @deprecated Use edge.PullBody.$Properties instead.
         */

        /**
         * Shape of a PullBody.
         * @typedef {edge.PullBody.$Properties} edge.PullBody.$Shape
         */

        /**
         * Constructs a new PullBody.
         * @memberof edge
         * @classdesc Represents a PullBody.
         * @constructor
         * @param {edge.PullBody.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const PullBody = function (properties) {
            this.messages = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * PullBody messages.
         * @member {Array.<edge.Message.$Properties>} messages
         * @memberof edge.PullBody
         * @instance
         */
        PullBody.prototype.messages = $util.emptyArray;

        /**
         * PullBody more.
         * @member {boolean} more
         * @memberof edge.PullBody
         * @instance
         */
        PullBody.prototype.more = false;

        /**
         * Encodes the specified PullBody message. Does not implicitly {@link edge.PullBody.verify|verify} messages.
         * @function encode
         * @memberof edge.PullBody
         * @static
         * @param {edge.PullBody.$Properties} message PullBody message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        PullBody.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.messages != null && message.messages.length)
                for (let i = 0; i < message.messages.length; ++i)
                    $root.edge.Message.encode(message.messages[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
            if (message.more != null && $Object.hasOwnProperty.call(message, "more") && message.more !== false)
                writer.uint32(/* id 2, wireType 0 =*/16).bool(message.more);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a PullBody message from the specified reader or buffer.
         * @function decode
         * @memberof edge.PullBody
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.PullBody & edge.PullBody.$Shape} PullBody
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        PullBody.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.PullBody();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if (!(message.messages && message.messages.length))
                            message.messages = [];
                        message.messages.push($root.edge.Message.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.more = value;
                        else
                            delete message.more;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return PullBody;
    })();

    edge.ErrorBody = (function() {

        /**
         * Properties of an ErrorBody.
         * @typedef {Object} edge.ErrorBody.$Properties
         * @property {string|null} [message] ErrorBody message
         * @property {number|null} [retryAfter] ErrorBody retryAfter
         * @property {number|null} [ref] ErrorBody ref
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an ErrorBody.
         * @memberof edge
         * @interface IErrorBody
         * @augments edge.ErrorBody.$Properties
         * @deprecated Use edge.ErrorBody.$Properties instead.
         */

        /**
         * Shape of an ErrorBody.
         * @typedef {edge.ErrorBody.$Properties} edge.ErrorBody.$Shape
         */

        /**
         * Constructs a new ErrorBody.
         * @memberof edge
         * @classdesc Represents an ErrorBody.
         * @constructor
         * @param {edge.ErrorBody.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const ErrorBody = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * ErrorBody message.
         * @member {string} message
         * @memberof edge.ErrorBody
         * @instance
         */
        ErrorBody.prototype.message = "";

        /**
         * ErrorBody retryAfter.
         * @member {number} retryAfter
         * @memberof edge.ErrorBody
         * @instance
         */
        ErrorBody.prototype.retryAfter = 0;

        /**
         * ErrorBody ref.
         * @member {number} ref
         * @memberof edge.ErrorBody
         * @instance
         */
        ErrorBody.prototype.ref = 0;

        /**
         * Encodes the specified ErrorBody message. Does not implicitly {@link edge.ErrorBody.verify|verify} messages.
         * @function encode
         * @memberof edge.ErrorBody
         * @static
         * @param {edge.ErrorBody.$Properties} message ErrorBody message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        ErrorBody.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.message);
            if (message.retryAfter != null && $Object.hasOwnProperty.call(message, "retryAfter") && message.retryAfter !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.retryAfter);
            if (message.ref != null && $Object.hasOwnProperty.call(message, "ref") && message.ref !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.ref);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes an ErrorBody message from the specified reader or buffer.
         * @function decode
         * @memberof edge.ErrorBody
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.ErrorBody & edge.ErrorBody.$Shape} ErrorBody
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        ErrorBody.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.ErrorBody();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.message = value;
                        else
                            delete message.message;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.retryAfter = value;
                        else
                            delete message.retryAfter;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.ref = value;
                        else
                            delete message.ref;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return ErrorBody;
    })();

    edge.C2C = (function() {

        /**
         * Properties of a C2C.
         * @typedef {Object} edge.C2C.$Properties
         * @property {string|null} [to] C2C to
         * @property {number|null} [appcode] C2C appcode
         * @property {Uint8Array|null} [content] C2C content
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a C2C.
         * @memberof edge
         * @interface IC2C
         * @augments edge.C2C.$Properties
         * @deprecated Use edge.C2C.$Properties instead.
         */

        /**
         * Shape of a C2C.
         * @typedef {edge.C2C.$Properties} edge.C2C.$Shape
         */

        /**
         * Constructs a new C2C.
         * @memberof edge
         * @classdesc Represents a C2C.
         * @constructor
         * @param {edge.C2C.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const C2C = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * C2C to.
         * @member {string} to
         * @memberof edge.C2C
         * @instance
         */
        C2C.prototype.to = "";

        /**
         * C2C appcode.
         * @member {number} appcode
         * @memberof edge.C2C
         * @instance
         */
        C2C.prototype.appcode = 0;

        /**
         * C2C content.
         * @member {Uint8Array} content
         * @memberof edge.C2C
         * @instance
         */
        C2C.prototype.content = $util.newBuffer([]);

        /**
         * Encodes the specified C2C message. Does not implicitly {@link edge.C2C.verify|verify} messages.
         * @function encode
         * @memberof edge.C2C
         * @static
         * @param {edge.C2C.$Properties} message C2C message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        C2C.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.to != null && $Object.hasOwnProperty.call(message, "to") && message.to !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.to);
            if (message.appcode != null && $Object.hasOwnProperty.call(message, "appcode") && message.appcode !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.appcode);
            if (message.content != null && $Object.hasOwnProperty.call(message, "content") && message.content.length)
                writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.content);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a C2C message from the specified reader or buffer.
         * @function decode
         * @memberof edge.C2C
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.C2C & edge.C2C.$Shape} C2C
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        C2C.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.C2C();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.to = value;
                        else
                            delete message.to;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.appcode = value;
                        else
                            delete message.appcode;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.content = value;
                        else
                            delete message.content;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return C2C;
    })();

    edge.SendAck = (function() {

        /**
         * Properties of a SendAck.
         * @typedef {Object} edge.SendAck.$Properties
         * @property {Uint8Array|null} [msgid] SendAck msgid
         * @property {Uint8Array|null} [logid] SendAck logid
         * @property {number|null} [retryAfter] SendAck retryAfter
         * @property {string|null} [message] SendAck message
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a SendAck.
         * @memberof edge
         * @interface ISendAck
         * @augments edge.SendAck.$Properties
         * @deprecated Use edge.SendAck.$Properties instead.
         */

        /**
         * Shape of a SendAck.
         * @typedef {edge.SendAck.$Properties} edge.SendAck.$Shape
         */

        /**
         * Constructs a new SendAck.
         * @memberof edge
         * @classdesc Represents a SendAck.
         * @constructor
         * @param {edge.SendAck.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const SendAck = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * SendAck msgid.
         * @member {Uint8Array} msgid
         * @memberof edge.SendAck
         * @instance
         */
        SendAck.prototype.msgid = $util.newBuffer([]);

        /**
         * SendAck logid.
         * @member {Uint8Array} logid
         * @memberof edge.SendAck
         * @instance
         */
        SendAck.prototype.logid = $util.newBuffer([]);

        /**
         * SendAck retryAfter.
         * @member {number} retryAfter
         * @memberof edge.SendAck
         * @instance
         */
        SendAck.prototype.retryAfter = 0;

        /**
         * SendAck message.
         * @member {string} message
         * @memberof edge.SendAck
         * @instance
         */
        SendAck.prototype.message = "";

        /**
         * Encodes the specified SendAck message. Does not implicitly {@link edge.SendAck.verify|verify} messages.
         * @function encode
         * @memberof edge.SendAck
         * @static
         * @param {edge.SendAck.$Properties} message SendAck message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        SendAck.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.msgid != null && $Object.hasOwnProperty.call(message, "msgid") && message.msgid.length)
                writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.msgid);
            if (message.logid != null && $Object.hasOwnProperty.call(message, "logid") && message.logid.length)
                writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.logid);
            if (message.retryAfter != null && $Object.hasOwnProperty.call(message, "retryAfter") && message.retryAfter !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.retryAfter);
            if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                writer.uint32(/* id 4, wireType 2 =*/34).string(message.message);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a SendAck message from the specified reader or buffer.
         * @function decode
         * @memberof edge.SendAck
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.SendAck & edge.SendAck.$Shape} SendAck
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        SendAck.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.SendAck();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.msgid = value;
                        else
                            delete message.msgid;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.logid = value;
                        else
                            delete message.logid;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.retryAfter = value;
                        else
                            delete message.retryAfter;
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.message = value;
                        else
                            delete message.message;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return SendAck;
    })();

    edge.Failure = (function() {

        /**
         * Properties of a Failure.
         * @typedef {Object} edge.Failure.$Properties
         * @property {string|null} [message] Failure message
         * @property {number|null} [retryAfter] Failure retryAfter
         * @property {string|null} [code] Failure code
         * @property {Uint8Array|null} [content] Failure content
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Failure.
         * @memberof edge
         * @interface IFailure
         * @augments edge.Failure.$Properties
         * @deprecated Use edge.Failure.$Properties instead.
         */

        /**
         * Shape of a Failure.
         * @typedef {edge.Failure.$Properties} edge.Failure.$Shape
         */

        /**
         * Constructs a new Failure.
         * @memberof edge
         * @classdesc Represents a Failure.
         * @constructor
         * @param {edge.Failure.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Failure = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Failure message.
         * @member {string} message
         * @memberof edge.Failure
         * @instance
         */
        Failure.prototype.message = "";

        /**
         * Failure retryAfter.
         * @member {number} retryAfter
         * @memberof edge.Failure
         * @instance
         */
        Failure.prototype.retryAfter = 0;

        /**
         * Failure code.
         * @member {string} code
         * @memberof edge.Failure
         * @instance
         */
        Failure.prototype.code = "";

        /**
         * Failure content.
         * @member {Uint8Array} content
         * @memberof edge.Failure
         * @instance
         */
        Failure.prototype.content = $util.newBuffer([]);

        /**
         * Encodes the specified Failure message. Does not implicitly {@link edge.Failure.verify|verify} messages.
         * @function encode
         * @memberof edge.Failure
         * @static
         * @param {edge.Failure.$Properties} message Failure message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Failure.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.message);
            if (message.retryAfter != null && $Object.hasOwnProperty.call(message, "retryAfter") && message.retryAfter !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.retryAfter);
            if (message.code != null && $Object.hasOwnProperty.call(message, "code") && message.code !== "")
                writer.uint32(/* id 3, wireType 2 =*/26).string(message.code);
            if (message.content != null && $Object.hasOwnProperty.call(message, "content") && message.content.length)
                writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.content);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Failure message from the specified reader or buffer.
         * @function decode
         * @memberof edge.Failure
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.Failure & edge.Failure.$Shape} Failure
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Failure.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.Failure();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.message = value;
                        else
                            delete message.message;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.retryAfter = value;
                        else
                            delete message.retryAfter;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.code = value;
                        else
                            delete message.code;
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.content = value;
                        else
                            delete message.content;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Failure;
    })();

    edge.Retract = (function() {

        /**
         * Properties of a Retract.
         * @typedef {Object} edge.Retract.$Properties
         * @property {string|null} [peer] Retract peer
         * @property {Uint8Array|null} [msgid] Retract msgid
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Retract.
         * @memberof edge
         * @interface IRetract
         * @augments edge.Retract.$Properties
         * @deprecated Use edge.Retract.$Properties instead.
         */

        /**
         * Shape of a Retract.
         * @typedef {edge.Retract.$Properties} edge.Retract.$Shape
         */

        /**
         * Constructs a new Retract.
         * @memberof edge
         * @classdesc Represents a Retract.
         * @constructor
         * @param {edge.Retract.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Retract = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Retract peer.
         * @member {string} peer
         * @memberof edge.Retract
         * @instance
         */
        Retract.prototype.peer = "";

        /**
         * Retract msgid.
         * @member {Uint8Array} msgid
         * @memberof edge.Retract
         * @instance
         */
        Retract.prototype.msgid = $util.newBuffer([]);

        /**
         * Encodes the specified Retract message. Does not implicitly {@link edge.Retract.verify|verify} messages.
         * @function encode
         * @memberof edge.Retract
         * @static
         * @param {edge.Retract.$Properties} message Retract message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Retract.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.peer != null && $Object.hasOwnProperty.call(message, "peer") && message.peer !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.peer);
            if (message.msgid != null && $Object.hasOwnProperty.call(message, "msgid") && message.msgid.length)
                writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.msgid);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Retract message from the specified reader or buffer.
         * @function decode
         * @memberof edge.Retract
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.Retract & edge.Retract.$Shape} Retract
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Retract.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.Retract();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.peer = value;
                        else
                            delete message.peer;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.msgid = value;
                        else
                            delete message.msgid;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Retract;
    })();

    edge.Read = (function() {

        /**
         * Properties of a Read.
         * @typedef {Object} edge.Read.$Properties
         * @property {string|null} [peer] Read peer
         * @property {number|null} [seq] Read seq
         * @property {boolean|null} [receipt] Read receipt
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Read.
         * @memberof edge
         * @interface IRead
         * @augments edge.Read.$Properties
         * @deprecated Use edge.Read.$Properties instead.
         */

        /**
         * Shape of a Read.
         * @typedef {edge.Read.$Properties} edge.Read.$Shape
         */

        /**
         * Constructs a new Read.
         * @memberof edge
         * @classdesc Represents a Read.
         * @constructor
         * @param {edge.Read.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Read = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Read peer.
         * @member {string} peer
         * @memberof edge.Read
         * @instance
         */
        Read.prototype.peer = "";

        /**
         * Read seq.
         * @member {number} seq
         * @memberof edge.Read
         * @instance
         */
        Read.prototype.seq = 0;

        /**
         * Read receipt.
         * @member {boolean} receipt
         * @memberof edge.Read
         * @instance
         */
        Read.prototype.receipt = false;

        /**
         * Encodes the specified Read message. Does not implicitly {@link edge.Read.verify|verify} messages.
         * @function encode
         * @memberof edge.Read
         * @static
         * @param {edge.Read.$Properties} message Read message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Read.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.peer != null && $Object.hasOwnProperty.call(message, "peer") && message.peer !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.peer);
            if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && (typeof message.seq === "object" ? message.seq.low || message.seq.high : message.seq !== 0))
                writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.seq);
            if (message.receipt != null && $Object.hasOwnProperty.call(message, "receipt") && message.receipt !== false)
                writer.uint32(/* id 3, wireType 0 =*/24).bool(message.receipt);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Read message from the specified reader or buffer.
         * @function decode
         * @memberof edge.Read
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.Read & edge.Read.$Shape} Read
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Read.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.Read();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.peer = value;
                        else
                            delete message.peer;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.seq = value;
                        else
                            delete message.seq;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.receipt = value;
                        else
                            delete message.receipt;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Read;
    })();

    edge.Query = (function() {

        /**
         * Properties of a Query.
         * @typedef {Object} edge.Query.$Properties
         * @property {string|null} [peer] Query peer
         * @property {number|null} [before] Query before
         * @property {number|null} [limit] Query limit
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Query.
         * @memberof edge
         * @interface IQuery
         * @augments edge.Query.$Properties
         * @deprecated Use edge.Query.$Properties instead.
         */

        /**
         * Shape of a Query.
         * @typedef {edge.Query.$Properties} edge.Query.$Shape
         */

        /**
         * Constructs a new Query.
         * @memberof edge
         * @classdesc Represents a Query.
         * @constructor
         * @param {edge.Query.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Query = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Query peer.
         * @member {string} peer
         * @memberof edge.Query
         * @instance
         */
        Query.prototype.peer = "";

        /**
         * Query before.
         * @member {number} before
         * @memberof edge.Query
         * @instance
         */
        Query.prototype.before = 0;

        /**
         * Query limit.
         * @member {number} limit
         * @memberof edge.Query
         * @instance
         */
        Query.prototype.limit = 0;

        /**
         * Encodes the specified Query message. Does not implicitly {@link edge.Query.verify|verify} messages.
         * @function encode
         * @memberof edge.Query
         * @static
         * @param {edge.Query.$Properties} message Query message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Query.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.peer != null && $Object.hasOwnProperty.call(message, "peer") && message.peer !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.peer);
            if (message.before != null && $Object.hasOwnProperty.call(message, "before") && (typeof message.before === "object" ? message.before.low || message.before.high : message.before !== 0))
                writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.before);
            if (message.limit != null && $Object.hasOwnProperty.call(message, "limit") && message.limit !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.limit);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Query message from the specified reader or buffer.
         * @function decode
         * @memberof edge.Query
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.Query & edge.Query.$Shape} Query
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Query.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.Query();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.peer = value;
                        else
                            delete message.peer;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.before = value;
                        else
                            delete message.before;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.limit = value;
                        else
                            delete message.limit;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Query;
    })();

    edge.Conversation = (function() {

        /**
         * Properties of a Conversation.
         * @typedef {Object} edge.Conversation.$Properties
         * @property {string|null} [peer] Conversation peer
         * @property {edge.Message.$Properties|null} [last] Conversation last
         * @property {number|null} [unread] Conversation unread
         * @property {number|null} [read] Conversation read
         * @property {number|null} [peerRead] Conversation peerRead
         * @property {number|null} [activeAt] Conversation activeAt
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Conversation.
         * @memberof edge
         * @interface IConversation
         * @augments edge.Conversation.$Properties
         * @deprecated Use edge.Conversation.$Properties instead.
         */

        /**
         * Shape of a Conversation.
         * @typedef {edge.Conversation.$Properties} edge.Conversation.$Shape
         */

        /**
         * Constructs a new Conversation.
         * @memberof edge
         * @classdesc Represents a Conversation.
         * @constructor
         * @param {edge.Conversation.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Conversation = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Conversation peer.
         * @member {string} peer
         * @memberof edge.Conversation
         * @instance
         */
        Conversation.prototype.peer = "";

        /**
         * Conversation last.
         * @member {edge.Message.$Properties|null|undefined} last
         * @memberof edge.Conversation
         * @instance
         */
        Conversation.prototype.last = null;

        /**
         * Conversation unread.
         * @member {number} unread
         * @memberof edge.Conversation
         * @instance
         */
        Conversation.prototype.unread = 0;

        /**
         * Conversation read.
         * @member {number} read
         * @memberof edge.Conversation
         * @instance
         */
        Conversation.prototype.read = 0;

        /**
         * Conversation peerRead.
         * @member {number} peerRead
         * @memberof edge.Conversation
         * @instance
         */
        Conversation.prototype.peerRead = 0;

        /**
         * Conversation activeAt.
         * @member {number} activeAt
         * @memberof edge.Conversation
         * @instance
         */
        Conversation.prototype.activeAt = 0;

        /**
         * Encodes the specified Conversation message. Does not implicitly {@link edge.Conversation.verify|verify} messages.
         * @function encode
         * @memberof edge.Conversation
         * @static
         * @param {edge.Conversation.$Properties} message Conversation message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Conversation.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.peer != null && $Object.hasOwnProperty.call(message, "peer") && message.peer !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.peer);
            if (message.last != null && $Object.hasOwnProperty.call(message, "last"))
                $root.edge.Message.encode(message.last, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
            if (message.unread != null && $Object.hasOwnProperty.call(message, "unread") && message.unread !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.unread);
            if (message.read != null && $Object.hasOwnProperty.call(message, "read") && (typeof message.read === "object" ? message.read.low || message.read.high : message.read !== 0))
                writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.read);
            if (message.peerRead != null && $Object.hasOwnProperty.call(message, "peerRead") && (typeof message.peerRead === "object" ? message.peerRead.low || message.peerRead.high : message.peerRead !== 0))
                writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.peerRead);
            if (message.activeAt != null && $Object.hasOwnProperty.call(message, "activeAt") && (typeof message.activeAt === "object" ? message.activeAt.low || message.activeAt.high : message.activeAt !== 0))
                writer.uint32(/* id 6, wireType 0 =*/48).uint64(message.activeAt);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Conversation message from the specified reader or buffer.
         * @function decode
         * @memberof edge.Conversation
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.Conversation & edge.Conversation.$Shape} Conversation
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Conversation.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.Conversation();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.peer = value;
                        else
                            delete message.peer;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        message.last = $root.edge.Message.decode(reader, reader.size(), $undefined, _depth + 1, message.last);
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.unread = value;
                        else
                            delete message.unread;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.read = value;
                        else
                            delete message.read;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.peerRead = value;
                        else
                            delete message.peerRead;
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.activeAt = value;
                        else
                            delete message.activeAt;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Conversation;
    })();

    edge.Conversations = (function() {

        /**
         * Properties of a Conversations.
         * @typedef {Object} edge.Conversations.$Properties
         * @property {Array.<edge.Conversation.$Properties>|null} [conversations] Conversations conversations
         * @property {boolean|null} [more] Conversations more
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Conversations.
         * @memberof edge
         * @interface IConversations
         * @augments edge.Conversations.$Properties
         * @deprecated Use edge.Conversations.$Properties instead.
         */

        /**
         * Shape of a Conversations.
         * @typedef {edge.Conversations.$Properties} edge.Conversations.$Shape
         */

        /**
         * Constructs a new Conversations.
         * @memberof edge
         * @classdesc Represents a Conversations.
         * @constructor
         * @param {edge.Conversations.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Conversations = function (properties) {
            this.conversations = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Conversations conversations.
         * @member {Array.<edge.Conversation.$Properties>} conversations
         * @memberof edge.Conversations
         * @instance
         */
        Conversations.prototype.conversations = $util.emptyArray;

        /**
         * Conversations more.
         * @member {boolean} more
         * @memberof edge.Conversations
         * @instance
         */
        Conversations.prototype.more = false;

        /**
         * Encodes the specified Conversations message. Does not implicitly {@link edge.Conversations.verify|verify} messages.
         * @function encode
         * @memberof edge.Conversations
         * @static
         * @param {edge.Conversations.$Properties} message Conversations message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Conversations.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.conversations != null && message.conversations.length)
                for (let i = 0; i < message.conversations.length; ++i)
                    $root.edge.Conversation.encode(message.conversations[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
            if (message.more != null && $Object.hasOwnProperty.call(message, "more") && message.more !== false)
                writer.uint32(/* id 2, wireType 0 =*/16).bool(message.more);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Conversations message from the specified reader or buffer.
         * @function decode
         * @memberof edge.Conversations
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.Conversations & edge.Conversations.$Shape} Conversations
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Conversations.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.Conversations();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if (!(message.conversations && message.conversations.length))
                            message.conversations = [];
                        message.conversations.push($root.edge.Conversation.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.more = value;
                        else
                            delete message.more;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Conversations;
    })();

    edge.TopicRequest = (function() {

        /**
         * Properties of a TopicRequest.
         * @typedef {Object} edge.TopicRequest.$Properties
         * @property {string|null} [topic] TopicRequest topic
         * @property {number|null} [epoch] TopicRequest epoch
         * @property {number|null} [seq] TopicRequest seq
         * @property {number|null} [limit] TopicRequest limit
         * @property {number|null} [maxBytes] TopicRequest maxBytes
         * @property {boolean|null} [events] TopicRequest events
         * @property {number|null} [msgtype] TopicRequest msgtype
         * @property {Uint8Array|null} [content] TopicRequest content
         * @property {string|null} [key] TopicRequest key
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a TopicRequest.
         * @memberof edge
         * @interface ITopicRequest
         * @augments edge.TopicRequest.$Properties
         * @deprecated Use edge.TopicRequest.$Properties instead.
         */

        /**
         * Shape of a TopicRequest.
         * @typedef {edge.TopicRequest.$Properties} edge.TopicRequest.$Shape
         */

        /**
         * Constructs a new TopicRequest.
         * @memberof edge
         * @classdesc Represents a TopicRequest.
         * @constructor
         * @param {edge.TopicRequest.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const TopicRequest = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * TopicRequest topic.
         * @member {string} topic
         * @memberof edge.TopicRequest
         * @instance
         */
        TopicRequest.prototype.topic = "";

        /**
         * TopicRequest epoch.
         * @member {number} epoch
         * @memberof edge.TopicRequest
         * @instance
         */
        TopicRequest.prototype.epoch = 0;

        /**
         * TopicRequest seq.
         * @member {number} seq
         * @memberof edge.TopicRequest
         * @instance
         */
        TopicRequest.prototype.seq = 0;

        /**
         * TopicRequest limit.
         * @member {number} limit
         * @memberof edge.TopicRequest
         * @instance
         */
        TopicRequest.prototype.limit = 0;

        /**
         * TopicRequest maxBytes.
         * @member {number} maxBytes
         * @memberof edge.TopicRequest
         * @instance
         */
        TopicRequest.prototype.maxBytes = 0;

        /**
         * TopicRequest events.
         * @member {boolean} events
         * @memberof edge.TopicRequest
         * @instance
         */
        TopicRequest.prototype.events = false;

        /**
         * TopicRequest msgtype.
         * @member {number} msgtype
         * @memberof edge.TopicRequest
         * @instance
         */
        TopicRequest.prototype.msgtype = 0;

        /**
         * TopicRequest content.
         * @member {Uint8Array} content
         * @memberof edge.TopicRequest
         * @instance
         */
        TopicRequest.prototype.content = $util.newBuffer([]);

        /**
         * TopicRequest key.
         * @member {string} key
         * @memberof edge.TopicRequest
         * @instance
         */
        TopicRequest.prototype.key = "";

        /**
         * Encodes the specified TopicRequest message. Does not implicitly {@link edge.TopicRequest.verify|verify} messages.
         * @function encode
         * @memberof edge.TopicRequest
         * @static
         * @param {edge.TopicRequest.$Properties} message TopicRequest message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        TopicRequest.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.topic != null && $Object.hasOwnProperty.call(message, "topic") && message.topic !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.topic);
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && message.epoch !== 0)
                writer.uint32(/* id 2, wireType 5 =*/21).fixed32(message.epoch);
            if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && (typeof message.seq === "object" ? message.seq.low || message.seq.high : message.seq !== 0))
                writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.seq);
            if (message.limit != null && $Object.hasOwnProperty.call(message, "limit") && message.limit !== 0)
                writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.limit);
            if (message.maxBytes != null && $Object.hasOwnProperty.call(message, "maxBytes") && message.maxBytes !== 0)
                writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.maxBytes);
            if (message.events != null && $Object.hasOwnProperty.call(message, "events") && message.events !== false)
                writer.uint32(/* id 6, wireType 0 =*/48).bool(message.events);
            if (message.msgtype != null && $Object.hasOwnProperty.call(message, "msgtype") && message.msgtype !== 0)
                writer.uint32(/* id 7, wireType 0 =*/56).uint32(message.msgtype);
            if (message.content != null && $Object.hasOwnProperty.call(message, "content") && message.content.length)
                writer.uint32(/* id 8, wireType 2 =*/66).bytes(message.content);
            if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key !== "")
                writer.uint32(/* id 9, wireType 2 =*/74).string(message.key);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a TopicRequest message from the specified reader or buffer.
         * @function decode
         * @memberof edge.TopicRequest
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.TopicRequest & edge.TopicRequest.$Shape} TopicRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        TopicRequest.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.TopicRequest();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.topic = value;
                        else
                            delete message.topic;
                        continue;
                    }
                case 2: {
                        if (wireType !== 5)
                            break;
                        if (value = reader.fixed32())
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.seq = value;
                        else
                            delete message.seq;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.limit = value;
                        else
                            delete message.limit;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.maxBytes = value;
                        else
                            delete message.maxBytes;
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.events = value;
                        else
                            delete message.events;
                        continue;
                    }
                case 7: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.msgtype = value;
                        else
                            delete message.msgtype;
                        continue;
                    }
                case 8: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.content = value;
                        else
                            delete message.content;
                        continue;
                    }
                case 9: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.key = value;
                        else
                            delete message.key;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return TopicRequest;
    })();

    edge.TopicAnswer = (function() {

        /**
         * Properties of a TopicAnswer.
         * @typedef {Object} edge.TopicAnswer.$Properties
         * @property {string|null} [topic] TopicAnswer topic
         * @property {number|null} [number] TopicAnswer number
         * @property {number|null} [epoch] TopicAnswer epoch
         * @property {number|null} [head] TopicAnswer head
         * @property {boolean|null} [recovered] TopicAnswer recovered
         * @property {number|null} [next] TopicAnswer next
         * @property {boolean|null} [more] TopicAnswer more
         * @property {Array.<edge.Publication.$Properties>|null} [publications] TopicAnswer publications
         * @property {number|null} [count] TopicAnswer count
         * @property {Array.<edge.Member.$Properties>|null} [members] TopicAnswer members
         * @property {number|null} [seq] TopicAnswer seq
         * @property {Uint8Array|null} [msgid] TopicAnswer msgid
         * @property {string|null} [message] TopicAnswer message
         * @property {number|null} [retryAfter] TopicAnswer retryAfter
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a TopicAnswer.
         * @memberof edge
         * @interface ITopicAnswer
         * @augments edge.TopicAnswer.$Properties
         * @deprecated Use edge.TopicAnswer.$Properties instead.
         */

        /**
         * Shape of a TopicAnswer.
         * @typedef {edge.TopicAnswer.$Properties} edge.TopicAnswer.$Shape
         */

        /**
         * Constructs a new TopicAnswer.
         * @memberof edge
         * @classdesc Represents a TopicAnswer.
         * @constructor
         * @param {edge.TopicAnswer.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const TopicAnswer = function (properties) {
            this.publications = [];
            this.members = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * TopicAnswer topic.
         * @member {string} topic
         * @memberof edge.TopicAnswer
         * @instance
         */
        TopicAnswer.prototype.topic = "";

        /**
         * TopicAnswer number.
         * @member {number} number
         * @memberof edge.TopicAnswer
         * @instance
         */
        TopicAnswer.prototype.number = 0;

        /**
         * TopicAnswer epoch.
         * @member {number} epoch
         * @memberof edge.TopicAnswer
         * @instance
         */
        TopicAnswer.prototype.epoch = 0;

        /**
         * TopicAnswer head.
         * @member {number} head
         * @memberof edge.TopicAnswer
         * @instance
         */
        TopicAnswer.prototype.head = 0;

        /**
         * TopicAnswer recovered.
         * @member {boolean} recovered
         * @memberof edge.TopicAnswer
         * @instance
         */
        TopicAnswer.prototype.recovered = false;

        /**
         * TopicAnswer next.
         * @member {number} next
         * @memberof edge.TopicAnswer
         * @instance
         */
        TopicAnswer.prototype.next = 0;

        /**
         * TopicAnswer more.
         * @member {boolean} more
         * @memberof edge.TopicAnswer
         * @instance
         */
        TopicAnswer.prototype.more = false;

        /**
         * TopicAnswer publications.
         * @member {Array.<edge.Publication.$Properties>} publications
         * @memberof edge.TopicAnswer
         * @instance
         */
        TopicAnswer.prototype.publications = $util.emptyArray;

        /**
         * TopicAnswer count.
         * @member {number} count
         * @memberof edge.TopicAnswer
         * @instance
         */
        TopicAnswer.prototype.count = 0;

        /**
         * TopicAnswer members.
         * @member {Array.<edge.Member.$Properties>} members
         * @memberof edge.TopicAnswer
         * @instance
         */
        TopicAnswer.prototype.members = $util.emptyArray;

        /**
         * TopicAnswer seq.
         * @member {number} seq
         * @memberof edge.TopicAnswer
         * @instance
         */
        TopicAnswer.prototype.seq = 0;

        /**
         * TopicAnswer msgid.
         * @member {Uint8Array} msgid
         * @memberof edge.TopicAnswer
         * @instance
         */
        TopicAnswer.prototype.msgid = $util.newBuffer([]);

        /**
         * TopicAnswer message.
         * @member {string} message
         * @memberof edge.TopicAnswer
         * @instance
         */
        TopicAnswer.prototype.message = "";

        /**
         * TopicAnswer retryAfter.
         * @member {number} retryAfter
         * @memberof edge.TopicAnswer
         * @instance
         */
        TopicAnswer.prototype.retryAfter = 0;

        /**
         * Encodes the specified TopicAnswer message. Does not implicitly {@link edge.TopicAnswer.verify|verify} messages.
         * @function encode
         * @memberof edge.TopicAnswer
         * @static
         * @param {edge.TopicAnswer.$Properties} message TopicAnswer message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        TopicAnswer.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.topic != null && $Object.hasOwnProperty.call(message, "topic") && message.topic !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.topic);
            if (message.number != null && $Object.hasOwnProperty.call(message, "number") && message.number !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.number);
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && message.epoch !== 0)
                writer.uint32(/* id 3, wireType 5 =*/29).fixed32(message.epoch);
            if (message.head != null && $Object.hasOwnProperty.call(message, "head") && (typeof message.head === "object" ? message.head.low || message.head.high : message.head !== 0))
                writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.head);
            if (message.recovered != null && $Object.hasOwnProperty.call(message, "recovered") && message.recovered !== false)
                writer.uint32(/* id 5, wireType 0 =*/40).bool(message.recovered);
            if (message.next != null && $Object.hasOwnProperty.call(message, "next") && (typeof message.next === "object" ? message.next.low || message.next.high : message.next !== 0))
                writer.uint32(/* id 6, wireType 0 =*/48).uint64(message.next);
            if (message.more != null && $Object.hasOwnProperty.call(message, "more") && message.more !== false)
                writer.uint32(/* id 7, wireType 0 =*/56).bool(message.more);
            if (message.publications != null && message.publications.length)
                for (let i = 0; i < message.publications.length; ++i)
                    $root.edge.Publication.encode(message.publications[i], writer.uint32(/* id 8, wireType 2 =*/66).fork(), _depth + 1).ldelim();
            if (message.count != null && $Object.hasOwnProperty.call(message, "count") && message.count !== 0)
                writer.uint32(/* id 9, wireType 0 =*/72).uint32(message.count);
            if (message.members != null && message.members.length)
                for (let i = 0; i < message.members.length; ++i)
                    $root.edge.Member.encode(message.members[i], writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
            if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && (typeof message.seq === "object" ? message.seq.low || message.seq.high : message.seq !== 0))
                writer.uint32(/* id 11, wireType 0 =*/88).uint64(message.seq);
            if (message.msgid != null && $Object.hasOwnProperty.call(message, "msgid") && message.msgid.length)
                writer.uint32(/* id 12, wireType 2 =*/98).bytes(message.msgid);
            if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                writer.uint32(/* id 13, wireType 2 =*/106).string(message.message);
            if (message.retryAfter != null && $Object.hasOwnProperty.call(message, "retryAfter") && message.retryAfter !== 0)
                writer.uint32(/* id 14, wireType 0 =*/112).uint32(message.retryAfter);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a TopicAnswer message from the specified reader or buffer.
         * @function decode
         * @memberof edge.TopicAnswer
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.TopicAnswer & edge.TopicAnswer.$Shape} TopicAnswer
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        TopicAnswer.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.TopicAnswer();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.topic = value;
                        else
                            delete message.topic;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.number = value;
                        else
                            delete message.number;
                        continue;
                    }
                case 3: {
                        if (wireType !== 5)
                            break;
                        if (value = reader.fixed32())
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.head = value;
                        else
                            delete message.head;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.recovered = value;
                        else
                            delete message.recovered;
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.next = value;
                        else
                            delete message.next;
                        continue;
                    }
                case 7: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.more = value;
                        else
                            delete message.more;
                        continue;
                    }
                case 8: {
                        if (wireType !== 2)
                            break;
                        if (!(message.publications && message.publications.length))
                            message.publications = [];
                        message.publications.push($root.edge.Publication.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                case 9: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.count = value;
                        else
                            delete message.count;
                        continue;
                    }
                case 10: {
                        if (wireType !== 2)
                            break;
                        if (!(message.members && message.members.length))
                            message.members = [];
                        message.members.push($root.edge.Member.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                case 11: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.seq = value;
                        else
                            delete message.seq;
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.msgid = value;
                        else
                            delete message.msgid;
                        continue;
                    }
                case 13: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.message = value;
                        else
                            delete message.message;
                        continue;
                    }
                case 14: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.retryAfter = value;
                        else
                            delete message.retryAfter;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return TopicAnswer;
    })();

    edge.Publication = (function() {

        /**
         * Properties of a Publication.
         * @typedef {Object} edge.Publication.$Properties
         * @property {number|null} [seq] Publication seq
         * @property {number|null} [msgtype] Publication msgtype
         * @property {Uint8Array|null} [content] Publication content
         * @property {Uint8Array|null} [msgid] Publication msgid
         * @property {number|null} [sentAt] Publication sentAt
         * @property {string|null} [from] Publication from
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Publication.
         * @memberof edge
         * @interface IPublication
         * @augments edge.Publication.$Properties
         * @deprecated Use edge.Publication.$Properties instead.
         */

        /**
         * Shape of a Publication.
         * @typedef {edge.Publication.$Properties} edge.Publication.$Shape
         */

        /**
         * Constructs a new Publication.
         * @memberof edge
         * @classdesc Represents a Publication.
         * @constructor
         * @param {edge.Publication.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Publication = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Publication seq.
         * @member {number} seq
         * @memberof edge.Publication
         * @instance
         */
        Publication.prototype.seq = 0;

        /**
         * Publication msgtype.
         * @member {number} msgtype
         * @memberof edge.Publication
         * @instance
         */
        Publication.prototype.msgtype = 0;

        /**
         * Publication content.
         * @member {Uint8Array} content
         * @memberof edge.Publication
         * @instance
         */
        Publication.prototype.content = $util.newBuffer([]);

        /**
         * Publication msgid.
         * @member {Uint8Array} msgid
         * @memberof edge.Publication
         * @instance
         */
        Publication.prototype.msgid = $util.newBuffer([]);

        /**
         * Publication sentAt.
         * @member {number} sentAt
         * @memberof edge.Publication
         * @instance
         */
        Publication.prototype.sentAt = 0;

        /**
         * Publication from.
         * @member {string} from
         * @memberof edge.Publication
         * @instance
         */
        Publication.prototype.from = "";

        /**
         * Encodes the specified Publication message. Does not implicitly {@link edge.Publication.verify|verify} messages.
         * @function encode
         * @memberof edge.Publication
         * @static
         * @param {edge.Publication.$Properties} message Publication message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Publication.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && (typeof message.seq === "object" ? message.seq.low || message.seq.high : message.seq !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.seq);
            if (message.msgtype != null && $Object.hasOwnProperty.call(message, "msgtype") && message.msgtype !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.msgtype);
            if (message.content != null && $Object.hasOwnProperty.call(message, "content") && message.content.length)
                writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.content);
            if (message.msgid != null && $Object.hasOwnProperty.call(message, "msgid") && message.msgid.length)
                writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.msgid);
            if (message.sentAt != null && $Object.hasOwnProperty.call(message, "sentAt") && (typeof message.sentAt === "object" ? message.sentAt.low || message.sentAt.high : message.sentAt !== 0))
                writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.sentAt);
            if (message.from != null && $Object.hasOwnProperty.call(message, "from") && message.from !== "")
                writer.uint32(/* id 6, wireType 2 =*/50).string(message.from);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Publication message from the specified reader or buffer.
         * @function decode
         * @memberof edge.Publication
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.Publication & edge.Publication.$Shape} Publication
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Publication.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.Publication();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.seq = value;
                        else
                            delete message.seq;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.msgtype = value;
                        else
                            delete message.msgtype;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.content = value;
                        else
                            delete message.content;
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.msgid = value;
                        else
                            delete message.msgid;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.sentAt = value;
                        else
                            delete message.sentAt;
                        continue;
                    }
                case 6: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.from = value;
                        else
                            delete message.from;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Publication;
    })();

    edge.Member = (function() {

        /**
         * Properties of a Member.
         * @typedef {Object} edge.Member.$Properties
         * @property {string|null} [uid] Member uid
         * @property {number|null} [appcode] Member appcode
         * @property {string|null} [device] Member device
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Member.
         * @memberof edge
         * @interface IMember
         * @augments edge.Member.$Properties
         * @deprecated Use edge.Member.$Properties instead.
         */

        /**
         * Shape of a Member.
         * @typedef {edge.Member.$Properties} edge.Member.$Shape
         */

        /**
         * Constructs a new Member.
         * @memberof edge
         * @classdesc Represents a Member.
         * @constructor
         * @param {edge.Member.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Member = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Member uid.
         * @member {string} uid
         * @memberof edge.Member
         * @instance
         */
        Member.prototype.uid = "";

        /**
         * Member appcode.
         * @member {number} appcode
         * @memberof edge.Member
         * @instance
         */
        Member.prototype.appcode = 0;

        /**
         * Member device.
         * @member {string} device
         * @memberof edge.Member
         * @instance
         */
        Member.prototype.device = "";

        /**
         * Encodes the specified Member message. Does not implicitly {@link edge.Member.verify|verify} messages.
         * @function encode
         * @memberof edge.Member
         * @static
         * @param {edge.Member.$Properties} message Member message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Member.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.uid != null && $Object.hasOwnProperty.call(message, "uid") && message.uid !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.uid);
            if (message.appcode != null && $Object.hasOwnProperty.call(message, "appcode") && message.appcode !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.appcode);
            if (message.device != null && $Object.hasOwnProperty.call(message, "device") && message.device !== "")
                writer.uint32(/* id 3, wireType 2 =*/26).string(message.device);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Member message from the specified reader or buffer.
         * @function decode
         * @memberof edge.Member
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.Member & edge.Member.$Shape} Member
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Member.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.Member();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.uid = value;
                        else
                            delete message.uid;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.appcode = value;
                        else
                            delete message.appcode;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.device = value;
                        else
                            delete message.device;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Member;
    })();

    edge.TopicEvent = (function() {

        /**
         * Properties of a TopicEvent.
         * @typedef {Object} edge.TopicEvent.$Properties
         * @property {Array.<edge.Member.$Properties>|null} [joined] TopicEvent joined
         * @property {Array.<edge.Member.$Properties>|null} [left] TopicEvent left
         * @property {number|null} [count] TopicEvent count
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a TopicEvent.
         * @memberof edge
         * @interface ITopicEvent
         * @augments edge.TopicEvent.$Properties
         * @deprecated Use edge.TopicEvent.$Properties instead.
         */

        /**
         * Shape of a TopicEvent.
         * @typedef {edge.TopicEvent.$Properties} edge.TopicEvent.$Shape
         */

        /**
         * Constructs a new TopicEvent.
         * @memberof edge
         * @classdesc Represents a TopicEvent.
         * @constructor
         * @param {edge.TopicEvent.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const TopicEvent = function (properties) {
            this.joined = [];
            this.left = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * TopicEvent joined.
         * @member {Array.<edge.Member.$Properties>} joined
         * @memberof edge.TopicEvent
         * @instance
         */
        TopicEvent.prototype.joined = $util.emptyArray;

        /**
         * TopicEvent left.
         * @member {Array.<edge.Member.$Properties>} left
         * @memberof edge.TopicEvent
         * @instance
         */
        TopicEvent.prototype.left = $util.emptyArray;

        /**
         * TopicEvent count.
         * @member {number} count
         * @memberof edge.TopicEvent
         * @instance
         */
        TopicEvent.prototype.count = 0;

        /**
         * Encodes the specified TopicEvent message. Does not implicitly {@link edge.TopicEvent.verify|verify} messages.
         * @function encode
         * @memberof edge.TopicEvent
         * @static
         * @param {edge.TopicEvent.$Properties} message TopicEvent message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        TopicEvent.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.joined != null && message.joined.length)
                for (let i = 0; i < message.joined.length; ++i)
                    $root.edge.Member.encode(message.joined[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
            if (message.left != null && message.left.length)
                for (let i = 0; i < message.left.length; ++i)
                    $root.edge.Member.encode(message.left[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
            if (message.count != null && $Object.hasOwnProperty.call(message, "count") && message.count !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.count);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a TopicEvent message from the specified reader or buffer.
         * @function decode
         * @memberof edge.TopicEvent
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {edge.TopicEvent & edge.TopicEvent.$Shape} TopicEvent
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        TopicEvent.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.edge.TopicEvent();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if (!(message.joined && message.joined.length))
                            message.joined = [];
                        message.joined.push($root.edge.Member.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if (!(message.left && message.left.length))
                            message.left = [];
                        message.left.push($root.edge.Member.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.count = value;
                        else
                            delete message.count;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return TopicEvent;
    })();

    return edge;
})();

export {
  $root as default
};
