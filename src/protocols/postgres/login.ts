import { createHash } from "node:crypto";
import { readUint32 } from "../../base/bytes.ts";
import { int32, message } from "./messages.ts";
import { createSalting, createScram, type Scram } from "./scram.ts";

export interface LoginOptions {
  readonly user: string;
  readonly password: string | null;
  readonly database: string | null;
  readonly applicationName: string;
  /** Of the scenario. */
  readonly seed: number;
}

/** What an authentication message of the server asks for: an answer, nothing more, or what cannot be done. */
export type Answer = { readonly send: Buffer } | "wait" | { readonly failure: string };

/** Logs connections in, by whichever means the server wants: trust, password, md5 or SCRAM-SHA-256. */
export interface Login {
  /** What a connection begins with. */
  readonly startup: Buffer;
  /** Takes an authentication message, whole. @param connection number of the slot's connection */
  answer(slot: number, connection: number, bytes: Uint8Array, start: number, end: number): Answer;
  forget(slot: number): void;
}

const protocol30 = 3 << 16;
const mechanism = "SCRAM-SHA-256";

/** @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP */
export function createLogin(options: LoginOptions): Login {
  const { user, password, database, applicationName, seed } = options;
  const settings = { user, database: database ?? user, application_name: applicationName };
  const pairs = Object.entries({ ...settings, client_encoding: "UTF8" });
  const body = Buffer.from(`${pairs.map(([name, value]) => `${name}\0${value}\0`).join("")}\0`);
  const startup = Buffer.concat([int32(8 + body.length), int32(protocol30), body]);
  const secret = password ?? "";
  const salting = createSalting(secret);
  /** Slots that are within SCRAM. */
  const logins = new Map<number, Scram>();

  return {
    startup,
    answer(slot, connection, bytes, start, end) {
      if (end - start < 9) return { failure: "AUTHENTICATION_MALFORMED" };
      const method = readUint32(bytes, start + 5);
      const data = Buffer.from(bytes.subarray(start + 9, end));
      const login = logins.get(slot);
      if (method === 0) return login === undefined ? "wait" : { failure: "SERVER_NOT_VERIFIED" };
      if (password === null && asksForPassword(method)) return { failure: "PASSWORD_MISSING" };
      switch (method) {
        case 3:
          return { send: message("p", `${secret}\0`) };
        case 5: {
          const inner = md5(secret, user);
          return { send: message("p", `md5${md5(inner, data.subarray(0, 4))}\0`) };
        }
        case 10: {
          if (!data.toString("latin1").split("\0").includes(mechanism)) break;
          const scram = createScram("", salting, nonceOf(seed, connection));
          logins.set(slot, scram);
          const first = Buffer.from(scram.first);
          return { send: message("p", `${mechanism}\0`, int32(first.length), first) };
        }
        case 11: {
          const said = login?.answer(data.toString("latin1")) ?? null;
          return said === null
            ? { failure: "AUTHENTICATION_MALFORMED" }
            : { send: message("p", said) };
        }
        case 12:
          if (login?.isTrusted(data.toString("latin1")) !== true) {
            return { failure: "SERVER_NOT_VERIFIED" };
          }
          logins.delete(slot);
          return "wait";
      }
      return { failure: "AUTHENTICATION_UNSUPPORTED" };
    },
    forget: (slot) => void logins.delete(slot),
  };
}

/** Clear text, md5 and SASL; the others are GSSAPI, SSPI and what PostgreSQL has given up. */
function asksForPassword(method: number): boolean {
  return method === 3 || method === 5 || (method >= 10 && method <= 12);
}

function md5(text: string, salt: string | Buffer): string {
  return createHash("md5").update(text).update(salt).digest("hex");
}

/** The same seed gives the same bytes: the server's part of the nonce is what makes logins differ from run to run. */
function nonceOf(seed: number, connection: number): string {
  return createHash("sha256").update(`${seed} ${connection}`).digest("base64").slice(0, 24);
}
