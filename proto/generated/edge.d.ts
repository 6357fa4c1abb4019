import * as $protobuf from "protobufjs";
import Long = require("long");

/** Namespace edge. */
export namespace edge {

    /**
     * Properties of a Login.
     * @deprecated Use edge.Login.$Properties instead.
     */
    interface ILogin extends edge.Login.$Properties {
    }

    /** Represents a Login. */
    class Login {

        /**
         * Constructs a new Login.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.Login.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Login uid. */
        uid: string;

        /** Login appcode. */
        appcode: number;

        /** Login device. */
        device: string;

        /** Login token. */
        token: string;

        /** Login epoch. */
        epoch: number;

        /** Login seq. */
        seq: number;

        /** Login prevSession. */
        prevSession: Uint8Array;

        /** Login dial. */
        dial: number;

        /** Login agent. */
        agent: string;

        /** Login awake. */
        awake: number;

        /** Login ticket. */
        ticket: Uint8Array;

        /** Login features. */
        features: number;

        /** Login refEpoch. */
        refEpoch: number;

        /** Login metered. */
        metered: boolean;

        /**
         * Encodes the specified Login message. Does not implicitly {@link edge.Login.verify|verify} messages.
         * @param message Login message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.Login.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Login message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.Login & edge.Login.$Shape} Login
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.Login & edge.Login.$Shape;
    }

    namespace Login {

        /** Properties of a Login. */
        interface $Properties {

            /** Login uid */
            uid?: (string|null);

            /** Login appcode */
            appcode?: (number|null);

            /** Login device */
            device?: (string|null);

            /** Login token */
            token?: (string|null);

            /** Login epoch */
            epoch?: (number|null);

            /** Login seq */
            seq?: (number|null);

            /** Login prevSession */
            prevSession?: (Uint8Array|null);

            /** Login dial */
            dial?: (number|null);

            /** Login agent */
            agent?: (string|null);

            /** Login awake */
            awake?: (number|null);

            /** Login ticket */
            ticket?: (Uint8Array|null);

            /** Login features */
            features?: (number|null);

            /** Login refEpoch */
            refEpoch?: (number|null);

            /** Login metered */
            metered?: (boolean|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Login. */
        type $Shape = edge.Login.$Properties;
    }

    /**
     * Properties of a LoginAck.
     * @deprecated Use edge.LoginAck.$Properties instead.
     */
    interface ILoginAck extends edge.LoginAck.$Properties {
    }

    /** Represents a LoginAck. */
    class LoginAck {

        /**
         * Constructs a new LoginAck.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.LoginAck.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** LoginAck session. */
        session: Uint8Array;

        /** LoginAck epoch. */
        epoch: number;

        /** LoginAck max. */
        max: number;

        /** LoginAck base. */
        base: number;

        /** LoginAck prevState. */
        prevState: number;

        /** LoginAck pingStart. */
        pingStart: number;

        /** LoginAck pingMax. */
        pingMax: number;

        /** LoginAck reconnectWindow. */
        reconnectWindow: number;

        /** LoginAck version. */
        version: number;

        /** LoginAck reset. */
        reset: boolean;

        /** LoginAck expires. */
        expires: number;

        /** LoginAck ackTimeout. */
        ackTimeout: number;

        /** LoginAck network. */
        network: Uint8Array;

        /** LoginAck pingFloor. */
        pingFloor: number;

        /**
         * Encodes the specified LoginAck message. Does not implicitly {@link edge.LoginAck.verify|verify} messages.
         * @param message LoginAck message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.LoginAck.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a LoginAck message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.LoginAck & edge.LoginAck.$Shape} LoginAck
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.LoginAck & edge.LoginAck.$Shape;
    }

    namespace LoginAck {

        /** Properties of a LoginAck. */
        interface $Properties {

            /** LoginAck session */
            session?: (Uint8Array|null);

            /** LoginAck epoch */
            epoch?: (number|null);

            /** LoginAck max */
            max?: (number|null);

            /** LoginAck base */
            base?: (number|null);

            /** LoginAck prevState */
            prevState?: (number|null);

            /** LoginAck pingStart */
            pingStart?: (number|null);

            /** LoginAck pingMax */
            pingMax?: (number|null);

            /** LoginAck reconnectWindow */
            reconnectWindow?: (number|null);

            /** LoginAck version */
            version?: (number|null);

            /** LoginAck reset */
            reset?: (boolean|null);

            /** LoginAck expires */
            expires?: (number|null);

            /** LoginAck ackTimeout */
            ackTimeout?: (number|null);

            /** LoginAck network */
            network?: (Uint8Array|null);

            /** LoginAck pingFloor */
            pingFloor?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a LoginAck. */
        type $Shape = edge.LoginAck.$Properties;
    }

    /**
     * Properties of a Token.
     * @deprecated Use edge.Token.$Properties instead.
     */
    interface IToken extends edge.Token.$Properties {
    }

    /** Represents a Token. */
    class Token {

        /**
         * Constructs a new Token.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.Token.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Token token. */
        token: string;

        /**
         * Encodes the specified Token message. Does not implicitly {@link edge.Token.verify|verify} messages.
         * @param message Token message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.Token.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Token message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.Token & edge.Token.$Shape} Token
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.Token & edge.Token.$Shape;
    }

    namespace Token {

        /** Properties of a Token. */
        interface $Properties {

            /** Token token */
            token?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Token. */
        type $Shape = edge.Token.$Properties;
    }

    /**
     * Properties of a TokenAck.
     * @deprecated Use edge.TokenAck.$Properties instead.
     */
    interface ITokenAck extends edge.TokenAck.$Properties {
    }

    /** Represents a TokenAck. */
    class TokenAck {

        /**
         * Constructs a new TokenAck.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.TokenAck.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** TokenAck expires. */
        expires: number;

        /** TokenAck code. */
        code: number;

        /** TokenAck message. */
        message: string;

        /** TokenAck retryAfter. */
        retryAfter: number;

        /**
         * Encodes the specified TokenAck message. Does not implicitly {@link edge.TokenAck.verify|verify} messages.
         * @param message TokenAck message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.TokenAck.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a TokenAck message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.TokenAck & edge.TokenAck.$Shape} TokenAck
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.TokenAck & edge.TokenAck.$Shape;
    }

    namespace TokenAck {

        /** Properties of a TokenAck. */
        interface $Properties {

            /** TokenAck expires */
            expires?: (number|null);

            /** TokenAck code */
            code?: (number|null);

            /** TokenAck message */
            message?: (string|null);

            /** TokenAck retryAfter */
            retryAfter?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a TokenAck. */
        type $Shape = edge.TokenAck.$Properties;
    }

    /**
     * Properties of an Expiring.
     * @deprecated Use edge.Expiring.$Properties instead.
     */
    interface IExpiring extends edge.Expiring.$Properties {
    }

    /** Represents an Expiring. */
    class Expiring {

        /**
         * Constructs a new Expiring.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.Expiring.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Expiring expires. */
        expires: number;

        /**
         * Encodes the specified Expiring message. Does not implicitly {@link edge.Expiring.verify|verify} messages.
         * @param message Expiring message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.Expiring.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an Expiring message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.Expiring & edge.Expiring.$Shape} Expiring
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.Expiring & edge.Expiring.$Shape;
    }

    namespace Expiring {

        /** Properties of an Expiring. */
        interface $Properties {

            /** Expiring expires */
            expires?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an Expiring. */
        type $Shape = edge.Expiring.$Properties;
    }

    /**
     * Properties of a Kick.
     * @deprecated Use edge.Kick.$Properties instead.
     */
    interface IKick extends edge.Kick.$Properties {
    }

    /** Represents a Kick. */
    class Kick {

        /**
         * Constructs a new Kick.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.Kick.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Kick message. */
        message: string;

        /** Kick retryAfter. */
        retryAfter: number;

        /** Kick spread. */
        spread: number;

        /** Kick addresses. */
        addresses: string[];

        /**
         * Encodes the specified Kick message. Does not implicitly {@link edge.Kick.verify|verify} messages.
         * @param message Kick message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.Kick.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Kick message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.Kick & edge.Kick.$Shape} Kick
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.Kick & edge.Kick.$Shape;
    }

    namespace Kick {

        /** Properties of a Kick. */
        interface $Properties {

            /** Kick message */
            message?: (string|null);

            /** Kick retryAfter */
            retryAfter?: (number|null);

            /** Kick spread */
            spread?: (number|null);

            /** Kick addresses */
            addresses?: (string[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Kick. */
        type $Shape = edge.Kick.$Properties;
    }

    /**
     * Properties of a Migrate.
     * @deprecated Use edge.Migrate.$Properties instead.
     */
    interface IMigrate extends edge.Migrate.$Properties {
    }

    /** Represents a Migrate. */
    class Migrate {

        /**
         * Constructs a new Migrate.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.Migrate.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Migrate targets. */
        targets: string[];

        /** Migrate spread. */
        spread: number;

        /** Migrate ticket. */
        ticket: Uint8Array;

        /** Migrate reason. */
        reason: string;

        /** Migrate deadline. */
        deadline: number;

        /**
         * Encodes the specified Migrate message. Does not implicitly {@link edge.Migrate.verify|verify} messages.
         * @param message Migrate message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.Migrate.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Migrate message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.Migrate & edge.Migrate.$Shape} Migrate
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.Migrate & edge.Migrate.$Shape;
    }

    namespace Migrate {

        /** Properties of a Migrate. */
        interface $Properties {

            /** Migrate targets */
            targets?: (string[]|null);

            /** Migrate spread */
            spread?: (number|null);

            /** Migrate ticket */
            ticket?: (Uint8Array|null);

            /** Migrate reason */
            reason?: (string|null);

            /** Migrate deadline */
            deadline?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Migrate. */
        type $Shape = edge.Migrate.$Properties;
    }

    /**
     * Properties of a Message.
     * @deprecated Use edge.Message.$Properties instead.
     */
    interface IMessage extends edge.Message.$Properties {
    }

    /** Represents a Message. */
    class Message {

        /**
         * Constructs a new Message.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.Message.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Message seq. */
        seq: number;

        /** Message msgtype. */
        msgtype: number;

        /** Message content. */
        content: Uint8Array;

        /** Message msgid. */
        msgid: Uint8Array;

        /** Message sentAt. */
        sentAt: number;

        /** Message logid. */
        logid: Uint8Array;

        /** Message fromUid. */
        fromUid: string;

        /** Message fromAppcode. */
        fromAppcode: number;

        /** Message toUid. */
        toUid: string;

        /** Message retracts. */
        retracts: Uint8Array;

        /**
         * Encodes the specified Message message. Does not implicitly {@link edge.Message.verify|verify} messages.
         * @param message Message message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.Message.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Message message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.Message & edge.Message.$Shape} Message
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.Message & edge.Message.$Shape;
    }

    namespace Message {

        /** Properties of a Message. */
        interface $Properties {

            /** Message seq */
            seq?: (number|null);

            /** Message msgtype */
            msgtype?: (number|null);

            /** Message content */
            content?: (Uint8Array|null);

            /** Message msgid */
            msgid?: (Uint8Array|null);

            /** Message sentAt */
            sentAt?: (number|null);

            /** Message logid */
            logid?: (Uint8Array|null);

            /** Message fromUid */
            fromUid?: (string|null);

            /** Message fromAppcode */
            fromAppcode?: (number|null);

            /** Message toUid */
            toUid?: (string|null);

            /** Message retracts */
            retracts?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Message. */
        type $Shape = edge.Message.$Properties;
    }

    /**
     * Properties of a PullBody.
     * @deprecated Use edge.PullBody.$Properties instead.
     */
    interface IPullBody extends edge.PullBody.$Properties {
    }

    /** Represents a PullBody. */
    class PullBody {

        /**
         * Constructs a new PullBody.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.PullBody.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** PullBody messages. */
        messages: edge.Message.$Properties[];

        /** PullBody more. */
        more: boolean;

        /**
         * Encodes the specified PullBody message. Does not implicitly {@link edge.PullBody.verify|verify} messages.
         * @param message PullBody message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.PullBody.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a PullBody message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.PullBody & edge.PullBody.$Shape} PullBody
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.PullBody & edge.PullBody.$Shape;
    }

    namespace PullBody {

        /** Properties of a PullBody. */
        interface $Properties {

            /** PullBody messages */
            messages?: (edge.Message.$Properties[]|null);

            /** PullBody more */
            more?: (boolean|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a PullBody. */
        type $Shape = edge.PullBody.$Properties;
    }

    /**
     * Properties of an ErrorBody.
     * @deprecated Use edge.ErrorBody.$Properties instead.
     */
    interface IErrorBody extends edge.ErrorBody.$Properties {
    }

    /** Represents an ErrorBody. */
    class ErrorBody {

        /**
         * Constructs a new ErrorBody.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.ErrorBody.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ErrorBody message. */
        message: string;

        /** ErrorBody retryAfter. */
        retryAfter: number;

        /** ErrorBody ref. */
        ref: number;

        /**
         * Encodes the specified ErrorBody message. Does not implicitly {@link edge.ErrorBody.verify|verify} messages.
         * @param message ErrorBody message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.ErrorBody.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an ErrorBody message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.ErrorBody & edge.ErrorBody.$Shape} ErrorBody
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.ErrorBody & edge.ErrorBody.$Shape;
    }

    namespace ErrorBody {

        /** Properties of an ErrorBody. */
        interface $Properties {

            /** ErrorBody message */
            message?: (string|null);

            /** ErrorBody retryAfter */
            retryAfter?: (number|null);

            /** ErrorBody ref */
            ref?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an ErrorBody. */
        type $Shape = edge.ErrorBody.$Properties;
    }

    /**
     * Properties of a C2C.
     * @deprecated Use edge.C2C.$Properties instead.
     */
    interface IC2C extends edge.C2C.$Properties {
    }

    /** Represents a C2C. */
    class C2C {

        /**
         * Constructs a new C2C.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.C2C.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** C2C to. */
        to: string;

        /** C2C appcode. */
        appcode: number;

        /** C2C content. */
        content: Uint8Array;

        /**
         * Encodes the specified C2C message. Does not implicitly {@link edge.C2C.verify|verify} messages.
         * @param message C2C message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.C2C.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a C2C message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.C2C & edge.C2C.$Shape} C2C
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.C2C & edge.C2C.$Shape;
    }

    namespace C2C {

        /** Properties of a C2C. */
        interface $Properties {

            /** C2C to */
            to?: (string|null);

            /** C2C appcode */
            appcode?: (number|null);

            /** C2C content */
            content?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a C2C. */
        type $Shape = edge.C2C.$Properties;
    }

    /**
     * Properties of a SendAck.
     * @deprecated Use edge.SendAck.$Properties instead.
     */
    interface ISendAck extends edge.SendAck.$Properties {
    }

    /** Represents a SendAck. */
    class SendAck {

        /**
         * Constructs a new SendAck.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.SendAck.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** SendAck msgid. */
        msgid: Uint8Array;

        /** SendAck logid. */
        logid: Uint8Array;

        /** SendAck retryAfter. */
        retryAfter: number;

        /** SendAck message. */
        message: string;

        /**
         * Encodes the specified SendAck message. Does not implicitly {@link edge.SendAck.verify|verify} messages.
         * @param message SendAck message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.SendAck.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a SendAck message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.SendAck & edge.SendAck.$Shape} SendAck
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.SendAck & edge.SendAck.$Shape;
    }

    namespace SendAck {

        /** Properties of a SendAck. */
        interface $Properties {

            /** SendAck msgid */
            msgid?: (Uint8Array|null);

            /** SendAck logid */
            logid?: (Uint8Array|null);

            /** SendAck retryAfter */
            retryAfter?: (number|null);

            /** SendAck message */
            message?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a SendAck. */
        type $Shape = edge.SendAck.$Properties;
    }

    /**
     * Properties of a Failure.
     * @deprecated Use edge.Failure.$Properties instead.
     */
    interface IFailure extends edge.Failure.$Properties {
    }

    /** Represents a Failure. */
    class Failure {

        /**
         * Constructs a new Failure.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.Failure.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Failure message. */
        message: string;

        /** Failure retryAfter. */
        retryAfter: number;

        /** Failure code. */
        code: string;

        /** Failure content. */
        content: Uint8Array;

        /**
         * Encodes the specified Failure message. Does not implicitly {@link edge.Failure.verify|verify} messages.
         * @param message Failure message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.Failure.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Failure message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.Failure & edge.Failure.$Shape} Failure
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.Failure & edge.Failure.$Shape;
    }

    namespace Failure {

        /** Properties of a Failure. */
        interface $Properties {

            /** Failure message */
            message?: (string|null);

            /** Failure retryAfter */
            retryAfter?: (number|null);

            /** Failure code */
            code?: (string|null);

            /** Failure content */
            content?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Failure. */
        type $Shape = edge.Failure.$Properties;
    }

    /**
     * Properties of a Retract.
     * @deprecated Use edge.Retract.$Properties instead.
     */
    interface IRetract extends edge.Retract.$Properties {
    }

    /** Represents a Retract. */
    class Retract {

        /**
         * Constructs a new Retract.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.Retract.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Retract peer. */
        peer: string;

        /** Retract msgid. */
        msgid: Uint8Array;

        /**
         * Encodes the specified Retract message. Does not implicitly {@link edge.Retract.verify|verify} messages.
         * @param message Retract message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.Retract.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Retract message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.Retract & edge.Retract.$Shape} Retract
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.Retract & edge.Retract.$Shape;
    }

    namespace Retract {

        /** Properties of a Retract. */
        interface $Properties {

            /** Retract peer */
            peer?: (string|null);

            /** Retract msgid */
            msgid?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Retract. */
        type $Shape = edge.Retract.$Properties;
    }

    /**
     * Properties of a Read.
     * @deprecated Use edge.Read.$Properties instead.
     */
    interface IRead extends edge.Read.$Properties {
    }

    /** Represents a Read. */
    class Read {

        /**
         * Constructs a new Read.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.Read.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Read peer. */
        peer: string;

        /** Read seq. */
        seq: number;

        /** Read receipt. */
        receipt: boolean;

        /**
         * Encodes the specified Read message. Does not implicitly {@link edge.Read.verify|verify} messages.
         * @param message Read message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.Read.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Read message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.Read & edge.Read.$Shape} Read
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.Read & edge.Read.$Shape;
    }

    namespace Read {

        /** Properties of a Read. */
        interface $Properties {

            /** Read peer */
            peer?: (string|null);

            /** Read seq */
            seq?: (number|null);

            /** Read receipt */
            receipt?: (boolean|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Read. */
        type $Shape = edge.Read.$Properties;
    }

    /**
     * Properties of a Query.
     * @deprecated Use edge.Query.$Properties instead.
     */
    interface IQuery extends edge.Query.$Properties {
    }

    /** Represents a Query. */
    class Query {

        /**
         * Constructs a new Query.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.Query.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Query peer. */
        peer: string;

        /** Query before. */
        before: number;

        /** Query limit. */
        limit: number;

        /**
         * Encodes the specified Query message. Does not implicitly {@link edge.Query.verify|verify} messages.
         * @param message Query message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.Query.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Query message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.Query & edge.Query.$Shape} Query
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.Query & edge.Query.$Shape;
    }

    namespace Query {

        /** Properties of a Query. */
        interface $Properties {

            /** Query peer */
            peer?: (string|null);

            /** Query before */
            before?: (number|null);

            /** Query limit */
            limit?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Query. */
        type $Shape = edge.Query.$Properties;
    }

    /**
     * Properties of a Conversation.
     * @deprecated Use edge.Conversation.$Properties instead.
     */
    interface IConversation extends edge.Conversation.$Properties {
    }

    /** Represents a Conversation. */
    class Conversation {

        /**
         * Constructs a new Conversation.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.Conversation.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Conversation peer. */
        peer: string;

        /** Conversation last. */
        last?: (edge.Message.$Properties|null);

        /** Conversation unread. */
        unread: number;

        /** Conversation read. */
        read: number;

        /** Conversation peerRead. */
        peerRead: number;

        /** Conversation activeAt. */
        activeAt: number;

        /**
         * Encodes the specified Conversation message. Does not implicitly {@link edge.Conversation.verify|verify} messages.
         * @param message Conversation message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.Conversation.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Conversation message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.Conversation & edge.Conversation.$Shape} Conversation
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.Conversation & edge.Conversation.$Shape;
    }

    namespace Conversation {

        /** Properties of a Conversation. */
        interface $Properties {

            /** Conversation peer */
            peer?: (string|null);

            /** Conversation last */
            last?: (edge.Message.$Properties|null);

            /** Conversation unread */
            unread?: (number|null);

            /** Conversation read */
            read?: (number|null);

            /** Conversation peerRead */
            peerRead?: (number|null);

            /** Conversation activeAt */
            activeAt?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Conversation. */
        type $Shape = edge.Conversation.$Properties;
    }

    /**
     * Properties of a Conversations.
     * @deprecated Use edge.Conversations.$Properties instead.
     */
    interface IConversations extends edge.Conversations.$Properties {
    }

    /** Represents a Conversations. */
    class Conversations {

        /**
         * Constructs a new Conversations.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.Conversations.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Conversations conversations. */
        conversations: edge.Conversation.$Properties[];

        /** Conversations more. */
        more: boolean;

        /**
         * Encodes the specified Conversations message. Does not implicitly {@link edge.Conversations.verify|verify} messages.
         * @param message Conversations message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.Conversations.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Conversations message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.Conversations & edge.Conversations.$Shape} Conversations
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.Conversations & edge.Conversations.$Shape;
    }

    namespace Conversations {

        /** Properties of a Conversations. */
        interface $Properties {

            /** Conversations conversations */
            conversations?: (edge.Conversation.$Properties[]|null);

            /** Conversations more */
            more?: (boolean|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Conversations. */
        type $Shape = edge.Conversations.$Properties;
    }

    /**
     * Properties of a TopicRequest.
     * @deprecated Use edge.TopicRequest.$Properties instead.
     */
    interface ITopicRequest extends edge.TopicRequest.$Properties {
    }

    /** Represents a TopicRequest. */
    class TopicRequest {

        /**
         * Constructs a new TopicRequest.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.TopicRequest.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** TopicRequest topic. */
        topic: string;

        /** TopicRequest epoch. */
        epoch: number;

        /** TopicRequest seq. */
        seq: number;

        /** TopicRequest limit. */
        limit: number;

        /** TopicRequest maxBytes. */
        maxBytes: number;

        /** TopicRequest events. */
        events: boolean;

        /** TopicRequest msgtype. */
        msgtype: number;

        /** TopicRequest content. */
        content: Uint8Array;

        /** TopicRequest key. */
        key: string;

        /**
         * Encodes the specified TopicRequest message. Does not implicitly {@link edge.TopicRequest.verify|verify} messages.
         * @param message TopicRequest message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.TopicRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a TopicRequest message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.TopicRequest & edge.TopicRequest.$Shape} TopicRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.TopicRequest & edge.TopicRequest.$Shape;
    }

    namespace TopicRequest {

        /** Properties of a TopicRequest. */
        interface $Properties {

            /** TopicRequest topic */
            topic?: (string|null);

            /** TopicRequest epoch */
            epoch?: (number|null);

            /** TopicRequest seq */
            seq?: (number|null);

            /** TopicRequest limit */
            limit?: (number|null);

            /** TopicRequest maxBytes */
            maxBytes?: (number|null);

            /** TopicRequest events */
            events?: (boolean|null);

            /** TopicRequest msgtype */
            msgtype?: (number|null);

            /** TopicRequest content */
            content?: (Uint8Array|null);

            /** TopicRequest key */
            key?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a TopicRequest. */
        type $Shape = edge.TopicRequest.$Properties;
    }

    /**
     * Properties of a TopicAnswer.
     * @deprecated Use edge.TopicAnswer.$Properties instead.
     */
    interface ITopicAnswer extends edge.TopicAnswer.$Properties {
    }

    /** Represents a TopicAnswer. */
    class TopicAnswer {

        /**
         * Constructs a new TopicAnswer.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.TopicAnswer.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** TopicAnswer topic. */
        topic: string;

        /** TopicAnswer number. */
        number: number;

        /** TopicAnswer epoch. */
        epoch: number;

        /** TopicAnswer head. */
        head: number;

        /** TopicAnswer recovered. */
        recovered: boolean;

        /** TopicAnswer next. */
        next: number;

        /** TopicAnswer more. */
        more: boolean;

        /** TopicAnswer publications. */
        publications: edge.Publication.$Properties[];

        /** TopicAnswer count. */
        count: number;

        /** TopicAnswer members. */
        members: edge.Member.$Properties[];

        /** TopicAnswer seq. */
        seq: number;

        /** TopicAnswer msgid. */
        msgid: Uint8Array;

        /** TopicAnswer message. */
        message: string;

        /** TopicAnswer retryAfter. */
        retryAfter: number;

        /**
         * Encodes the specified TopicAnswer message. Does not implicitly {@link edge.TopicAnswer.verify|verify} messages.
         * @param message TopicAnswer message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.TopicAnswer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a TopicAnswer message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.TopicAnswer & edge.TopicAnswer.$Shape} TopicAnswer
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.TopicAnswer & edge.TopicAnswer.$Shape;
    }

    namespace TopicAnswer {

        /** Properties of a TopicAnswer. */
        interface $Properties {

            /** TopicAnswer topic */
            topic?: (string|null);

            /** TopicAnswer number */
            number?: (number|null);

            /** TopicAnswer epoch */
            epoch?: (number|null);

            /** TopicAnswer head */
            head?: (number|null);

            /** TopicAnswer recovered */
            recovered?: (boolean|null);

            /** TopicAnswer next */
            next?: (number|null);

            /** TopicAnswer more */
            more?: (boolean|null);

            /** TopicAnswer publications */
            publications?: (edge.Publication.$Properties[]|null);

            /** TopicAnswer count */
            count?: (number|null);

            /** TopicAnswer members */
            members?: (edge.Member.$Properties[]|null);

            /** TopicAnswer seq */
            seq?: (number|null);

            /** TopicAnswer msgid */
            msgid?: (Uint8Array|null);

            /** TopicAnswer message */
            message?: (string|null);

            /** TopicAnswer retryAfter */
            retryAfter?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a TopicAnswer. */
        type $Shape = edge.TopicAnswer.$Properties;
    }

    /**
     * Properties of a Publication.
     * @deprecated Use edge.Publication.$Properties instead.
     */
    interface IPublication extends edge.Publication.$Properties {
    }

    /** Represents a Publication. */
    class Publication {

        /**
         * Constructs a new Publication.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.Publication.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Publication seq. */
        seq: number;

        /** Publication msgtype. */
        msgtype: number;

        /** Publication content. */
        content: Uint8Array;

        /** Publication msgid. */
        msgid: Uint8Array;

        /** Publication sentAt. */
        sentAt: number;

        /** Publication from. */
        from: string;

        /**
         * Encodes the specified Publication message. Does not implicitly {@link edge.Publication.verify|verify} messages.
         * @param message Publication message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.Publication.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Publication message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.Publication & edge.Publication.$Shape} Publication
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.Publication & edge.Publication.$Shape;
    }

    namespace Publication {

        /** Properties of a Publication. */
        interface $Properties {

            /** Publication seq */
            seq?: (number|null);

            /** Publication msgtype */
            msgtype?: (number|null);

            /** Publication content */
            content?: (Uint8Array|null);

            /** Publication msgid */
            msgid?: (Uint8Array|null);

            /** Publication sentAt */
            sentAt?: (number|null);

            /** Publication from */
            from?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Publication. */
        type $Shape = edge.Publication.$Properties;
    }

    /**
     * Properties of a Member.
     * @deprecated Use edge.Member.$Properties instead.
     */
    interface IMember extends edge.Member.$Properties {
    }

    /** Represents a Member. */
    class Member {

        /**
         * Constructs a new Member.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.Member.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Member uid. */
        uid: string;

        /** Member appcode. */
        appcode: number;

        /** Member device. */
        device: string;

        /**
         * Encodes the specified Member message. Does not implicitly {@link edge.Member.verify|verify} messages.
         * @param message Member message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.Member.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Member message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.Member & edge.Member.$Shape} Member
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.Member & edge.Member.$Shape;
    }

    namespace Member {

        /** Properties of a Member. */
        interface $Properties {

            /** Member uid */
            uid?: (string|null);

            /** Member appcode */
            appcode?: (number|null);

            /** Member device */
            device?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Member. */
        type $Shape = edge.Member.$Properties;
    }

    /**
     * Properties of a TopicEvent.
     * @deprecated Use edge.TopicEvent.$Properties instead.
     */
    interface ITopicEvent extends edge.TopicEvent.$Properties {
    }

    /** Represents a TopicEvent. */
    class TopicEvent {

        /**
         * Constructs a new TopicEvent.
         * @param [properties] Properties to set
         */
        constructor(properties?: edge.TopicEvent.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** TopicEvent joined. */
        joined: edge.Member.$Properties[];

        /** TopicEvent left. */
        left: edge.Member.$Properties[];

        /** TopicEvent count. */
        count: number;

        /**
         * Encodes the specified TopicEvent message. Does not implicitly {@link edge.TopicEvent.verify|verify} messages.
         * @param message TopicEvent message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: edge.TopicEvent.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a TopicEvent message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {edge.TopicEvent & edge.TopicEvent.$Shape} TopicEvent
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): edge.TopicEvent & edge.TopicEvent.$Shape;
    }

    namespace TopicEvent {

        /** Properties of a TopicEvent. */
        interface $Properties {

            /** TopicEvent joined */
            joined?: (edge.Member.$Properties[]|null);

            /** TopicEvent left */
            left?: (edge.Member.$Properties[]|null);

            /** TopicEvent count */
            count?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a TopicEvent. */
        type $Shape = edge.TopicEvent.$Properties;
    }
}
