import { readUint32, writeMessage } from "../../base/bytes.ts";
import { ErrorNames } from "../error-names.ts";
import {
  defineProtocol,
  incomplete,
  kind,
  opened,
  type ProtocolSession,
  refused,
} from "../protocol.ts";
import { SizedMessages } from "../sized-messages.ts";
import { createLogin } from "./login.ts";
import { headBytes, isResult, lengthOf, sqlStateAt, standsAlone, types } from "./messages.ts";
import { createRequests } from "./requests.ts";

/** What an authentication message says where nothing more is asked for. */
const authenticationOk = 0;

/**
 * PostgreSQL, and what speaks its protocol: CockroachDB, YugabyteDB, PgBouncer.
 *
 * @see https://www.postgresql.org/docs/current/protocol.html (version 3.0)
 */
export const postgres = defineProtocol({
  about: "PostgreSQL's frontend/backend protocol, version 3.0",
  over: ["tcp"],
  options: {
    user: { type: "text", default: "postgres", about: "The role that connections log in as." },
    password: {
      type: "text",
      secret: true,
      default: null,
      about: "Its password: sent as the server asks for it, with SCRAM-SHA-256, md5 or as it is.",
    },
    database: {
      type: "text",
      default: null,
      about: "Left out: the one that is named as the user.",
    },
    applicationName: {
      type: "text",
      default: "slash8",
      about: "What pg_stat_activity shows as application_name.",
    },
    prepare: {
      type: "text",
      default: null,
      about: "A statement that connections prepare when they open, and that each request executes.",
    },
  },
  message: {
    about:
      "SQL, a simple query; with prepare the statement's parameters, with tabs between them, \\N for null.",
    default: "select 1",
  },
  create({ options, slots, seed }): ProtocolSession {
    const { prepare } = options;
    const login = createLogin({ ...options, seed });
    const requests = createRequests(prepare);
    const errors = new ErrorNames("POSTGRES", slots);
    const connections = new Float64Array(slots);
    const isAuthenticated = new Uint8Array(slots);
    const isPreparing = new Uint8Array(slots);
    /** The type of the message that came last, or is coming in. */
    const type = new Uint8Array(slots);
    const messages = new SizedMessages(slots, headBytes, (bytes, start, end, slot) => {
      type[slot] = bytes[start] as number;
      return lengthOf(bytes, start, end);
    });
    /** Of the reply that is coming in: whether it has begun, and whether a result or an error is in it. */
    const hasBegun = new Uint8Array(slots);
    const hasResult = new Uint8Array(slots);
    const hasError = new Uint8Array(slots);

    return {
      readsMessages: true,
      maxBytes: requests.maxBytes,
      write: (into, at, _slot, _sequence, payload, start, end) =>
        requests.write(into, at, payload, start, end),
      scan: (slot, bytes, start, end) => scan(slot, bytes, start, end, false),
      end(slot) {
        // The last word of a server that ends the connection has no ReadyForQuery behind it.
        const isComplete = messages.isBetween(slot) && hasError[slot] === 1;
        if (isComplete) hasBegun[slot] = 0;
        return isComplete;
      },
      classify(slot, bytes, start, end) {
        if (hasError[slot] === 1) {
          hasError[slot] = 0;
          hasResult[slot] = 0;
          noteError(slot, bytes, start, end);
          return kind.error;
        }
        const first = bytes[start] as number;
        if (standsAlone(first)) return first === types.notification ? kind.push : kind.ignore;
        if (hasResult[slot] === 1) {
          hasResult[slot] = 0;
          return kind.reply;
        }
        errors.noteText(slot, "NO_RESULT");
        return kind.error;
      },
      errorCode: (slot) => errors.of(slot),
      opening: {
        maxBytes: Math.max(
          login.startup.length,
          requests.preparation.length,
          256 + passwordBytes(),
        ),
        scan: (slot, bytes, start, end) => scan(slot, bytes, start, end, true),
        begin: (_slot, into, at) => writeMessage(into, at, login.startup),
        awaits: (slot) => (isAuthenticated[slot] === 1 ? "ReadyForQuery" : "AuthenticationOk"),
        received,
      },
      reset(slot, connection) {
        connections[slot] = connection;
        login.forget(slot);
        isAuthenticated[slot] = 0;
        isPreparing[slot] = 0;
        messages.reset(slot);
        hasBegun[slot] = 0;
        hasResult[slot] = 0;
        hasError[slot] = 0;
      },
    };

    function passwordBytes(): number {
      return Buffer.byteLength(options.password ?? "");
    }

    function noteError(slot: number, bytes: Uint8Array, start: number, end: number): void {
      const at = sqlStateAt(bytes, start, end);
      if (at < 0) errors.noteText(slot, "ERROR");
      else errors.note(slot, bytes, at, at + 5);
    }

    /** Takes one message of the server in, while the connection opens. */
    function received(
      slot: number,
      bytes: Uint8Array,
      start: number,
      end: number,
      into: Uint8Array,
      at: number,
    ): number {
      switch (bytes[start]) {
        case types.authentication: {
          const answer = login.answer(slot, connections[slot] as number, bytes, start, end);
          if (answer === "wait") {
            if (readUint32(bytes, start + 5) === authenticationOk) isAuthenticated[slot] = 1;
            return 0;
          }
          if ("send" in answer) return writeMessage(into, at, answer.send);
          errors.noteText(slot, answer.failure);
          return refused;
        }
        case types.errorResponse:
          noteError(slot, bytes, start, end);
          return refused;
        case types.parameterDescription:
          requests.parameters = ((bytes[start + 5] as number) << 8) | (bytes[start + 6] as number);
          return 0;
        case types.readyForQuery:
          if (isAuthenticated[slot] === 0) {
            errors.noteText(slot, "NOT_AUTHENTICATED");
            return refused;
          }
          hasError[slot] = 0;
          hasBegun[slot] = 0;
          if (prepare === null || isPreparing[slot] === 1) return opened;
          isPreparing[slot] = 1;
          return writeMessage(into, at, requests.preparation);
        default:
          return 0;
      }
    }

    /** @param each whether each message ends one: else those of a reply do together, with ReadyForQuery */
    function scan(
      slot: number,
      bytes: Uint8Array,
      start: number,
      end: number,
      each: boolean,
    ): number {
      for (let at = start; at < end; ) {
        at = messages.scan(slot, bytes, at, end);
        if (at < 0 || each) return at;
        if (type[slot] === types.errorResponse) hasError[slot] = 1;
        else if (isResult(type[slot] as number)) hasResult[slot] = 1;
        const isAside = hasBegun[slot] === 0 && standsAlone(type[slot] as number);
        hasBegun[slot] = type[slot] === types.readyForQuery || isAside ? 0 : 1;
        if (hasBegun[slot] === 0) return at;
      }
      return incomplete;
    }
  },
});
