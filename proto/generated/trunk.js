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
         * @property {number|null} [appSessions] LoginRequest appSessions
         * @property {string|null} [address] LoginRequest address
         * @property {number|null} [addressConnections] LoginRequest addressConnections
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
         * LoginRequest appSessions.
         * @member {number} appSessions
         * @memberof trunk.LoginRequest
         * @instance
         */
        LoginRequest.prototype.appSessions = 0;

        /**
         * LoginRequest address.
         * @member {string} address
         * @memberof trunk.LoginRequest
         * @instance
         */
        LoginRequest.prototype.address = "";

        /**
         * LoginRequest addressConnections.
         * @member {number} addressConnections
         * @memberof trunk.LoginRequest
         * @instance
         */
        LoginRequest.prototype.addressConnections = 0;

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
            if (message.appSessions != null && $Object.hasOwnProperty.call(message, "appSessions") && message.appSessions !== 0)
                writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.appSessions);
            if (message.address != null && $Object.hasOwnProperty.call(message, "address") && message.address !== "")
                writer.uint32(/* id 6, wireType 2 =*/50).string(message.address);
            if (message.addressConnections != null && $Object.hasOwnProperty.call(message, "addressConnections") && message.addressConnections !== 0)
                writer.uint32(/* id 7, wireType 0 =*/56).uint32(message.addressConnections);
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
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.appSessions = value;
                        else
                            delete message.appSessions;
                        continue;
                    }
                case 6: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.address = value;
                        else
                            delete message.address;
                        continue;
                    }
                case 7: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.addressConnections = value;
                        else
                            delete message.addressConnections;
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

    trunk.Usage = (function() {

        /**
         * Properties of a Usage.
         * @typedef {Object} trunk.Usage.$Properties
         * @property {Array.<trunk.AppUsage.$Properties>|null} [apps] Usage apps
         * @property {Array.<trunk.AddressUsage.$Properties>|null} [addresses] Usage addresses
         * @property {Array.<trunk.NetworkUsage.$Properties>|null} [networks] Usage networks
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Usage.
         * @memberof trunk
         * @interface IUsage
         * @augments trunk.Usage.$Properties
         * @deprecated Use trunk.Usage.$Properties instead.
         */

        /**
         * Shape of a Usage.
         * @typedef {trunk.Usage.$Properties} trunk.Usage.$Shape
         */

        /**
         * Constructs a new Usage.
         * @memberof trunk
         * @classdesc Represents a Usage.
         * @constructor
         * @param {trunk.Usage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Usage = function (properties) {
            this.apps = [];
            this.addresses = [];
            this.networks = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Usage apps.
         * @member {Array.<trunk.AppUsage.$Properties>} apps
         * @memberof trunk.Usage
         * @instance
         */
        Usage.prototype.apps = $util.emptyArray;

        /**
         * Usage addresses.
         * @member {Array.<trunk.AddressUsage.$Properties>} addresses
         * @memberof trunk.Usage
         * @instance
         */
        Usage.prototype.addresses = $util.emptyArray;

        /**
         * Usage networks.
         * @member {Array.<trunk.NetworkUsage.$Properties>} networks
         * @memberof trunk.Usage
         * @instance
         */
        Usage.prototype.networks = $util.emptyArray;

        /**
         * Encodes the specified Usage message. Does not implicitly {@link trunk.Usage.verify|verify} messages.
         * @function encode
         * @memberof trunk.Usage
         * @static
         * @param {trunk.Usage.$Properties} message Usage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Usage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.apps != null && message.apps.length)
                for (let i = 0; i < message.apps.length; ++i)
                    $root.trunk.AppUsage.encode(message.apps[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
            if (message.addresses != null && message.addresses.length)
                for (let i = 0; i < message.addresses.length; ++i)
                    $root.trunk.AddressUsage.encode(message.addresses[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
            if (message.networks != null && message.networks.length)
                for (let i = 0; i < message.networks.length; ++i)
                    $root.trunk.NetworkUsage.encode(message.networks[i], writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Usage message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.Usage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.Usage & trunk.Usage.$Shape} Usage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Usage.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.trunk.Usage();
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
                        if (!(message.apps && message.apps.length))
                            message.apps = [];
                        message.apps.push($root.trunk.AppUsage.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if (!(message.addresses && message.addresses.length))
                            message.addresses = [];
                        message.addresses.push($root.trunk.AddressUsage.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                case 10: {
                        if (wireType !== 2)
                            break;
                        if (!(message.networks && message.networks.length))
                            message.networks = [];
                        message.networks.push($root.trunk.NetworkUsage.decode(reader, reader.size(), $undefined, _depth + 1));
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

        return Usage;
    })();

    trunk.NetworkUsage = (function() {

        /**
         * Properties of a NetworkUsage.
         * @typedef {Object} trunk.NetworkUsage.$Properties
         * @property {string|null} [network] NetworkUsage network
         * @property {number|null} [sessions] NetworkUsage sessions
         * @property {number|null} [learned] NetworkUsage learned
         * @property {number|null} [learnedMs] NetworkUsage learnedMs
         * @property {Array.<number>|null} [counts] NetworkUsage counts
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a NetworkUsage.
         * @memberof trunk
         * @interface INetworkUsage
         * @augments trunk.NetworkUsage.$Properties
         * @deprecated Use trunk.NetworkUsage.$Properties instead.
         */

        /**
         * Shape of a NetworkUsage.
         * @typedef {trunk.NetworkUsage.$Properties} trunk.NetworkUsage.$Shape
         */

        /**
         * Constructs a new NetworkUsage.
         * @memberof trunk
         * @classdesc Represents a NetworkUsage.
         * @constructor
         * @param {trunk.NetworkUsage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const NetworkUsage = function (properties) {
            this.counts = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * NetworkUsage network.
         * @member {string} network
         * @memberof trunk.NetworkUsage
         * @instance
         */
        NetworkUsage.prototype.network = "";

        /**
         * NetworkUsage sessions.
         * @member {number} sessions
         * @memberof trunk.NetworkUsage
         * @instance
         */
        NetworkUsage.prototype.sessions = 0;

        /**
         * NetworkUsage learned.
         * @member {number} learned
         * @memberof trunk.NetworkUsage
         * @instance
         */
        NetworkUsage.prototype.learned = 0;

        /**
         * NetworkUsage learnedMs.
         * @member {number} learnedMs
         * @memberof trunk.NetworkUsage
         * @instance
         */
        NetworkUsage.prototype.learnedMs = 0;

        /**
         * NetworkUsage counts.
         * @member {Array.<number>} counts
         * @memberof trunk.NetworkUsage
         * @instance
         */
        NetworkUsage.prototype.counts = $util.emptyArray;

        /**
         * Encodes the specified NetworkUsage message. Does not implicitly {@link trunk.NetworkUsage.verify|verify} messages.
         * @function encode
         * @memberof trunk.NetworkUsage
         * @static
         * @param {trunk.NetworkUsage.$Properties} message NetworkUsage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        NetworkUsage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.network != null && $Object.hasOwnProperty.call(message, "network") && message.network !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.network);
            if (message.sessions != null && $Object.hasOwnProperty.call(message, "sessions") && message.sessions !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.sessions);
            if (message.learned != null && $Object.hasOwnProperty.call(message, "learned") && message.learned !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.learned);
            if (message.learnedMs != null && $Object.hasOwnProperty.call(message, "learnedMs") && (typeof message.learnedMs === "object" ? message.learnedMs.low || message.learnedMs.high : message.learnedMs !== 0))
                writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.learnedMs);
            if (message.counts != null && message.counts.length)
                writer.uint32(/* id 5, wireType 2 =*/42).uint32s(message.counts);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a NetworkUsage message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.NetworkUsage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.NetworkUsage & trunk.NetworkUsage.$Shape} NetworkUsage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        NetworkUsage.decode = function (reader, length, _end, _depth, _target) {
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
            message = _target || new $root.trunk.NetworkUsage();
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
                            message.network = value;
                        else
                            delete message.network;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.sessions = value;
                        else
                            delete message.sessions;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.learned = value;
                        else
                            delete message.learned;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.learnedMs = value;
                        else
                            delete message.learnedMs;
                        continue;
                    }
                case 5: {
                        if (wireType === 2) {
                            if (!(message.counts && message.counts.length))
                                message.counts = [];
                            reader.uint32s(message.counts);
                            continue;
                        }
                        if (wireType !== 0)
                            break;
                        if (!(message.counts && message.counts.length))
                            message.counts = [];
                        message.counts.push(reader.uint32());
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

        return NetworkUsage;
    })();

    trunk.AppUsage = (function() {

        /**
         * Properties of an AppUsage.
         * @typedef {Object} trunk.AppUsage.$Properties
         * @property {number|null} [appcode] AppUsage appcode
         * @property {number|null} [sessions] AppUsage sessions
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an AppUsage.
         * @memberof trunk
         * @interface IAppUsage
         * @augments trunk.AppUsage.$Properties
         * @deprecated Use trunk.AppUsage.$Properties instead.
         */

        /**
         * Shape of an AppUsage.
         * @typedef {trunk.AppUsage.$Properties} trunk.AppUsage.$Shape
         */

        /**
         * Constructs a new AppUsage.
         * @memberof trunk
         * @classdesc Represents an AppUsage.
         * @constructor
         * @param {trunk.AppUsage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const AppUsage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * AppUsage appcode.
         * @member {number} appcode
         * @memberof trunk.AppUsage
         * @instance
         */
        AppUsage.prototype.appcode = 0;

        /**
         * AppUsage sessions.
         * @member {number} sessions
         * @memberof trunk.AppUsage
         * @instance
         */
        AppUsage.prototype.sessions = 0;

        /**
         * Encodes the specified AppUsage message. Does not implicitly {@link trunk.AppUsage.verify|verify} messages.
         * @function encode
         * @memberof trunk.AppUsage
         * @static
         * @param {trunk.AppUsage.$Properties} message AppUsage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        AppUsage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.appcode != null && $Object.hasOwnProperty.call(message, "appcode") && message.appcode !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.appcode);
            if (message.sessions != null && $Object.hasOwnProperty.call(message, "sessions") && message.sessions !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.sessions);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes an AppUsage message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.AppUsage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.AppUsage & trunk.AppUsage.$Shape} AppUsage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        AppUsage.decode = function (reader, length, _end, _depth, _target) {
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
            message = _target || new $root.trunk.AppUsage();
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
                            message.appcode = value;
                        else
                            delete message.appcode;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.sessions = value;
                        else
                            delete message.sessions;
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

        return AppUsage;
    })();

    trunk.AddressUsage = (function() {

        /**
         * Properties of an AddressUsage.
         * @typedef {Object} trunk.AddressUsage.$Properties
         * @property {string|null} [address] AddressUsage address
         * @property {number|null} [connections] AddressUsage connections
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an AddressUsage.
         * @memberof trunk
         * @interface IAddressUsage
         * @augments trunk.AddressUsage.$Properties
         * @deprecated Use trunk.AddressUsage.$Properties instead.
         */

        /**
         * Shape of an AddressUsage.
         * @typedef {trunk.AddressUsage.$Properties} trunk.AddressUsage.$Shape
         */

        /**
         * Constructs a new AddressUsage.
         * @memberof trunk
         * @classdesc Represents an AddressUsage.
         * @constructor
         * @param {trunk.AddressUsage.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const AddressUsage = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * AddressUsage address.
         * @member {string} address
         * @memberof trunk.AddressUsage
         * @instance
         */
        AddressUsage.prototype.address = "";

        /**
         * AddressUsage connections.
         * @member {number} connections
         * @memberof trunk.AddressUsage
         * @instance
         */
        AddressUsage.prototype.connections = 0;

        /**
         * Encodes the specified AddressUsage message. Does not implicitly {@link trunk.AddressUsage.verify|verify} messages.
         * @function encode
         * @memberof trunk.AddressUsage
         * @static
         * @param {trunk.AddressUsage.$Properties} message AddressUsage message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        AddressUsage.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.address != null && $Object.hasOwnProperty.call(message, "address") && message.address !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.address);
            if (message.connections != null && $Object.hasOwnProperty.call(message, "connections") && message.connections !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.connections);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes an AddressUsage message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.AddressUsage
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.AddressUsage & trunk.AddressUsage.$Shape} AddressUsage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        AddressUsage.decode = function (reader, length, _end, _depth, _target) {
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
            message = _target || new $root.trunk.AddressUsage();
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
                            message.address = value;
                        else
                            delete message.address;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.connections = value;
                        else
                            delete message.connections;
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

        return AddressUsage;
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
         * @property {number|null} [prevState] LoginResult prevState
         * @property {number|null} [expires] LoginResult expires
         * @property {number|null} [issuedAt] LoginResult issuedAt
         * @property {number|null} [tokenHigh] LoginResult tokenHigh
         * @property {number|null} [tokenLow] LoginResult tokenLow
         * @property {Array.<string>|null} [addresses] LoginResult addresses
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
            this.addresses = [];
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
         * LoginResult prevState.
         * @member {number} prevState
         * @memberof trunk.LoginResult
         * @instance
         */
        LoginResult.prototype.prevState = 0;

        /**
         * LoginResult expires.
         * @member {number} expires
         * @memberof trunk.LoginResult
         * @instance
         */
        LoginResult.prototype.expires = 0;

        /**
         * LoginResult issuedAt.
         * @member {number} issuedAt
         * @memberof trunk.LoginResult
         * @instance
         */
        LoginResult.prototype.issuedAt = 0;

        /**
         * LoginResult tokenHigh.
         * @member {number} tokenHigh
         * @memberof trunk.LoginResult
         * @instance
         */
        LoginResult.prototype.tokenHigh = 0;

        /**
         * LoginResult tokenLow.
         * @member {number} tokenLow
         * @memberof trunk.LoginResult
         * @instance
         */
        LoginResult.prototype.tokenLow = 0;

        /**
         * LoginResult addresses.
         * @member {Array.<string>} addresses
         * @memberof trunk.LoginResult
         * @instance
         */
        LoginResult.prototype.addresses = $util.emptyArray;

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
            if (message.prevState != null && $Object.hasOwnProperty.call(message, "prevState") && message.prevState !== 0)
                writer.uint32(/* id 10, wireType 0 =*/80).uint32(message.prevState);
            if (message.expires != null && $Object.hasOwnProperty.call(message, "expires") && (typeof message.expires === "object" ? message.expires.low || message.expires.high : message.expires !== 0))
                writer.uint32(/* id 11, wireType 0 =*/88).uint64(message.expires);
            if (message.issuedAt != null && $Object.hasOwnProperty.call(message, "issuedAt") && (typeof message.issuedAt === "object" ? message.issuedAt.low || message.issuedAt.high : message.issuedAt !== 0))
                writer.uint32(/* id 12, wireType 0 =*/96).uint64(message.issuedAt);
            if (message.tokenHigh != null && $Object.hasOwnProperty.call(message, "tokenHigh") && message.tokenHigh !== 0)
                writer.uint32(/* id 13, wireType 5 =*/109).fixed32(message.tokenHigh);
            if (message.tokenLow != null && $Object.hasOwnProperty.call(message, "tokenLow") && message.tokenLow !== 0)
                writer.uint32(/* id 14, wireType 5 =*/117).fixed32(message.tokenLow);
            if (message.addresses != null && message.addresses.length)
                for (let i = 0; i < message.addresses.length; ++i)
                    writer.uint32(/* id 15, wireType 2 =*/122).string(message.addresses[i]);
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
                case 10: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.prevState = value;
                        else
                            delete message.prevState;
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
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.issuedAt = value;
                        else
                            delete message.issuedAt;
                        continue;
                    }
                case 13: {
                        if (wireType !== 5)
                            break;
                        if (value = reader.fixed32())
                            message.tokenHigh = value;
                        else
                            delete message.tokenHigh;
                        continue;
                    }
                case 14: {
                        if (wireType !== 5)
                            break;
                        if (value = reader.fixed32())
                            message.tokenLow = value;
                        else
                            delete message.tokenLow;
                        continue;
                    }
                case 15: {
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

        return LoginResult;
    })();

    trunk.TokenRequest = (function() {

        /**
         * Properties of a TokenRequest.
         * @typedef {Object} trunk.TokenRequest.$Properties
         * @property {string|null} [token] TokenRequest token
         * @property {string|null} [device] TokenRequest device
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a TokenRequest.
         * @memberof trunk
         * @interface ITokenRequest
         * @augments trunk.TokenRequest.$Properties
         * @deprecated Use trunk.TokenRequest.$Properties instead.
         */

        /**
         * Shape of a TokenRequest.
         * @typedef {trunk.TokenRequest.$Properties} trunk.TokenRequest.$Shape
         */

        /**
         * Constructs a new TokenRequest.
         * @memberof trunk
         * @classdesc Represents a TokenRequest.
         * @constructor
         * @param {trunk.TokenRequest.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const TokenRequest = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * TokenRequest token.
         * @member {string} token
         * @memberof trunk.TokenRequest
         * @instance
         */
        TokenRequest.prototype.token = "";

        /**
         * TokenRequest device.
         * @member {string} device
         * @memberof trunk.TokenRequest
         * @instance
         */
        TokenRequest.prototype.device = "";

        /**
         * Encodes the specified TokenRequest message. Does not implicitly {@link trunk.TokenRequest.verify|verify} messages.
         * @function encode
         * @memberof trunk.TokenRequest
         * @static
         * @param {trunk.TokenRequest.$Properties} message TokenRequest message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        TokenRequest.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.token != null && $Object.hasOwnProperty.call(message, "token") && message.token !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.token);
            if (message.device != null && $Object.hasOwnProperty.call(message, "device") && message.device !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.device);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a TokenRequest message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.TokenRequest
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.TokenRequest & trunk.TokenRequest.$Shape} TokenRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        TokenRequest.decode = function (reader, length, _end, _depth, _target) {
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
            message = _target || new $root.trunk.TokenRequest();
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
                case 2: {
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

        return TokenRequest;
    })();

    trunk.TokenResult = (function() {

        /**
         * Properties of a TokenResult.
         * @typedef {Object} trunk.TokenResult.$Properties
         * @property {number|null} [code] TokenResult code
         * @property {string|null} [message] TokenResult message
         * @property {number|null} [retryAfter] TokenResult retryAfter
         * @property {number|null} [expires] TokenResult expires
         * @property {number|null} [issuedAt] TokenResult issuedAt
         * @property {number|null} [tokenHigh] TokenResult tokenHigh
         * @property {number|null} [tokenLow] TokenResult tokenLow
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a TokenResult.
         * @memberof trunk
         * @interface ITokenResult
         * @augments trunk.TokenResult.$Properties
         * @deprecated Use trunk.TokenResult.$Properties instead.
         */

        /**
         * Shape of a TokenResult.
         * @typedef {trunk.TokenResult.$Properties} trunk.TokenResult.$Shape
         */

        /**
         * Constructs a new TokenResult.
         * @memberof trunk
         * @classdesc Represents a TokenResult.
         * @constructor
         * @param {trunk.TokenResult.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const TokenResult = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * TokenResult code.
         * @member {number} code
         * @memberof trunk.TokenResult
         * @instance
         */
        TokenResult.prototype.code = 0;

        /**
         * TokenResult message.
         * @member {string} message
         * @memberof trunk.TokenResult
         * @instance
         */
        TokenResult.prototype.message = "";

        /**
         * TokenResult retryAfter.
         * @member {number} retryAfter
         * @memberof trunk.TokenResult
         * @instance
         */
        TokenResult.prototype.retryAfter = 0;

        /**
         * TokenResult expires.
         * @member {number} expires
         * @memberof trunk.TokenResult
         * @instance
         */
        TokenResult.prototype.expires = 0;

        /**
         * TokenResult issuedAt.
         * @member {number} issuedAt
         * @memberof trunk.TokenResult
         * @instance
         */
        TokenResult.prototype.issuedAt = 0;

        /**
         * TokenResult tokenHigh.
         * @member {number} tokenHigh
         * @memberof trunk.TokenResult
         * @instance
         */
        TokenResult.prototype.tokenHigh = 0;

        /**
         * TokenResult tokenLow.
         * @member {number} tokenLow
         * @memberof trunk.TokenResult
         * @instance
         */
        TokenResult.prototype.tokenLow = 0;

        /**
         * Encodes the specified TokenResult message. Does not implicitly {@link trunk.TokenResult.verify|verify} messages.
         * @function encode
         * @memberof trunk.TokenResult
         * @static
         * @param {trunk.TokenResult.$Properties} message TokenResult message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        TokenResult.encode = function (message, writer, _depth) {
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
            if (message.expires != null && $Object.hasOwnProperty.call(message, "expires") && (typeof message.expires === "object" ? message.expires.low || message.expires.high : message.expires !== 0))
                writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.expires);
            if (message.issuedAt != null && $Object.hasOwnProperty.call(message, "issuedAt") && (typeof message.issuedAt === "object" ? message.issuedAt.low || message.issuedAt.high : message.issuedAt !== 0))
                writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.issuedAt);
            if (message.tokenHigh != null && $Object.hasOwnProperty.call(message, "tokenHigh") && message.tokenHigh !== 0)
                writer.uint32(/* id 6, wireType 5 =*/53).fixed32(message.tokenHigh);
            if (message.tokenLow != null && $Object.hasOwnProperty.call(message, "tokenLow") && message.tokenLow !== 0)
                writer.uint32(/* id 7, wireType 5 =*/61).fixed32(message.tokenLow);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a TokenResult message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.TokenResult
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.TokenResult & trunk.TokenResult.$Shape} TokenResult
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        TokenResult.decode = function (reader, length, _end, _depth, _target) {
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
            message = _target || new $root.trunk.TokenResult();
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
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.expires = value;
                        else
                            delete message.expires;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.issuedAt = value;
                        else
                            delete message.issuedAt;
                        continue;
                    }
                case 6: {
                        if (wireType !== 5)
                            break;
                        if (value = reader.fixed32())
                            message.tokenHigh = value;
                        else
                            delete message.tokenHigh;
                        continue;
                    }
                case 7: {
                        if (wireType !== 5)
                            break;
                        if (value = reader.fixed32())
                            message.tokenLow = value;
                        else
                            delete message.tokenLow;
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

        return TokenResult;
    })();

    trunk.Revocation = (function() {

        /**
         * Properties of a Revocation.
         * @typedef {Object} trunk.Revocation.$Properties
         * @property {number|null} [id] Revocation id
         * @property {string|null} [uid] Revocation uid
         * @property {Array.<number>|null} [appcodes] Revocation appcodes
         * @property {number|null} [issuedBefore] Revocation issuedBefore
         * @property {number|null} [tokenHigh] Revocation tokenHigh
         * @property {number|null} [tokenLow] Revocation tokenLow
         * @property {string|null} [message] Revocation message
         * @property {boolean|null} [lifted] Revocation lifted
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Revocation.
         * @memberof trunk
         * @interface IRevocation
         * @augments trunk.Revocation.$Properties
         * @deprecated Use trunk.Revocation.$Properties instead.
         */

        /**
         * Shape of a Revocation.
         * @typedef {trunk.Revocation.$Properties} trunk.Revocation.$Shape
         */

        /**
         * Constructs a new Revocation.
         * @memberof trunk
         * @classdesc Represents a Revocation.
         * @constructor
         * @param {trunk.Revocation.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Revocation = function (properties) {
            this.appcodes = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Revocation id.
         * @member {number} id
         * @memberof trunk.Revocation
         * @instance
         */
        Revocation.prototype.id = 0;

        /**
         * Revocation uid.
         * @member {string} uid
         * @memberof trunk.Revocation
         * @instance
         */
        Revocation.prototype.uid = "";

        /**
         * Revocation appcodes.
         * @member {Array.<number>} appcodes
         * @memberof trunk.Revocation
         * @instance
         */
        Revocation.prototype.appcodes = $util.emptyArray;

        /**
         * Revocation issuedBefore.
         * @member {number} issuedBefore
         * @memberof trunk.Revocation
         * @instance
         */
        Revocation.prototype.issuedBefore = 0;

        /**
         * Revocation tokenHigh.
         * @member {number} tokenHigh
         * @memberof trunk.Revocation
         * @instance
         */
        Revocation.prototype.tokenHigh = 0;

        /**
         * Revocation tokenLow.
         * @member {number} tokenLow
         * @memberof trunk.Revocation
         * @instance
         */
        Revocation.prototype.tokenLow = 0;

        /**
         * Revocation message.
         * @member {string} message
         * @memberof trunk.Revocation
         * @instance
         */
        Revocation.prototype.message = "";

        /**
         * Revocation lifted.
         * @member {boolean} lifted
         * @memberof trunk.Revocation
         * @instance
         */
        Revocation.prototype.lifted = false;

        /**
         * Encodes the specified Revocation message. Does not implicitly {@link trunk.Revocation.verify|verify} messages.
         * @function encode
         * @memberof trunk.Revocation
         * @static
         * @param {trunk.Revocation.$Properties} message Revocation message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Revocation.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.id != null && $Object.hasOwnProperty.call(message, "id") && (typeof message.id === "object" ? message.id.low || message.id.high : message.id !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.id);
            if (message.uid != null && $Object.hasOwnProperty.call(message, "uid") && message.uid !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.uid);
            if (message.appcodes != null && message.appcodes.length)
                writer.uint32(/* id 3, wireType 2 =*/26).uint32s(message.appcodes);
            if (message.issuedBefore != null && $Object.hasOwnProperty.call(message, "issuedBefore") && (typeof message.issuedBefore === "object" ? message.issuedBefore.low || message.issuedBefore.high : message.issuedBefore !== 0))
                writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.issuedBefore);
            if (message.tokenHigh != null && $Object.hasOwnProperty.call(message, "tokenHigh") && message.tokenHigh !== 0)
                writer.uint32(/* id 5, wireType 5 =*/45).fixed32(message.tokenHigh);
            if (message.tokenLow != null && $Object.hasOwnProperty.call(message, "tokenLow") && message.tokenLow !== 0)
                writer.uint32(/* id 6, wireType 5 =*/53).fixed32(message.tokenLow);
            if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                writer.uint32(/* id 7, wireType 2 =*/58).string(message.message);
            if (message.lifted != null && $Object.hasOwnProperty.call(message, "lifted") && message.lifted !== false)
                writer.uint32(/* id 8, wireType 0 =*/64).bool(message.lifted);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Revocation message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.Revocation
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.Revocation & trunk.Revocation.$Shape} Revocation
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Revocation.decode = function (reader, length, _end, _depth, _target) {
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
            message = _target || new $root.trunk.Revocation();
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
                            message.id = value;
                        else
                            delete message.id;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.uid = value;
                        else
                            delete message.uid;
                        continue;
                    }
                case 3: {
                        if (wireType === 2) {
                            if (!(message.appcodes && message.appcodes.length))
                                message.appcodes = [];
                            reader.uint32s(message.appcodes);
                            continue;
                        }
                        if (wireType !== 0)
                            break;
                        if (!(message.appcodes && message.appcodes.length))
                            message.appcodes = [];
                        message.appcodes.push(reader.uint32());
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = $uint64(reader)) === "object" ? value.low || value.high : value !== 0)
                            message.issuedBefore = value;
                        else
                            delete message.issuedBefore;
                        continue;
                    }
                case 5: {
                        if (wireType !== 5)
                            break;
                        if (value = reader.fixed32())
                            message.tokenHigh = value;
                        else
                            delete message.tokenHigh;
                        continue;
                    }
                case 6: {
                        if (wireType !== 5)
                            break;
                        if (value = reader.fixed32())
                            message.tokenLow = value;
                        else
                            delete message.tokenLow;
                        continue;
                    }
                case 7: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.message = value;
                        else
                            delete message.message;
                        continue;
                    }
                case 8: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.lifted = value;
                        else
                            delete message.lifted;
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

        return Revocation;
    })();

    trunk.Revocations = (function() {

        /**
         * Properties of a Revocations.
         * @typedef {Object} trunk.Revocations.$Properties
         * @property {Array.<trunk.Revocation.$Properties>|null} [revocations] Revocations revocations
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Revocations.
         * @memberof trunk
         * @interface IRevocations
         * @augments trunk.Revocations.$Properties
         * @deprecated Use trunk.Revocations.$Properties instead.
         */

        /**
         * Shape of a Revocations.
         * @typedef {trunk.Revocations.$Properties} trunk.Revocations.$Shape
         */

        /**
         * Constructs a new Revocations.
         * @memberof trunk
         * @classdesc Represents a Revocations.
         * @constructor
         * @param {trunk.Revocations.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Revocations = function (properties) {
            this.revocations = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Revocations revocations.
         * @member {Array.<trunk.Revocation.$Properties>} revocations
         * @memberof trunk.Revocations
         * @instance
         */
        Revocations.prototype.revocations = $util.emptyArray;

        /**
         * Encodes the specified Revocations message. Does not implicitly {@link trunk.Revocations.verify|verify} messages.
         * @function encode
         * @memberof trunk.Revocations
         * @static
         * @param {trunk.Revocations.$Properties} message Revocations message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Revocations.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.revocations != null && message.revocations.length)
                for (let i = 0; i < message.revocations.length; ++i)
                    $root.trunk.Revocation.encode(message.revocations[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Revocations message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.Revocations
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.Revocations & trunk.Revocations.$Shape} Revocations
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Revocations.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.trunk.Revocations();
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
                        if (!(message.revocations && message.revocations.length))
                            message.revocations = [];
                        message.revocations.push($root.trunk.Revocation.decode(reader, reader.size(), $undefined, _depth + 1));
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

        return Revocations;
    })();

    trunk.Hints = (function() {

        /**
         * Properties of a Hints.
         * @typedef {Object} trunk.Hints.$Properties
         * @property {number|null} [pingStart] Hints pingStart
         * @property {number|null} [pingMax] Hints pingMax
         * @property {number|null} [pingFloor] Hints pingFloor
         * @property {number|null} [ackTimeout] Hints ackTimeout
         * @property {number|null} [reconnectWindow] Hints reconnectWindow
         * @property {boolean|null} [quiet] Hints quiet
         * @property {number|null} [sessions] Hints sessions
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Hints.
         * @memberof trunk
         * @interface IHints
         * @augments trunk.Hints.$Properties
         * @deprecated Use trunk.Hints.$Properties instead.
         */

        /**
         * Shape of a Hints.
         * @typedef {trunk.Hints.$Properties} trunk.Hints.$Shape
         */

        /**
         * Constructs a new Hints.
         * @memberof trunk
         * @classdesc Represents a Hints.
         * @constructor
         * @param {trunk.Hints.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Hints = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Hints pingStart.
         * @member {number} pingStart
         * @memberof trunk.Hints
         * @instance
         */
        Hints.prototype.pingStart = 0;

        /**
         * Hints pingMax.
         * @member {number} pingMax
         * @memberof trunk.Hints
         * @instance
         */
        Hints.prototype.pingMax = 0;

        /**
         * Hints pingFloor.
         * @member {number} pingFloor
         * @memberof trunk.Hints
         * @instance
         */
        Hints.prototype.pingFloor = 0;

        /**
         * Hints ackTimeout.
         * @member {number} ackTimeout
         * @memberof trunk.Hints
         * @instance
         */
        Hints.prototype.ackTimeout = 0;

        /**
         * Hints reconnectWindow.
         * @member {number} reconnectWindow
         * @memberof trunk.Hints
         * @instance
         */
        Hints.prototype.reconnectWindow = 0;

        /**
         * Hints quiet.
         * @member {boolean} quiet
         * @memberof trunk.Hints
         * @instance
         */
        Hints.prototype.quiet = false;

        /**
         * Hints sessions.
         * @member {number} sessions
         * @memberof trunk.Hints
         * @instance
         */
        Hints.prototype.sessions = 0;

        /**
         * Encodes the specified Hints message. Does not implicitly {@link trunk.Hints.verify|verify} messages.
         * @function encode
         * @memberof trunk.Hints
         * @static
         * @param {trunk.Hints.$Properties} message Hints message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Hints.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.pingStart != null && $Object.hasOwnProperty.call(message, "pingStart") && message.pingStart !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.pingStart);
            if (message.pingMax != null && $Object.hasOwnProperty.call(message, "pingMax") && message.pingMax !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.pingMax);
            if (message.pingFloor != null && $Object.hasOwnProperty.call(message, "pingFloor") && message.pingFloor !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.pingFloor);
            if (message.ackTimeout != null && $Object.hasOwnProperty.call(message, "ackTimeout") && message.ackTimeout !== 0)
                writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.ackTimeout);
            if (message.reconnectWindow != null && $Object.hasOwnProperty.call(message, "reconnectWindow") && message.reconnectWindow !== 0)
                writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.reconnectWindow);
            if (message.quiet != null && $Object.hasOwnProperty.call(message, "quiet") && message.quiet !== false)
                writer.uint32(/* id 6, wireType 0 =*/48).bool(message.quiet);
            if (message.sessions != null && $Object.hasOwnProperty.call(message, "sessions") && message.sessions !== 0)
                writer.uint32(/* id 7, wireType 0 =*/56).uint32(message.sessions);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Hints message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.Hints
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.Hints & trunk.Hints.$Shape} Hints
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Hints.decode = function (reader, length, _end, _depth, _target) {
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
            message = _target || new $root.trunk.Hints();
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
                            message.pingStart = value;
                        else
                            delete message.pingStart;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.pingMax = value;
                        else
                            delete message.pingMax;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.pingFloor = value;
                        else
                            delete message.pingFloor;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.ackTimeout = value;
                        else
                            delete message.ackTimeout;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.reconnectWindow = value;
                        else
                            delete message.reconnectWindow;
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.quiet = value;
                        else
                            delete message.quiet;
                        continue;
                    }
                case 7: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.sessions = value;
                        else
                            delete message.sessions;
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

        return Hints;
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
         * @property {number|null} [sessions] PublishResult sessions
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
         * PublishResult sessions.
         * @member {number} sessions
         * @memberof trunk.PublishResult
         * @instance
         */
        PublishResult.prototype.sessions = 0;

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
            if (message.sessions != null && $Object.hasOwnProperty.call(message, "sessions") && message.sessions !== 0)
                writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.sessions);
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
                case 6: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.sessions = value;
                        else
                            delete message.sessions;
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

    trunk.Move = (function() {

        /**
         * Properties of a Move.
         * @typedef {Object} trunk.Move.$Properties
         * @property {string|null} [id] Move id
         * @property {number|null} [state] Move state
         * @property {Array.<string>|null} [targets] Move targets
         * @property {number|null} [hashFrom] Move hashFrom
         * @property {number|null} [hashTo] Move hashTo
         * @property {Array.<number>|null} [appcodes] Move appcodes
         * @property {Array.<string>|null} [agents] Move agents
         * @property {Array.<string>|null} [nets] Move nets
         * @property {boolean|null} [invert] Move invert
         * @property {number|null} [share] Move share
         * @property {number|null} [count] Move count
         * @property {number|null} [spread] Move spread
         * @property {number|null} [perSecond] Move perSecond
         * @property {number|null} [deadline] Move deadline
         * @property {string|null} [reason] Move reason
         * @property {boolean|null} [drain] Move drain
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Move.
         * @memberof trunk
         * @interface IMove
         * @augments trunk.Move.$Properties
         * @deprecated Use trunk.Move.$Properties instead.
         */

        /**
         * Shape of a Move.
         * @typedef {trunk.Move.$Properties} trunk.Move.$Shape
         */

        /**
         * Constructs a new Move.
         * @memberof trunk
         * @classdesc Represents a Move.
         * @constructor
         * @param {trunk.Move.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Move = function (properties) {
            this.targets = [];
            this.appcodes = [];
            this.agents = [];
            this.nets = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Move id.
         * @member {string} id
         * @memberof trunk.Move
         * @instance
         */
        Move.prototype.id = "";

        /**
         * Move state.
         * @member {number} state
         * @memberof trunk.Move
         * @instance
         */
        Move.prototype.state = 0;

        /**
         * Move targets.
         * @member {Array.<string>} targets
         * @memberof trunk.Move
         * @instance
         */
        Move.prototype.targets = $util.emptyArray;

        /**
         * Move hashFrom.
         * @member {number} hashFrom
         * @memberof trunk.Move
         * @instance
         */
        Move.prototype.hashFrom = 0;

        /**
         * Move hashTo.
         * @member {number} hashTo
         * @memberof trunk.Move
         * @instance
         */
        Move.prototype.hashTo = 0;

        /**
         * Move appcodes.
         * @member {Array.<number>} appcodes
         * @memberof trunk.Move
         * @instance
         */
        Move.prototype.appcodes = $util.emptyArray;

        /**
         * Move agents.
         * @member {Array.<string>} agents
         * @memberof trunk.Move
         * @instance
         */
        Move.prototype.agents = $util.emptyArray;

        /**
         * Move nets.
         * @member {Array.<string>} nets
         * @memberof trunk.Move
         * @instance
         */
        Move.prototype.nets = $util.emptyArray;

        /**
         * Move invert.
         * @member {boolean} invert
         * @memberof trunk.Move
         * @instance
         */
        Move.prototype.invert = false;

        /**
         * Move share.
         * @member {number} share
         * @memberof trunk.Move
         * @instance
         */
        Move.prototype.share = 0;

        /**
         * Move count.
         * @member {number} count
         * @memberof trunk.Move
         * @instance
         */
        Move.prototype.count = 0;

        /**
         * Move spread.
         * @member {number} spread
         * @memberof trunk.Move
         * @instance
         */
        Move.prototype.spread = 0;

        /**
         * Move perSecond.
         * @member {number} perSecond
         * @memberof trunk.Move
         * @instance
         */
        Move.prototype.perSecond = 0;

        /**
         * Move deadline.
         * @member {number} deadline
         * @memberof trunk.Move
         * @instance
         */
        Move.prototype.deadline = 0;

        /**
         * Move reason.
         * @member {string} reason
         * @memberof trunk.Move
         * @instance
         */
        Move.prototype.reason = "";

        /**
         * Move drain.
         * @member {boolean} drain
         * @memberof trunk.Move
         * @instance
         */
        Move.prototype.drain = false;

        /**
         * Encodes the specified Move message. Does not implicitly {@link trunk.Move.verify|verify} messages.
         * @function encode
         * @memberof trunk.Move
         * @static
         * @param {trunk.Move.$Properties} message Move message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Move.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.id);
            if (message.state != null && $Object.hasOwnProperty.call(message, "state") && message.state !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.state);
            if (message.targets != null && message.targets.length)
                for (let i = 0; i < message.targets.length; ++i)
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.targets[i]);
            if (message.hashFrom != null && $Object.hasOwnProperty.call(message, "hashFrom") && message.hashFrom !== 0)
                writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.hashFrom);
            if (message.hashTo != null && $Object.hasOwnProperty.call(message, "hashTo") && message.hashTo !== 0)
                writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.hashTo);
            if (message.appcodes != null && message.appcodes.length)
                writer.uint32(/* id 6, wireType 2 =*/50).uint32s(message.appcodes);
            if (message.agents != null && message.agents.length)
                for (let i = 0; i < message.agents.length; ++i)
                    writer.uint32(/* id 7, wireType 2 =*/58).string(message.agents[i]);
            if (message.nets != null && message.nets.length)
                for (let i = 0; i < message.nets.length; ++i)
                    writer.uint32(/* id 8, wireType 2 =*/66).string(message.nets[i]);
            if (message.invert != null && $Object.hasOwnProperty.call(message, "invert") && message.invert !== false)
                writer.uint32(/* id 9, wireType 0 =*/72).bool(message.invert);
            if (message.share != null && $Object.hasOwnProperty.call(message, "share") && message.share !== 0)
                writer.uint32(/* id 10, wireType 0 =*/80).uint32(message.share);
            if (message.count != null && $Object.hasOwnProperty.call(message, "count") && message.count !== 0)
                writer.uint32(/* id 11, wireType 0 =*/88).uint32(message.count);
            if (message.spread != null && $Object.hasOwnProperty.call(message, "spread") && message.spread !== 0)
                writer.uint32(/* id 12, wireType 0 =*/96).uint32(message.spread);
            if (message.perSecond != null && $Object.hasOwnProperty.call(message, "perSecond") && message.perSecond !== 0)
                writer.uint32(/* id 13, wireType 0 =*/104).uint32(message.perSecond);
            if (message.deadline != null && $Object.hasOwnProperty.call(message, "deadline") && message.deadline !== 0)
                writer.uint32(/* id 14, wireType 0 =*/112).uint32(message.deadline);
            if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== "")
                writer.uint32(/* id 15, wireType 2 =*/122).string(message.reason);
            if (message.drain != null && $Object.hasOwnProperty.call(message, "drain") && message.drain !== false)
                writer.uint32(/* id 16, wireType 0 =*/128).bool(message.drain);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Move message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.Move
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.Move & trunk.Move.$Shape} Move
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Move.decode = function (reader, length, _end, _depth, _target) {
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
            message = _target || new $root.trunk.Move();
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
                            message.id = value;
                        else
                            delete message.id;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.state = value;
                        else
                            delete message.state;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if (!(message.targets && message.targets.length))
                            message.targets = [];
                        message.targets.push(reader.stringVerify());
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.hashFrom = value;
                        else
                            delete message.hashFrom;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.hashTo = value;
                        else
                            delete message.hashTo;
                        continue;
                    }
                case 6: {
                        if (wireType === 2) {
                            if (!(message.appcodes && message.appcodes.length))
                                message.appcodes = [];
                            reader.uint32s(message.appcodes);
                            continue;
                        }
                        if (wireType !== 0)
                            break;
                        if (!(message.appcodes && message.appcodes.length))
                            message.appcodes = [];
                        message.appcodes.push(reader.uint32());
                        continue;
                    }
                case 7: {
                        if (wireType !== 2)
                            break;
                        if (!(message.agents && message.agents.length))
                            message.agents = [];
                        message.agents.push(reader.stringVerify());
                        continue;
                    }
                case 8: {
                        if (wireType !== 2)
                            break;
                        if (!(message.nets && message.nets.length))
                            message.nets = [];
                        message.nets.push(reader.stringVerify());
                        continue;
                    }
                case 9: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.invert = value;
                        else
                            delete message.invert;
                        continue;
                    }
                case 10: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.share = value;
                        else
                            delete message.share;
                        continue;
                    }
                case 11: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.count = value;
                        else
                            delete message.count;
                        continue;
                    }
                case 12: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.spread = value;
                        else
                            delete message.spread;
                        continue;
                    }
                case 13: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.perSecond = value;
                        else
                            delete message.perSecond;
                        continue;
                    }
                case 14: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.deadline = value;
                        else
                            delete message.deadline;
                        continue;
                    }
                case 15: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.reason = value;
                        else
                            delete message.reason;
                        continue;
                    }
                case 16: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.drain = value;
                        else
                            delete message.drain;
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

        return Move;
    })();

    trunk.Moving = (function() {

        /**
         * Properties of a Moving.
         * @typedef {Object} trunk.Moving.$Properties
         * @property {string|null} [id] Moving id
         * @property {number|null} [matching] Moving matching
         * @property {number|null} [told] Moving told
         * @property {number|null} [moved] Moving moved
         * @property {number|null} [left] Moving left
         * @property {number|null} [failed] Moving failed
         * @property {number|null} [pending] Moving pending
         * @property {boolean|null} [done] Moving done
         * @property {number|null} [sessions] Moving sessions
         * @property {string|null} [problem] Moving problem
         * @property {boolean|null} [counted] Moving counted
         * @property {number|null} [remaining] Moving remaining
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Moving.
         * @memberof trunk
         * @interface IMoving
         * @augments trunk.Moving.$Properties
         * @deprecated Use trunk.Moving.$Properties instead.
         */

        /**
         * Shape of a Moving.
         * @typedef {trunk.Moving.$Properties} trunk.Moving.$Shape
         */

        /**
         * Constructs a new Moving.
         * @memberof trunk
         * @classdesc Represents a Moving.
         * @constructor
         * @param {trunk.Moving.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Moving = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Moving id.
         * @member {string} id
         * @memberof trunk.Moving
         * @instance
         */
        Moving.prototype.id = "";

        /**
         * Moving matching.
         * @member {number} matching
         * @memberof trunk.Moving
         * @instance
         */
        Moving.prototype.matching = 0;

        /**
         * Moving told.
         * @member {number} told
         * @memberof trunk.Moving
         * @instance
         */
        Moving.prototype.told = 0;

        /**
         * Moving moved.
         * @member {number} moved
         * @memberof trunk.Moving
         * @instance
         */
        Moving.prototype.moved = 0;

        /**
         * Moving left.
         * @member {number} left
         * @memberof trunk.Moving
         * @instance
         */
        Moving.prototype.left = 0;

        /**
         * Moving failed.
         * @member {number} failed
         * @memberof trunk.Moving
         * @instance
         */
        Moving.prototype.failed = 0;

        /**
         * Moving pending.
         * @member {number} pending
         * @memberof trunk.Moving
         * @instance
         */
        Moving.prototype.pending = 0;

        /**
         * Moving done.
         * @member {boolean} done
         * @memberof trunk.Moving
         * @instance
         */
        Moving.prototype.done = false;

        /**
         * Moving sessions.
         * @member {number} sessions
         * @memberof trunk.Moving
         * @instance
         */
        Moving.prototype.sessions = 0;

        /**
         * Moving problem.
         * @member {string} problem
         * @memberof trunk.Moving
         * @instance
         */
        Moving.prototype.problem = "";

        /**
         * Moving counted.
         * @member {boolean} counted
         * @memberof trunk.Moving
         * @instance
         */
        Moving.prototype.counted = false;

        /**
         * Moving remaining.
         * @member {number} remaining
         * @memberof trunk.Moving
         * @instance
         */
        Moving.prototype.remaining = 0;

        /**
         * Encodes the specified Moving message. Does not implicitly {@link trunk.Moving.verify|verify} messages.
         * @function encode
         * @memberof trunk.Moving
         * @static
         * @param {trunk.Moving.$Properties} message Moving message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Moving.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.id);
            if (message.matching != null && $Object.hasOwnProperty.call(message, "matching") && message.matching !== 0)
                writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.matching);
            if (message.told != null && $Object.hasOwnProperty.call(message, "told") && message.told !== 0)
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.told);
            if (message.moved != null && $Object.hasOwnProperty.call(message, "moved") && message.moved !== 0)
                writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.moved);
            if (message.left != null && $Object.hasOwnProperty.call(message, "left") && message.left !== 0)
                writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.left);
            if (message.failed != null && $Object.hasOwnProperty.call(message, "failed") && message.failed !== 0)
                writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.failed);
            if (message.pending != null && $Object.hasOwnProperty.call(message, "pending") && message.pending !== 0)
                writer.uint32(/* id 7, wireType 0 =*/56).uint32(message.pending);
            if (message.done != null && $Object.hasOwnProperty.call(message, "done") && message.done !== false)
                writer.uint32(/* id 8, wireType 0 =*/64).bool(message.done);
            if (message.sessions != null && $Object.hasOwnProperty.call(message, "sessions") && message.sessions !== 0)
                writer.uint32(/* id 9, wireType 0 =*/72).uint32(message.sessions);
            if (message.problem != null && $Object.hasOwnProperty.call(message, "problem") && message.problem !== "")
                writer.uint32(/* id 10, wireType 2 =*/82).string(message.problem);
            if (message.counted != null && $Object.hasOwnProperty.call(message, "counted") && message.counted !== false)
                writer.uint32(/* id 11, wireType 0 =*/88).bool(message.counted);
            if (message.remaining != null && $Object.hasOwnProperty.call(message, "remaining") && message.remaining !== 0)
                writer.uint32(/* id 12, wireType 0 =*/96).uint32(message.remaining);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Moving message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.Moving
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.Moving & trunk.Moving.$Shape} Moving
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Moving.decode = function (reader, length, _end, _depth, _target) {
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
            message = _target || new $root.trunk.Moving();
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
                            message.id = value;
                        else
                            delete message.id;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.matching = value;
                        else
                            delete message.matching;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.told = value;
                        else
                            delete message.told;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.moved = value;
                        else
                            delete message.moved;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.left = value;
                        else
                            delete message.left;
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.failed = value;
                        else
                            delete message.failed;
                        continue;
                    }
                case 7: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.pending = value;
                        else
                            delete message.pending;
                        continue;
                    }
                case 8: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.done = value;
                        else
                            delete message.done;
                        continue;
                    }
                case 9: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.sessions = value;
                        else
                            delete message.sessions;
                        continue;
                    }
                case 10: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.problem = value;
                        else
                            delete message.problem;
                        continue;
                    }
                case 11: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.counted = value;
                        else
                            delete message.counted;
                        continue;
                    }
                case 12: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.remaining = value;
                        else
                            delete message.remaining;
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

        return Moving;
    })();

    trunk.Consume = (function() {

        /**
         * Properties of a Consume.
         * @typedef {Object} trunk.Consume.$Properties
         * @property {string|null} [group] Consume group
         * @property {Array.<string>|null} [topics] Consume topics
         * @property {boolean|null} [latest] Consume latest
         * @property {number|null} [window] Consume window
         * @property {number|null} [visibility] Consume visibility
         * @property {number|null} [attempts] Consume attempts
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Consume.
         * @memberof trunk
         * @interface IConsume
         * @augments trunk.Consume.$Properties
         * @deprecated Use trunk.Consume.$Properties instead.
         */

        /**
         * Shape of a Consume.
         * @typedef {trunk.Consume.$Properties} trunk.Consume.$Shape
         */

        /**
         * Constructs a new Consume.
         * @memberof trunk
         * @classdesc Represents a Consume.
         * @constructor
         * @param {trunk.Consume.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Consume = function (properties) {
            this.topics = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Consume group.
         * @member {string} group
         * @memberof trunk.Consume
         * @instance
         */
        Consume.prototype.group = "";

        /**
         * Consume topics.
         * @member {Array.<string>} topics
         * @memberof trunk.Consume
         * @instance
         */
        Consume.prototype.topics = $util.emptyArray;

        /**
         * Consume latest.
         * @member {boolean} latest
         * @memberof trunk.Consume
         * @instance
         */
        Consume.prototype.latest = false;

        /**
         * Consume window.
         * @member {number} window
         * @memberof trunk.Consume
         * @instance
         */
        Consume.prototype.window = 0;

        /**
         * Consume visibility.
         * @member {number} visibility
         * @memberof trunk.Consume
         * @instance
         */
        Consume.prototype.visibility = 0;

        /**
         * Consume attempts.
         * @member {number} attempts
         * @memberof trunk.Consume
         * @instance
         */
        Consume.prototype.attempts = 0;

        /**
         * Encodes the specified Consume message. Does not implicitly {@link trunk.Consume.verify|verify} messages.
         * @function encode
         * @memberof trunk.Consume
         * @static
         * @param {trunk.Consume.$Properties} message Consume message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Consume.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.group != null && $Object.hasOwnProperty.call(message, "group") && message.group !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.group);
            if (message.topics != null && message.topics.length)
                for (let i = 0; i < message.topics.length; ++i)
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.topics[i]);
            if (message.latest != null && $Object.hasOwnProperty.call(message, "latest") && message.latest !== false)
                writer.uint32(/* id 3, wireType 0 =*/24).bool(message.latest);
            if (message.window != null && $Object.hasOwnProperty.call(message, "window") && message.window !== 0)
                writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.window);
            if (message.visibility != null && $Object.hasOwnProperty.call(message, "visibility") && message.visibility !== 0)
                writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.visibility);
            if (message.attempts != null && $Object.hasOwnProperty.call(message, "attempts") && message.attempts !== 0)
                writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.attempts);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Consume message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.Consume
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.Consume & trunk.Consume.$Shape} Consume
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Consume.decode = function (reader, length, _end, _depth, _target) {
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
            message = _target || new $root.trunk.Consume();
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
                            message.group = value;
                        else
                            delete message.group;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if (!(message.topics && message.topics.length))
                            message.topics = [];
                        message.topics.push(reader.stringVerify());
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.latest = value;
                        else
                            delete message.latest;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.window = value;
                        else
                            delete message.window;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.visibility = value;
                        else
                            delete message.visibility;
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.attempts = value;
                        else
                            delete message.attempts;
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

        return Consume;
    })();

    trunk.TopicGrants = (function() {

        /**
         * Properties of a TopicGrants.
         * @typedef {Object} trunk.TopicGrants.$Properties
         * @property {Array.<trunk.TopicGrant.$Properties>|null} [grants] TopicGrants grants
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a TopicGrants.
         * @memberof trunk
         * @interface ITopicGrants
         * @augments trunk.TopicGrants.$Properties
         * @deprecated Use trunk.TopicGrants.$Properties instead.
         */

        /**
         * Shape of a TopicGrants.
         * @typedef {trunk.TopicGrants.$Properties} trunk.TopicGrants.$Shape
         */

        /**
         * Constructs a new TopicGrants.
         * @memberof trunk
         * @classdesc Represents a TopicGrants.
         * @constructor
         * @param {trunk.TopicGrants.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const TopicGrants = function (properties) {
            this.grants = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * TopicGrants grants.
         * @member {Array.<trunk.TopicGrant.$Properties>} grants
         * @memberof trunk.TopicGrants
         * @instance
         */
        TopicGrants.prototype.grants = $util.emptyArray;

        /**
         * Encodes the specified TopicGrants message. Does not implicitly {@link trunk.TopicGrants.verify|verify} messages.
         * @function encode
         * @memberof trunk.TopicGrants
         * @static
         * @param {trunk.TopicGrants.$Properties} message TopicGrants message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        TopicGrants.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.grants != null && message.grants.length)
                for (let i = 0; i < message.grants.length; ++i)
                    $root.trunk.TopicGrant.encode(message.grants[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a TopicGrants message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.TopicGrants
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.TopicGrants & trunk.TopicGrants.$Shape} TopicGrants
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        TopicGrants.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.trunk.TopicGrants();
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
                        if (!(message.grants && message.grants.length))
                            message.grants = [];
                        message.grants.push($root.trunk.TopicGrant.decode(reader, reader.size(), $undefined, _depth + 1));
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

        return TopicGrants;
    })();

    trunk.TopicGrant = (function() {

        /**
         * Properties of a TopicGrant.
         * @typedef {Object} trunk.TopicGrant.$Properties
         * @property {string|null} [topic] TopicGrant topic
         * @property {number|null} [epoch] TopicGrant epoch
         * @property {number|null} [head] TopicGrant head
         * @property {boolean|null} [presence] TopicGrant presence
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a TopicGrant.
         * @memberof trunk
         * @interface ITopicGrant
         * @augments trunk.TopicGrant.$Properties
         * @deprecated Use trunk.TopicGrant.$Properties instead.
         */

        /**
         * Shape of a TopicGrant.
         * @typedef {trunk.TopicGrant.$Properties} trunk.TopicGrant.$Shape
         */

        /**
         * Constructs a new TopicGrant.
         * @memberof trunk
         * @classdesc Represents a TopicGrant.
         * @constructor
         * @param {trunk.TopicGrant.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const TopicGrant = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * TopicGrant topic.
         * @member {string} topic
         * @memberof trunk.TopicGrant
         * @instance
         */
        TopicGrant.prototype.topic = "";

        /**
         * TopicGrant epoch.
         * @member {number} epoch
         * @memberof trunk.TopicGrant
         * @instance
         */
        TopicGrant.prototype.epoch = 0;

        /**
         * TopicGrant head.
         * @member {number} head
         * @memberof trunk.TopicGrant
         * @instance
         */
        TopicGrant.prototype.head = 0;

        /**
         * TopicGrant presence.
         * @member {boolean} presence
         * @memberof trunk.TopicGrant
         * @instance
         */
        TopicGrant.prototype.presence = false;

        /**
         * Encodes the specified TopicGrant message. Does not implicitly {@link trunk.TopicGrant.verify|verify} messages.
         * @function encode
         * @memberof trunk.TopicGrant
         * @static
         * @param {trunk.TopicGrant.$Properties} message TopicGrant message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        TopicGrant.encode = function (message, writer, _depth) {
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
            if (message.head != null && $Object.hasOwnProperty.call(message, "head") && (typeof message.head === "object" ? message.head.low || message.head.high : message.head !== 0))
                writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.head);
            if (message.presence != null && $Object.hasOwnProperty.call(message, "presence") && message.presence !== false)
                writer.uint32(/* id 4, wireType 0 =*/32).bool(message.presence);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a TopicGrant message from the specified reader or buffer.
         * @function decode
         * @memberof trunk.TopicGrant
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {trunk.TopicGrant & trunk.TopicGrant.$Shape} TopicGrant
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        TopicGrant.decode = function (reader, length, _end, _depth, _target) {
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
            message = _target || new $root.trunk.TopicGrant();
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
                            message.head = value;
                        else
                            delete message.head;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.presence = value;
                        else
                            delete message.presence;
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

        return TopicGrant;
    })();

    return trunk;
})();

export {
  $root as default
};
