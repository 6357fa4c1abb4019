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
const $root = $protobuf.roots["trunk"] || ($protobuf.roots["trunk"] = {});

export const trunk = $root.trunk = (() => {

    /**
     * Namespace trunk.
     * @exports trunk
     * @namespace
     */
    const trunk = {};

    trunk.Hello = (function() {

        /**
         * Properties of a Hello.
         * @typedef {Object} trunk.Hello.$Properties
         * @property {string|null} [node] Hello node
         * @property {string|null} [incarnation] Hello incarnation
         * @property {string|null} [role] Hello role
         * @property {number|null} [version] Hello version
         * @property {string|null} [key] Hello key
         * @property {string|null} [message] Hello message
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Hello.
         * @memberof trunk
         * @interface IHello
         * @augments trunk.Hello.$Properties
         * @deprecated Use trunk.Hello.$Properties instead.
         */

        /**
         * Shape of a Hello.
         * @typedef {trunk.Hello.$Properties} trunk.Hello.$Shape
         */

        /**
         * Constructs a new Hello.
         * @memberof trunk
         * @classdesc Represents a Hello.
         * @constructor
         * @param {trunk.Hello.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Hello = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Hello node.
         * @member {string} node
         * @memberof trunk.Hello
         * @instance
         */
        Hello.prototype.node = "";

        /**
         * Hello incarnation.
         * @member {string} incarnation
         * @memberof trunk.Hello
         * @instance
         */
        Hello.prototype.incarnation = "";

        /**
         * Hello role.
         * @member {string} role
         * @memberof trunk.Hello
         * @instance
         */
        Hello.prototype.role = "";

        /**
         * Hello version.
         * @member {number} version
         * @memberof trunk.Hello
         * @instance
         */
        Hello.prototype.version = 0;

        /**
         * Hello key.
         * @member {string} key
         * @memberof trunk.Hello
         * @instance
         */
        Hello.prototype.key = "";

        /**
         * Hello message.
         * @member {string} message
         * @memberof trunk.Hello
         * @instance
         */
        Hello.prototype.message = "";

        /**
         * Encodes the specified Hello message. Does not implicitly {@link trunk.Hello.verify|verify} messages.
         * @function encode
         * @memberof trunk.Hello
         * @static
         * @param {trunk.Hello.$Properties} message Hello message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Hello.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.node != null && $Object.hasOwnProperty.call(message, "node") && message.node !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.node);
            if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation") && message.incarnation !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.incarnation);
            if (message.role != null && $Object.hasOwnProperty.call(message, "role") && message.role !== "")
                writer.uint32(/* id 3, wireType 2 =*/26).string(message.role);
            if (message.version != null && $Object.hasOwnProperty.call(message, "version") && message.version !== 0)
                writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.version);
            if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key !== "")
                writer.uint32(/* id 5, wireType 2 =*/42).string(message.key);
            if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                writer.uint32(/* id 6, wireType 2 =*/50).string(message.message);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Hello message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.Hello
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.Hello & trunk.Hello.$Shape} Hello
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Hello.decode = function (reader, length, _end, _depth, _target) {
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
            message = _target || new $root.trunk.Hello();
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
                            message.node = value;
                        else
                            delete message.node;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.incarnation = value;
                        else
                            delete message.incarnation;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.role = value;
                        else
                            delete message.role;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.version = value;
                        else
                            delete message.version;
                        continue;
                    }
                case 5: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.key = value;
                        else
                            delete message.key;
                        continue;
                    }
                case 6: {
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

        return Hello;
    })();

    trunk.LoginRequest = (function() {

        /**
         * Properties of a LoginRequest.
         * @typedef {Object} trunk.LoginRequest.$Properties
         * @property {Uint8Array|null} [login] LoginRequest login
         * @property {string|null} [ip] LoginRequest ip
         * @property {string|null} [transport] LoginRequest transport
         * @property {number|null} [maxBytes] LoginRequest maxBytes
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a LoginRequest.
         * @memberof trunk
         * @interface ILoginRequest
         * @augments trunk.LoginRequest.$Properties
         * @deprecated Use trunk.LoginRequest.$Properties instead.
         */

        /**
         * Shape of a LoginRequest.
         * @typedef {trunk.LoginRequest.$Properties} trunk.LoginRequest.$Shape
         */

        /**
         * Constructs a new LoginRequest.
         * @memberof trunk
         * @classdesc Represents a LoginRequest.
         * @constructor
         * @param {trunk.LoginRequest.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const LoginRequest = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * LoginRequest login.
         * @member {Uint8Array} login
         * @memberof trunk.LoginRequest
         * @instance
         */
        LoginRequest.prototype.login = $util.newBuffer([]);

        /**
         * LoginRequest ip.
         * @member {string} ip
         * @memberof trunk.LoginRequest
         * @instance
         */
        LoginRequest.prototype.ip = "";

        /**
         * LoginRequest transport.
         * @member {string} transport
         * @memberof trunk.LoginRequest
         * @instance
         */
        LoginRequest.prototype.transport = "";

        /**
         * LoginRequest maxBytes.
         * @member {number} maxBytes
         * @memberof trunk.LoginRequest
         * @instance
         */
        LoginRequest.prototype.maxBytes = 0;

        /**
         * Encodes the specified LoginRequest message. Does not implicitly {@link trunk.LoginRequest.verify|verify} messages.
         * @function encode
         * @memberof trunk.LoginRequest
         * @static
         * @param {trunk.LoginRequest.$Properties} message LoginRequest message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        LoginRequest.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.login != null && $Object.hasOwnProperty.call(message, "login") && message.login.length)
                writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.login);
            if (message.ip != null && $Object.hasOwnProperty.call(message, "ip") && message.ip !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.ip);
            if (message.transport != null && $Object.hasOwnProperty.call(message, "transport") && message.transport !== "")
                writer.uint32(/* id 3, wireType 2 =*/26).string(message.transport);
            if (message.maxBytes != null && $Object.hasOwnProperty.call(message, "maxBytes") && message.maxBytes !== 0)
                writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.maxBytes);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a LoginRequest message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.LoginRequest
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.LoginRequest & trunk.LoginRequest.$Shape} LoginRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        LoginRequest.decode = function (reader, length, _end, _depth, _target) {
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
            message = _target || new $root.trunk.LoginRequest();
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
                            message.login = value;
                        else
                            delete message.login;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.ip = value;
                        else
                            delete message.ip;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.transport = value;
                        else
                            delete message.transport;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.maxBytes = value;
                        else
                            delete message.maxBytes;
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

        return LoginRequest;
    })();

    trunk.LoginResult = (function() {

        /**
         * Properties of a LoginResult.
         * @typedef {Object} trunk.LoginResult.$Properties
         * @property {number|null} [code] LoginResult code
         * @property {string|null} [message] LoginResult message
         * @property {number|null} [retryAfter] LoginResult retryAfter
         * @property {number|null} [epoch] LoginResult epoch
         * @property {number|null} [base] LoginResult base
         * @property {boolean|null} [reset] LoginResult reset
         * @property {trunk.Page.$Properties|null} [page] LoginResult page
         * @property {number|null} [reconnectWindow] LoginResult reconnectWindow
         * @property {number|null} [fence] LoginResult fence
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a LoginResult.
         * @memberof trunk
         * @interface ILoginResult
         * @augments trunk.LoginResult.$Properties
         * @deprecated Use trunk.LoginResult.$Properties instead.
         */

        /**
         * Shape of a LoginResult.
         * @typedef {trunk.LoginResult.$Properties} trunk.LoginResult.$Shape
         */

        /**
         * Constructs a new LoginResult.
         * @memberof trunk
         * @classdesc Represents a LoginResult.
         * @constructor
         * @param {trunk.LoginResult.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const LoginResult = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * LoginResult code.
         * @member {number} code
         * @memberof trunk.LoginResult
         * @instance
         */
        LoginResult.prototype.code = 0;

        /**
         * LoginResult message.
         * @member {string} message
         * @memberof trunk.LoginResult
         * @instance
         */
        LoginResult.prototype.message = "";

        /**
         * LoginResult retryAfter.
         * @member {number} retryAfter
         * @memberof trunk.LoginResult
         * @instance
         */
        LoginResult.prototype.retryAfter = 0;

        /**
         * LoginResult epoch.
         * @member {number} epoch
         * @memberof trunk.LoginResult
         * @instance
         */
        LoginResult.prototype.epoch = 0;

        /**
         * LoginResult base.
         * @member {number} base
         * @memberof trunk.LoginResult
         * @instance
         */
        LoginResult.prototype.base = 0;

        /**
         * LoginResult reset.
         * @member {boolean} reset
         * @memberof trunk.LoginResult
         * @instance
         */
        LoginResult.prototype.reset = false;

        /**
         * LoginResult page.
         * @member {trunk.Page.$Properties|null|undefined} page
         * @memberof trunk.LoginResult
         * @instance
         */
        LoginResult.prototype.page = null;

        /**
         * LoginResult reconnectWindow.
         * @member {number} reconnectWindow
         * @memberof trunk.LoginResult
         * @instance
         */
        LoginResult.prototype.reconnectWindow = 0;

        /**
         * LoginResult fence.
         * @member {number} fence
         * @memberof trunk.LoginResult
         * @instance
         */
        LoginResult.prototype.fence = 0;

        /**
         * Encodes the specified LoginResult message. Does not implicitly {@link trunk.LoginResult.verify|verify} messages.
         * @function encode
         * @memberof trunk.LoginResult
         * @static
         * @param {trunk.LoginResult.$Properties} message LoginResult message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        LoginResult.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.code != null && $Object.hasOwnProperty.call(message, "code") && message.code !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.code);
            if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.message);
            if (message.retryAfter != null && $Object.hasOwnProperty.call(message, "retryAfter") && message.retryAfter !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.retryAfter);
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && message.epoch !== 0)
                writer.uint32(/* id 4, wireType 5 =*/37).fixed32(message.epoch);
            if (message.base != null && $Object.hasOwnProperty.call(message, "base") && (typeof message.base === "object" ? message.base.low || message.base.high : message.base !== 0))
                writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.base);
            if (message.reset != null && $Object.hasOwnProperty.call(message, "reset") && message.reset !== false)
                writer.uint32(/* id 6, wireType 0 =*/48).bool(message.reset);
            if (message.page != null && $Object.hasOwnProperty.call(message, "page"))
                $root.trunk.Page.encode(message.page, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
            if (message.reconnectWindow != null && $Object.hasOwnProperty.call(message, "reconnectWindow") && message.reconnectWindow !== 0)
                writer.uint32(/* id 8, wireType 0 =*/64).uint32(message.reconnectWindow);
            if (message.fence != null && $Object.hasOwnProperty.call(message, "fence") && (typeof message.fence === "object" ? message.fence.low || message.fence.high : message.fence !== 0))
                writer.uint32(/* id 9, wireType 0 =*/72).uint64(message.fence);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a LoginResult message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.LoginResult
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.LoginResult & trunk.LoginResult.$Shape} LoginResult
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        LoginResult.decode = function (reader, length, _end, _depth, _target) {
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
            message = _target || new $root.trunk.LoginResult();
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
                        if (value = reader.uint32())
                            message.code = value;
                        else
                            delete message.code;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.message = value;
                        else
                            delete message.message;
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
                        if (wireType !== 5)
                            break;
                        if (value = reader.fixed32())
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.base = value;
                        else
                            delete message.base;
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.reset = value;
                        else
                            delete message.reset;
                        continue;
                    }
                case 7: {
                        if (wireType !== 2)
                            break;
                        message.page = $root.trunk.Page.decode(reader, reader.size(), $undefined, _depth + 1, message.page);
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
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.fence = value;
                        else
                            delete message.fence;
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

        return LoginResult;
    })();

    trunk.Page = (function() {

        /**
         * Properties of a Page.
         * @typedef {Object} trunk.Page.$Properties
         * @property {number|null} [from] Page from
         * @property {number|null} [next] Page next
         * @property {number|null} [head] Page head
         * @property {boolean|null} [gap] Page gap
         * @property {number|null} [floor] Page floor
         * @property {boolean|null} [more] Page more
         * @property {Uint8Array|null} [body] Page body
         * @property {number|null} [code] Page code
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Page.
         * @memberof trunk
         * @interface IPage
         * @augments trunk.Page.$Properties
         * @deprecated Use trunk.Page.$Properties instead.
         */

        /**
         * Shape of a Page.
         * @typedef {trunk.Page.$Properties} trunk.Page.$Shape
         */

        /**
         * Constructs a new Page.
         * @memberof trunk
         * @classdesc Represents a Page.
         * @constructor
         * @param {trunk.Page.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Page = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Page from.
         * @member {number} from
         * @memberof trunk.Page
         * @instance
         */
        Page.prototype.from = 0;

        /**
         * Page next.
         * @member {number} next
         * @memberof trunk.Page
         * @instance
         */
        Page.prototype.next = 0;

        /**
         * Page head.
         * @member {number} head
         * @memberof trunk.Page
         * @instance
         */
        Page.prototype.head = 0;

        /**
         * Page gap.
         * @member {boolean} gap
         * @memberof trunk.Page
         * @instance
         */
        Page.prototype.gap = false;

        /**
         * Page floor.
         * @member {number} floor
         * @memberof trunk.Page
         * @instance
         */
        Page.prototype.floor = 0;

        /**
         * Page more.
         * @member {boolean} more
         * @memberof trunk.Page
         * @instance
         */
        Page.prototype.more = false;

        /**
         * Page body.
         * @member {Uint8Array} body
         * @memberof trunk.Page
         * @instance
         */
        Page.prototype.body = $util.newBuffer([]);

        /**
         * Page code.
         * @member {number} code
         * @memberof trunk.Page
         * @instance
         */
        Page.prototype.code = 0;

        /**
         * Encodes the specified Page message. Does not implicitly {@link trunk.Page.verify|verify} messages.
         * @function encode
         * @memberof trunk.Page
         * @static
         * @param {trunk.Page.$Properties} message Page message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Page.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.from != null && $Object.hasOwnProperty.call(message, "from") && (typeof message.from === "object" ? message.from.low || message.from.high : message.from !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.from);
            if (message.next != null && $Object.hasOwnProperty.call(message, "next") && (typeof message.next === "object" ? message.next.low || message.next.high : message.next !== 0))
                writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.next);
            if (message.head != null && $Object.hasOwnProperty.call(message, "head") && (typeof message.head === "object" ? message.head.low || message.head.high : message.head !== 0))
                writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.head);
            if (message.gap != null && $Object.hasOwnProperty.call(message, "gap") && message.gap !== false)
                writer.uint32(/* id 4, wireType 0 =*/32).bool(message.gap);
            if (message.floor != null && $Object.hasOwnProperty.call(message, "floor") && (typeof message.floor === "object" ? message.floor.low || message.floor.high : message.floor !== 0))
                writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.floor);
            if (message.more != null && $Object.hasOwnProperty.call(message, "more") && message.more !== false)
                writer.uint32(/* id 6, wireType 0 =*/48).bool(message.more);
            if (message.body != null && $Object.hasOwnProperty.call(message, "body") && message.body.length)
                writer.uint32(/* id 7, wireType 2 =*/58).bytes(message.body);
            if (message.code != null && $Object.hasOwnProperty.call(message, "code") && message.code !== 0)
                writer.uint32(/* id 8, wireType 0 =*/64).uint32(message.code);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Page message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.Page
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.Page & trunk.Page.$Shape} Page
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Page.decode = function (reader, length, _end, _depth, _target) {
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
            message = _target || new $root.trunk.Page();
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
                            message.from = value;
                        else
                            delete message.from;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.next = value;
                        else
                            delete message.next;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.head = value;
                        else
                            delete message.head;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.gap = value;
                        else
                            delete message.gap;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.floor = value;
                        else
                            delete message.floor;
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.more = value;
                        else
                            delete message.more;
                        continue;
                    }
                case 7: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.body = value;
                        else
                            delete message.body;
                        continue;
                    }
                case 8: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.code = value;
                        else
                            delete message.code;
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

        return Page;
    })();

    trunk.PublishResult = (function() {

        /**
         * Properties of a PublishResult.
         * @typedef {Object} trunk.PublishResult.$Properties
         * @property {string|null} [code] PublishResult code
         * @property {string|null} [message] PublishResult message
         * @property {number|null} [retryAfter] PublishResult retryAfter
         * @property {Uint8Array|null} [msgid] PublishResult msgid
         * @property {number|null} [seq] PublishResult seq
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a PublishResult.
         * @memberof trunk
         * @interface IPublishResult
         * @augments trunk.PublishResult.$Properties
         * @deprecated Use trunk.PublishResult.$Properties instead.
         */

        /**
         * Shape of a PublishResult.
         * @typedef {trunk.PublishResult.$Properties} trunk.PublishResult.$Shape
         */

        /**
         * Constructs a new PublishResult.
         * @memberof trunk
         * @classdesc Represents a PublishResult.
         * @constructor
         * @param {trunk.PublishResult.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const PublishResult = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * PublishResult code.
         * @member {string} code
         * @memberof trunk.PublishResult
         * @instance
         */
        PublishResult.prototype.code = "";

        /**
         * PublishResult message.
         * @member {string} message
         * @memberof trunk.PublishResult
         * @instance
         */
        PublishResult.prototype.message = "";

        /**
         * PublishResult retryAfter.
         * @member {number} retryAfter
         * @memberof trunk.PublishResult
         * @instance
         */
        PublishResult.prototype.retryAfter = 0;

        /**
         * PublishResult msgid.
         * @member {Uint8Array} msgid
         * @memberof trunk.PublishResult
         * @instance
         */
        PublishResult.prototype.msgid = $util.newBuffer([]);

        /**
         * PublishResult seq.
         * @member {number} seq
         * @memberof trunk.PublishResult
         * @instance
         */
        PublishResult.prototype.seq = 0;

        /**
         * Encodes the specified PublishResult message. Does not implicitly {@link trunk.PublishResult.verify|verify} messages.
         * @function encode
         * @memberof trunk.PublishResult
         * @static
         * @param {trunk.PublishResult.$Properties} message PublishResult message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        PublishResult.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.code != null && $Object.hasOwnProperty.call(message, "code") && message.code !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.code);
            if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.message);
            if (message.retryAfter != null && $Object.hasOwnProperty.call(message, "retryAfter") && message.retryAfter !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.retryAfter);
            if (message.msgid != null && $Object.hasOwnProperty.call(message, "msgid") && message.msgid.length)
                writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.msgid);
            if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && (typeof message.seq === "object" ? message.seq.low || message.seq.high : message.seq !== 0))
                writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.seq);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a PublishResult message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.PublishResult
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.PublishResult & trunk.PublishResult.$Shape} PublishResult
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        PublishResult.decode = function (reader, length, _end, _depth, _target) {
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
            message = _target || new $root.trunk.PublishResult();
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
                            message.code = value;
                        else
                            delete message.code;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.message = value;
                        else
                            delete message.message;
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
                            message.seq = value;
                        else
                            delete message.seq;
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

        return PublishResult;
    })();

    return trunk;
})();

export {
  $root as default
};
