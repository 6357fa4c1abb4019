import * as $protobuf from "protobufjs";
import Long = require("long");

/** Namespace trunk. */
export namespace trunk {

    /**
     * Properties of a Hello.
     * @deprecated Use trunk.Hello.$Properties instead.
     */
    interface IHello extends trunk.Hello.$Properties {
    }

    /** Represents a Hello. */
    class Hello {

        /**
         * Constructs a new Hello.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.Hello.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Hello node. */
        node: string;

        /** Hello incarnation. */
        incarnation: string;

        /** Hello role. */
        role: string;

        /** Hello version. */
        version: number;

        /** Hello key. */
        key: string;

        /** Hello message. */
        message: string;

        /**
         * Encodes the specified Hello message. Does not implicitly {@link trunk.Hello.verify|verify} messages.
         * @param message Hello message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.Hello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Hello message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.Hello & trunk.Hello.$Shape} Hello
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.Hello & trunk.Hello.$Shape;
    }

    namespace Hello {

        /** Properties of a Hello. */
        interface $Properties {

            /** Hello node */
            node?: (string|null);

            /** Hello incarnation */
            incarnation?: (string|null);

            /** Hello role */
            role?: (string|null);

            /** Hello version */
            version?: (number|null);

            /** Hello key */
            key?: (string|null);

            /** Hello message */
            message?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Hello. */
        type $Shape = trunk.Hello.$Properties;
    }

    /**
     * Properties of a LoginRequest.
     * @deprecated Use trunk.LoginRequest.$Properties instead.
     */
    interface ILoginRequest extends trunk.LoginRequest.$Properties {
    }

    /** Represents a LoginRequest. */
    class LoginRequest {

        /**
         * Constructs a new LoginRequest.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.LoginRequest.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** LoginRequest login. */
        login: Uint8Array;

        /** LoginRequest ip. */
        ip: string;

        /** LoginRequest transport. */
        transport: string;

        /** LoginRequest maxBytes. */
        maxBytes: number;

        /** LoginRequest appSessions. */
        appSessions: number;

        /** LoginRequest address. */
        address: string;

        /** LoginRequest addressConnections. */
        addressConnections: number;

        /**
         * Encodes the specified LoginRequest message. Does not implicitly {@link trunk.LoginRequest.verify|verify} messages.
         * @param message LoginRequest message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.LoginRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a LoginRequest message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.LoginRequest & trunk.LoginRequest.$Shape} LoginRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.LoginRequest & trunk.LoginRequest.$Shape;
    }

    namespace LoginRequest {

        /** Properties of a LoginRequest. */
        interface $Properties {

            /** LoginRequest login */
            login?: (Uint8Array|null);

            /** LoginRequest ip */
            ip?: (string|null);

            /** LoginRequest transport */
            transport?: (string|null);

            /** LoginRequest maxBytes */
            maxBytes?: (number|null);

            /** LoginRequest appSessions */
            appSessions?: (number|null);

            /** LoginRequest address */
            address?: (string|null);

            /** LoginRequest addressConnections */
            addressConnections?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a LoginRequest. */
        type $Shape = trunk.LoginRequest.$Properties;
    }

    /**
     * Properties of a Usage.
     * @deprecated Use trunk.Usage.$Properties instead.
     */
    interface IUsage extends trunk.Usage.$Properties {
    }

    /** Represents a Usage. */
    class Usage {

        /**
         * Constructs a new Usage.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.Usage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Usage apps. */
        apps: trunk.AppUsage.$Properties[];

        /** Usage addresses. */
        addresses: trunk.AddressUsage.$Properties[];

        /** Usage networks. */
        networks: trunk.NetworkUsage.$Properties[];

        /**
         * Encodes the specified Usage message. Does not implicitly {@link trunk.Usage.verify|verify} messages.
         * @param message Usage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.Usage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Usage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.Usage & trunk.Usage.$Shape} Usage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.Usage & trunk.Usage.$Shape;
    }

    namespace Usage {

        /** Properties of a Usage. */
        interface $Properties {

            /** Usage apps */
            apps?: (trunk.AppUsage.$Properties[]|null);

            /** Usage addresses */
            addresses?: (trunk.AddressUsage.$Properties[]|null);

            /** Usage networks */
            networks?: (trunk.NetworkUsage.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Usage. */
        type $Shape = trunk.Usage.$Properties;
    }

    /**
     * Properties of a NetworkUsage.
     * @deprecated Use trunk.NetworkUsage.$Properties instead.
     */
    interface INetworkUsage extends trunk.NetworkUsage.$Properties {
    }

    /** Represents a NetworkUsage. */
    class NetworkUsage {

        /**
         * Constructs a new NetworkUsage.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.NetworkUsage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** NetworkUsage network. */
        network: string;

        /** NetworkUsage sessions. */
        sessions: number;

        /** NetworkUsage learned. */
        learned: number;

        /** NetworkUsage learnedMs. */
        learnedMs: number;

        /** NetworkUsage counts. */
        counts: number[];

        /**
         * Encodes the specified NetworkUsage message. Does not implicitly {@link trunk.NetworkUsage.verify|verify} messages.
         * @param message NetworkUsage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.NetworkUsage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a NetworkUsage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.NetworkUsage & trunk.NetworkUsage.$Shape} NetworkUsage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.NetworkUsage & trunk.NetworkUsage.$Shape;
    }

    namespace NetworkUsage {

        /** Properties of a NetworkUsage. */
        interface $Properties {

            /** NetworkUsage network */
            network?: (string|null);

            /** NetworkUsage sessions */
            sessions?: (number|null);

            /** NetworkUsage learned */
            learned?: (number|null);

            /** NetworkUsage learnedMs */
            learnedMs?: (number|null);

            /** NetworkUsage counts */
            counts?: (number[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a NetworkUsage. */
        type $Shape = trunk.NetworkUsage.$Properties;
    }

    /**
     * Properties of an AppUsage.
     * @deprecated Use trunk.AppUsage.$Properties instead.
     */
    interface IAppUsage extends trunk.AppUsage.$Properties {
    }

    /** Represents an AppUsage. */
    class AppUsage {

        /**
         * Constructs a new AppUsage.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.AppUsage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** AppUsage appcode. */
        appcode: number;

        /** AppUsage sessions. */
        sessions: number;

        /**
         * Encodes the specified AppUsage message. Does not implicitly {@link trunk.AppUsage.verify|verify} messages.
         * @param message AppUsage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.AppUsage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an AppUsage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.AppUsage & trunk.AppUsage.$Shape} AppUsage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.AppUsage & trunk.AppUsage.$Shape;
    }

    namespace AppUsage {

        /** Properties of an AppUsage. */
        interface $Properties {

            /** AppUsage appcode */
            appcode?: (number|null);

            /** AppUsage sessions */
            sessions?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an AppUsage. */
        type $Shape = trunk.AppUsage.$Properties;
    }

    /**
     * Properties of an AddressUsage.
     * @deprecated Use trunk.AddressUsage.$Properties instead.
     */
    interface IAddressUsage extends trunk.AddressUsage.$Properties {
    }

    /** Represents an AddressUsage. */
    class AddressUsage {

        /**
         * Constructs a new AddressUsage.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.AddressUsage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** AddressUsage address. */
        address: string;

        /** AddressUsage connections. */
        connections: number;

        /**
         * Encodes the specified AddressUsage message. Does not implicitly {@link trunk.AddressUsage.verify|verify} messages.
         * @param message AddressUsage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.AddressUsage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an AddressUsage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.AddressUsage & trunk.AddressUsage.$Shape} AddressUsage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.AddressUsage & trunk.AddressUsage.$Shape;
    }

    namespace AddressUsage {

        /** Properties of an AddressUsage. */
        interface $Properties {

            /** AddressUsage address */
            address?: (string|null);

            /** AddressUsage connections */
            connections?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an AddressUsage. */
        type $Shape = trunk.AddressUsage.$Properties;
    }

    /**
     * Properties of a LoginResult.
     * @deprecated Use trunk.LoginResult.$Properties instead.
     */
    interface ILoginResult extends trunk.LoginResult.$Properties {
    }

    /** Represents a LoginResult. */
    class LoginResult {

        /**
         * Constructs a new LoginResult.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.LoginResult.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** LoginResult code. */
        code: number;

        /** LoginResult message. */
        message: string;

        /** LoginResult retryAfter. */
        retryAfter: number;

        /** LoginResult epoch. */
        epoch: number;

        /** LoginResult base. */
        base: number;

        /** LoginResult reset. */
        reset: boolean;

        /** LoginResult page. */
        page?: (trunk.Page.$Properties|null);

        /** LoginResult reconnectWindow. */
        reconnectWindow: number;

        /** LoginResult fence. */
        fence: number;

        /** LoginResult prevState. */
        prevState: number;

        /** LoginResult expires. */
        expires: number;

        /** LoginResult issuedAt. */
        issuedAt: number;

        /** LoginResult tokenHigh. */
        tokenHigh: number;

        /** LoginResult tokenLow. */
        tokenLow: number;

        /** LoginResult addresses. */
        addresses: string[];

        /**
         * Encodes the specified LoginResult message. Does not implicitly {@link trunk.LoginResult.verify|verify} messages.
         * @param message LoginResult message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.LoginResult.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a LoginResult message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.LoginResult & trunk.LoginResult.$Shape} LoginResult
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.LoginResult & trunk.LoginResult.$Shape;
    }

    namespace LoginResult {

        /** Properties of a LoginResult. */
        interface $Properties {

            /** LoginResult code */
            code?: (number|null);

            /** LoginResult message */
            message?: (string|null);

            /** LoginResult retryAfter */
            retryAfter?: (number|null);

            /** LoginResult epoch */
            epoch?: (number|null);

            /** LoginResult base */
            base?: (number|null);

            /** LoginResult reset */
            reset?: (boolean|null);

            /** LoginResult page */
            page?: (trunk.Page.$Properties|null);

            /** LoginResult reconnectWindow */
            reconnectWindow?: (number|null);

            /** LoginResult fence */
            fence?: (number|null);

            /** LoginResult prevState */
            prevState?: (number|null);

            /** LoginResult expires */
            expires?: (number|null);

            /** LoginResult issuedAt */
            issuedAt?: (number|null);

            /** LoginResult tokenHigh */
            tokenHigh?: (number|null);

            /** LoginResult tokenLow */
            tokenLow?: (number|null);

            /** LoginResult addresses */
            addresses?: (string[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a LoginResult. */
        type $Shape = trunk.LoginResult.$Properties;
    }

    /**
     * Properties of a TokenRequest.
     * @deprecated Use trunk.TokenRequest.$Properties instead.
     */
    interface ITokenRequest extends trunk.TokenRequest.$Properties {
    }

    /** Represents a TokenRequest. */
    class TokenRequest {

        /**
         * Constructs a new TokenRequest.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.TokenRequest.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** TokenRequest token. */
        token: string;

        /** TokenRequest device. */
        device: string;

        /**
         * Encodes the specified TokenRequest message. Does not implicitly {@link trunk.TokenRequest.verify|verify} messages.
         * @param message TokenRequest message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.TokenRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a TokenRequest message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.TokenRequest & trunk.TokenRequest.$Shape} TokenRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.TokenRequest & trunk.TokenRequest.$Shape;
    }

    namespace TokenRequest {

        /** Properties of a TokenRequest. */
        interface $Properties {

            /** TokenRequest token */
            token?: (string|null);

            /** TokenRequest device */
            device?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a TokenRequest. */
        type $Shape = trunk.TokenRequest.$Properties;
    }

    /**
     * Properties of a TokenResult.
     * @deprecated Use trunk.TokenResult.$Properties instead.
     */
    interface ITokenResult extends trunk.TokenResult.$Properties {
    }

    /** Represents a TokenResult. */
    class TokenResult {

        /**
         * Constructs a new TokenResult.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.TokenResult.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** TokenResult code. */
        code: number;

        /** TokenResult message. */
        message: string;

        /** TokenResult retryAfter. */
        retryAfter: number;

        /** TokenResult expires. */
        expires: number;

        /** TokenResult issuedAt. */
        issuedAt: number;

        /** TokenResult tokenHigh. */
        tokenHigh: number;

        /** TokenResult tokenLow. */
        tokenLow: number;

        /**
         * Encodes the specified TokenResult message. Does not implicitly {@link trunk.TokenResult.verify|verify} messages.
         * @param message TokenResult message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.TokenResult.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a TokenResult message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.TokenResult & trunk.TokenResult.$Shape} TokenResult
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.TokenResult & trunk.TokenResult.$Shape;
    }

    namespace TokenResult {

        /** Properties of a TokenResult. */
        interface $Properties {

            /** TokenResult code */
            code?: (number|null);

            /** TokenResult message */
            message?: (string|null);

            /** TokenResult retryAfter */
            retryAfter?: (number|null);

            /** TokenResult expires */
            expires?: (number|null);

            /** TokenResult issuedAt */
            issuedAt?: (number|null);

            /** TokenResult tokenHigh */
            tokenHigh?: (number|null);

            /** TokenResult tokenLow */
            tokenLow?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a TokenResult. */
        type $Shape = trunk.TokenResult.$Properties;
    }

    /**
     * Properties of a Revocation.
     * @deprecated Use trunk.Revocation.$Properties instead.
     */
    interface IRevocation extends trunk.Revocation.$Properties {
    }

    /** Represents a Revocation. */
    class Revocation {

        /**
         * Constructs a new Revocation.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.Revocation.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Revocation id. */
        id: number;

        /** Revocation uid. */
        uid: string;

        /** Revocation appcodes. */
        appcodes: number[];

        /** Revocation issuedBefore. */
        issuedBefore: number;

        /** Revocation tokenHigh. */
        tokenHigh: number;

        /** Revocation tokenLow. */
        tokenLow: number;

        /** Revocation message. */
        message: string;

        /** Revocation lifted. */
        lifted: boolean;

        /**
         * Encodes the specified Revocation message. Does not implicitly {@link trunk.Revocation.verify|verify} messages.
         * @param message Revocation message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.Revocation.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Revocation message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.Revocation & trunk.Revocation.$Shape} Revocation
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.Revocation & trunk.Revocation.$Shape;
    }

    namespace Revocation {

        /** Properties of a Revocation. */
        interface $Properties {

            /** Revocation id */
            id?: (number|null);

            /** Revocation uid */
            uid?: (string|null);

            /** Revocation appcodes */
            appcodes?: (number[]|null);

            /** Revocation issuedBefore */
            issuedBefore?: (number|null);

            /** Revocation tokenHigh */
            tokenHigh?: (number|null);

            /** Revocation tokenLow */
            tokenLow?: (number|null);

            /** Revocation message */
            message?: (string|null);

            /** Revocation lifted */
            lifted?: (boolean|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Revocation. */
        type $Shape = trunk.Revocation.$Properties;
    }

    /**
     * Properties of a Revocations.
     * @deprecated Use trunk.Revocations.$Properties instead.
     */
    interface IRevocations extends trunk.Revocations.$Properties {
    }

    /** Represents a Revocations. */
    class Revocations {

        /**
         * Constructs a new Revocations.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.Revocations.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Revocations revocations. */
        revocations: trunk.Revocation.$Properties[];

        /**
         * Encodes the specified Revocations message. Does not implicitly {@link trunk.Revocations.verify|verify} messages.
         * @param message Revocations message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.Revocations.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Revocations message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.Revocations & trunk.Revocations.$Shape} Revocations
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.Revocations & trunk.Revocations.$Shape;
    }

    namespace Revocations {

        /** Properties of a Revocations. */
        interface $Properties {

            /** Revocations revocations */
            revocations?: (trunk.Revocation.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Revocations. */
        type $Shape = trunk.Revocations.$Properties;
    }

    /**
     * Properties of a Hints.
     * @deprecated Use trunk.Hints.$Properties instead.
     */
    interface IHints extends trunk.Hints.$Properties {
    }

    /** Represents a Hints. */
    class Hints {

        /**
         * Constructs a new Hints.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.Hints.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Hints pingStart. */
        pingStart: number;

        /** Hints pingMax. */
        pingMax: number;

        /** Hints pingFloor. */
        pingFloor: number;

        /** Hints ackTimeout. */
        ackTimeout: number;

        /** Hints reconnectWindow. */
        reconnectWindow: number;

        /** Hints quiet. */
        quiet: boolean;

        /** Hints sessions. */
        sessions: number;

        /**
         * Encodes the specified Hints message. Does not implicitly {@link trunk.Hints.verify|verify} messages.
         * @param message Hints message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.Hints.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Hints message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.Hints & trunk.Hints.$Shape} Hints
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.Hints & trunk.Hints.$Shape;
    }

    namespace Hints {

        /** Properties of a Hints. */
        interface $Properties {

            /** Hints pingStart */
            pingStart?: (number|null);

            /** Hints pingMax */
            pingMax?: (number|null);

            /** Hints pingFloor */
            pingFloor?: (number|null);

            /** Hints ackTimeout */
            ackTimeout?: (number|null);

            /** Hints reconnectWindow */
            reconnectWindow?: (number|null);

            /** Hints quiet */
            quiet?: (boolean|null);

            /** Hints sessions */
            sessions?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Hints. */
        type $Shape = trunk.Hints.$Properties;
    }

    /**
     * Properties of a Page.
     * @deprecated Use trunk.Page.$Properties instead.
     */
    interface IPage extends trunk.Page.$Properties {
    }

    /** Represents a Page. */
    class Page {

        /**
         * Constructs a new Page.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.Page.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Page from. */
        from: number;

        /** Page next. */
        next: number;

        /** Page head. */
        head: number;

        /** Page gap. */
        gap: boolean;

        /** Page floor. */
        floor: number;

        /** Page more. */
        more: boolean;

        /** Page body. */
        body: Uint8Array;

        /** Page code. */
        code: number;

        /**
         * Encodes the specified Page message. Does not implicitly {@link trunk.Page.verify|verify} messages.
         * @param message Page message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.Page.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Page message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.Page & trunk.Page.$Shape} Page
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.Page & trunk.Page.$Shape;
    }

    namespace Page {

        /** Properties of a Page. */
        interface $Properties {

            /** Page from */
            from?: (number|null);

            /** Page next */
            next?: (number|null);

            /** Page head */
            head?: (number|null);

            /** Page gap */
            gap?: (boolean|null);

            /** Page floor */
            floor?: (number|null);

            /** Page more */
            more?: (boolean|null);

            /** Page body */
            body?: (Uint8Array|null);

            /** Page code */
            code?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Page. */
        type $Shape = trunk.Page.$Properties;
    }

    /**
     * Properties of a PublishResult.
     * @deprecated Use trunk.PublishResult.$Properties instead.
     */
    interface IPublishResult extends trunk.PublishResult.$Properties {
    }

    /** Represents a PublishResult. */
    class PublishResult {

        /**
         * Constructs a new PublishResult.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.PublishResult.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** PublishResult code. */
        code: string;

        /** PublishResult message. */
        message: string;

        /** PublishResult retryAfter. */
        retryAfter: number;

        /** PublishResult msgid. */
        msgid: Uint8Array;

        /** PublishResult seq. */
        seq: number;

        /** PublishResult sessions. */
        sessions: number;

        /**
         * Encodes the specified PublishResult message. Does not implicitly {@link trunk.PublishResult.verify|verify} messages.
         * @param message PublishResult message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.PublishResult.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a PublishResult message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.PublishResult & trunk.PublishResult.$Shape} PublishResult
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.PublishResult & trunk.PublishResult.$Shape;
    }

    namespace PublishResult {

        /** Properties of a PublishResult. */
        interface $Properties {

            /** PublishResult code */
            code?: (string|null);

            /** PublishResult message */
            message?: (string|null);

            /** PublishResult retryAfter */
            retryAfter?: (number|null);

            /** PublishResult msgid */
            msgid?: (Uint8Array|null);

            /** PublishResult seq */
            seq?: (number|null);

            /** PublishResult sessions */
            sessions?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a PublishResult. */
        type $Shape = trunk.PublishResult.$Properties;
    }

    /**
     * Properties of a Move.
     * @deprecated Use trunk.Move.$Properties instead.
     */
    interface IMove extends trunk.Move.$Properties {
    }

    /** Represents a Move. */
    class Move {

        /**
         * Constructs a new Move.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.Move.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Move id. */
        id: string;

        /** Move state. */
        state: number;

        /** Move targets. */
        targets: string[];

        /** Move hashFrom. */
        hashFrom: number;

        /** Move hashTo. */
        hashTo: number;

        /** Move appcodes. */
        appcodes: number[];

        /** Move agents. */
        agents: string[];

        /** Move nets. */
        nets: string[];

        /** Move invert. */
        invert: boolean;

        /** Move share. */
        share: number;

        /** Move count. */
        count: number;

        /** Move spread. */
        spread: number;

        /** Move perSecond. */
        perSecond: number;

        /** Move deadline. */
        deadline: number;

        /** Move reason. */
        reason: string;

        /** Move drain. */
        drain: boolean;

        /**
         * Encodes the specified Move message. Does not implicitly {@link trunk.Move.verify|verify} messages.
         * @param message Move message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.Move.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Move message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.Move & trunk.Move.$Shape} Move
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.Move & trunk.Move.$Shape;
    }

    namespace Move {

        /** Properties of a Move. */
        interface $Properties {

            /** Move id */
            id?: (string|null);

            /** Move state */
            state?: (number|null);

            /** Move targets */
            targets?: (string[]|null);

            /** Move hashFrom */
            hashFrom?: (number|null);

            /** Move hashTo */
            hashTo?: (number|null);

            /** Move appcodes */
            appcodes?: (number[]|null);

            /** Move agents */
            agents?: (string[]|null);

            /** Move nets */
            nets?: (string[]|null);

            /** Move invert */
            invert?: (boolean|null);

            /** Move share */
            share?: (number|null);

            /** Move count */
            count?: (number|null);

            /** Move spread */
            spread?: (number|null);

            /** Move perSecond */
            perSecond?: (number|null);

            /** Move deadline */
            deadline?: (number|null);

            /** Move reason */
            reason?: (string|null);

            /** Move drain */
            drain?: (boolean|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Move. */
        type $Shape = trunk.Move.$Properties;
    }

    /**
     * Properties of a Moving.
     * @deprecated Use trunk.Moving.$Properties instead.
     */
    interface IMoving extends trunk.Moving.$Properties {
    }

    /** Represents a Moving. */
    class Moving {

        /**
         * Constructs a new Moving.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.Moving.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Moving id. */
        id: string;

        /** Moving matching. */
        matching: number;

        /** Moving told. */
        told: number;

        /** Moving moved. */
        moved: number;

        /** Moving left. */
        left: number;

        /** Moving failed. */
        failed: number;

        /** Moving pending. */
        pending: number;

        /** Moving done. */
        done: boolean;

        /** Moving sessions. */
        sessions: number;

        /** Moving problem. */
        problem: string;

        /** Moving counted. */
        counted: boolean;

        /** Moving remaining. */
        remaining: number;

        /**
         * Encodes the specified Moving message. Does not implicitly {@link trunk.Moving.verify|verify} messages.
         * @param message Moving message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.Moving.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Moving message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.Moving & trunk.Moving.$Shape} Moving
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.Moving & trunk.Moving.$Shape;
    }

    namespace Moving {

        /** Properties of a Moving. */
        interface $Properties {

            /** Moving id */
            id?: (string|null);

            /** Moving matching */
            matching?: (number|null);

            /** Moving told */
            told?: (number|null);

            /** Moving moved */
            moved?: (number|null);

            /** Moving left */
            left?: (number|null);

            /** Moving failed */
            failed?: (number|null);

            /** Moving pending */
            pending?: (number|null);

            /** Moving done */
            done?: (boolean|null);

            /** Moving sessions */
            sessions?: (number|null);

            /** Moving problem */
            problem?: (string|null);

            /** Moving counted */
            counted?: (boolean|null);

            /** Moving remaining */
            remaining?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Moving. */
        type $Shape = trunk.Moving.$Properties;
    }

    /**
     * Properties of a Consume.
     * @deprecated Use trunk.Consume.$Properties instead.
     */
    interface IConsume extends trunk.Consume.$Properties {
    }

    /** Represents a Consume. */
    class Consume {

        /**
         * Constructs a new Consume.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.Consume.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Consume group. */
        group: string;

        /** Consume topics. */
        topics: string[];

        /** Consume latest. */
        latest: boolean;

        /** Consume window. */
        window: number;

        /** Consume visibility. */
        visibility: number;

        /** Consume attempts. */
        attempts: number;

        /**
         * Encodes the specified Consume message. Does not implicitly {@link trunk.Consume.verify|verify} messages.
         * @param message Consume message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.Consume.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Consume message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.Consume & trunk.Consume.$Shape} Consume
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.Consume & trunk.Consume.$Shape;
    }

    namespace Consume {

        /** Properties of a Consume. */
        interface $Properties {

            /** Consume group */
            group?: (string|null);

            /** Consume topics */
            topics?: (string[]|null);

            /** Consume latest */
            latest?: (boolean|null);

            /** Consume window */
            window?: (number|null);

            /** Consume visibility */
            visibility?: (number|null);

            /** Consume attempts */
            attempts?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Consume. */
        type $Shape = trunk.Consume.$Properties;
    }

    /**
     * Properties of a TopicGrants.
     * @deprecated Use trunk.TopicGrants.$Properties instead.
     */
    interface ITopicGrants extends trunk.TopicGrants.$Properties {
    }

    /** Represents a TopicGrants. */
    class TopicGrants {

        /**
         * Constructs a new TopicGrants.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.TopicGrants.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** TopicGrants grants. */
        grants: trunk.TopicGrant.$Properties[];

        /**
         * Encodes the specified TopicGrants message. Does not implicitly {@link trunk.TopicGrants.verify|verify} messages.
         * @param message TopicGrants message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.TopicGrants.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a TopicGrants message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.TopicGrants & trunk.TopicGrants.$Shape} TopicGrants
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.TopicGrants & trunk.TopicGrants.$Shape;
    }

    namespace TopicGrants {

        /** Properties of a TopicGrants. */
        interface $Properties {

            /** TopicGrants grants */
            grants?: (trunk.TopicGrant.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a TopicGrants. */
        type $Shape = trunk.TopicGrants.$Properties;
    }

    /**
     * Properties of a TopicGrant.
     * @deprecated Use trunk.TopicGrant.$Properties instead.
     */
    interface ITopicGrant extends trunk.TopicGrant.$Properties {
    }

    /** Represents a TopicGrant. */
    class TopicGrant {

        /**
         * Constructs a new TopicGrant.
         * @param [properties] Properties to set
         */
        constructor(properties?: trunk.TopicGrant.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** TopicGrant topic. */
        topic: string;

        /** TopicGrant epoch. */
        epoch: number;

        /** TopicGrant head. */
        head: number;

        /** TopicGrant presence. */
        presence: boolean;

        /**
         * Encodes the specified TopicGrant message. Does not implicitly {@link trunk.TopicGrant.verify|verify} messages.
         * @param message TopicGrant message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: trunk.TopicGrant.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a TopicGrant message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {trunk.TopicGrant & trunk.TopicGrant.$Shape} TopicGrant
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): trunk.TopicGrant & trunk.TopicGrant.$Shape;
    }

    namespace TopicGrant {

        /** Properties of a TopicGrant. */
        interface $Properties {

            /** TopicGrant topic */
            topic?: (string|null);

            /** TopicGrant epoch */
            epoch?: (number|null);

            /** TopicGrant head */
            head?: (number|null);

            /** TopicGrant presence */
            presence?: (boolean|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a TopicGrant. */
        type $Shape = trunk.TopicGrant.$Properties;
    }
}
