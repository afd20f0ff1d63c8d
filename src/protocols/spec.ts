/** What a scenario says of a protocol, as plain data, and what is known of one without running it. */
import { protocolNames, protocols, type Protocol as Transport } from "../address/protocol.ts";
import { UserError } from "../base/errors.ts";
import { isStatusName } from "../base/http-status.ts";
import type { OptionSpecs, Protocol } from "./protocol.ts";

/** The value of an option; null: it was left out, and has no other default. */
export type OptionSetting = string | number | boolean | readonly string[] | null;

export interface ProtocolSpec {
  /** As the scenario has it: a name, or a path. */
  readonly name: string;
  /** Absolute path of the module; null: it ships. */
  readonly path: string | null;
  /** All of them, defaults included. */
  readonly options: Readonly<Record<string, OptionSetting>>;
  /** Names of those that others must not see. */
  readonly secrets: readonly string[];
  /** As in `Protocol`; left out: statuses have their numbers. */
  readonly statusNames?: Readonly<Record<number, string>>;
}

/** Stands for a secret in what is passed on to others. */
export const hidden = "(not written)";

/** The spec for others than the agents, without its secrets. */
export function withoutSecretOptions(spec: ProtocolSpec): ProtocolSpec {
  const isHidden = (name: string) => spec.secrets.includes(name) && spec.options[name] !== null;
  const options = Object.entries(spec.options).map(([name, value]) => [
    name,
    isHidden(name) ? hidden : value,
  ]);
  return { ...spec, options: Object.fromEntries(options) };
}

/** What of a protocol does not depend on its options. */
export interface ProtocolFacts {
  readonly about: string;
  readonly over: Protocol["over"];
  readonly options: OptionSpecs;
  /** Null: messages have no payload. */
  readonly message: NonNullable<Protocol["message"]> | null;
  /** Null: they have their numbers. */
  readonly statusNames: NonNullable<Protocol["statusNames"]> | null;
}

/** What its sessions can do, which may depend on them. */
export interface SessionFacts {
  /** Whether they write their requests, and do not send the workload's messages as they are. */
  readonly writes: boolean;
  readonly opens: boolean;
  /** Whether they tell replies from other messages. */
  readonly classifies: boolean;
  readonly matches: boolean;
  /** As in `ProtocolSession`; null: each request has a reply. */
  readonly unanswered: string | null;
}

export function factsOf(protocol: Protocol): ProtocolFacts {
  const { about, over, options, message = null, statusNames = null } = protocol;
  return { about, over, options, message, statusNames };
}

/** What a session that was made on trial can do. @throws (rejects with) what `create` does */
export async function trySession(
  protocol: Protocol,
  options: Readonly<Record<string, OptionSetting>>,
  over: Transport,
): Promise<SessionFacts> {
  const isStream = !protocols[over].isDatagram;
  const context = { options: options as never, slots: 1, isStream, seed: 1 };
  const session = checkedSession(await protocol.create(context), protocol, isStream);
  return {
    writes: session.write !== undefined,
    classifies: session.classify !== undefined,
    opens: session.opening !== undefined,
    matches: session.match !== undefined,
    unanswered: session.unanswered ?? null,
  };
}

type Session = Awaited<ReturnType<Protocol["create"]>>;

/** The methods of a session, by whether each is always there. */
const methods = {
  reset: true,
  maxBytes: false,
  write: false,
  scan: false,
  end: false,
  classify: false,
  errorCode: false,
  match: false,
  answer: false,
  status: false,
  closes: false,
} as const;

/**
 * What `create` has given, if it is a session.
 *
 * @throws UserError that says what it lacks
 */
export function checkedSession(given: unknown, protocol: Protocol, isStream: boolean): Session {
  if (typeof given !== "object" || given === null) {
    throw new UserError(
      `create returned ${kindOf(given)}, and not a session: an object with reset`,
    );
  }
  const session = given as Readonly<Record<string, unknown>>;
  for (const [name, isNeeded] of Object.entries(methods)) {
    if (typeof session[name] === "function" || (session[name] === undefined && !isNeeded)) continue;
    throw new UserError(`the session that create returned has ${lacking(name, session[name])}`);
  }
  const lacks = (what: string) => new UserError(`the session that create returned has ${what}`);
  if (isStream && session.scan === undefined) {
    throw lacks("no scan(slot, bytes, start, end), which finds where messages end over TCP");
  }
  if ((session.write === undefined) !== (session.maxBytes === undefined)) {
    throw lacks("one of write and maxBytes, which go together");
  }
  if (session.write === undefined && protocol.message === undefined) {
    throw lacks("no write, and the protocol has no message either: one of them says what is sent");
  }
  if (session.answer !== undefined && !isCount(session.answerBytes, 65_536)) {
    throw lacks("answer, and no answerBytes from 1 to 65536, for which there is to be room");
  }
  if (session.unanswered !== undefined && typeof session.unanswered !== "string") {
    throw lacks("unanswered, which is not a text: the option with which requests are answered");
  }
  if (session.opening !== undefined) checkOpening(session.opening, lacks);
  if (session.keepAlive !== undefined) checkKeepAlive(session, lacks);
  return given as Session;
}

function checkOpening(given: unknown, lacks: (what: string) => Error): void {
  const opening = (given ?? {}) as Readonly<Record<string, unknown>>;
  for (const name of ["begin", "received"]) {
    if (typeof opening[name] !== "function") throw lacks(`an opening without ${name}()`);
  }
  for (const name of ["scan", "last"]) {
    const value = opening[name];
    if (value !== undefined && typeof value !== "function") {
      throw lacks(`an opening whose ${name} is ${kindOf(value)}`);
    }
  }
  if (!isCount(opening.maxBytes, 16 * 1024 * 1024)) {
    throw lacks("an opening without maxBytes: the length of its longest message, at least 1");
  }
}

function checkKeepAlive(
  { keepAlive, classify }: Readonly<Record<string, unknown>>,
  lacks: (what: string) => Error,
): void {
  const { everyMs, maxBytes, write } = (keepAlive ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof write !== "function") throw lacks("a keepAlive without write()");
  if (typeof everyMs !== "number" || !(everyMs >= 1)) {
    throw lacks(`a keepAlive whose everyMs is ${kindOf(everyMs)}: give at least 1`);
  }
  if (!isCount(maxBytes, 65_536)) {
    throw lacks("keepAlive, and no maxBytes from 1 to 65536, for which there is to be room");
  }
  if (classify === undefined) {
    throw lacks("keepAlive, and no classify, which tells its answers from replies");
  }
}

function lacking(name: string, value: unknown): string {
  return value === undefined ? `no ${name}()` : `${kindOf(value)} for ${name}, and not a function`;
}

function isCount(value: unknown, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most;
}

/** For messages: "nothing", "a function", "a Promise", "3". */
function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "a list";
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? String(value);
  const { name } =
    (value as { readonly constructor?: { readonly name?: string } }).constructor ?? {};
  return name === undefined || name === "Object" ? "an object" : `a ${name}`;
}

/**
 * What a module exports, if it is a protocol.
 *
 * @throws UserError that says what it lacks
 */
export function asProtocol(exported: unknown): Protocol {
  // In a CommonJS file compiled from a module, the default export is the object of all exports.
  const inner = exported as { readonly default?: unknown } | null | undefined;
  const given = inner?.default ?? exported;
  const hint =
    'write export default defineProtocol({ ... }), with defineProtocol from "slash8/protocol"';
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new UserError(`it exports ${kindOf(given)} by default, and not a protocol: ${hint}`);
  }
  const { about, over, options, message, statusNames, create } = given as Readonly<
    Record<string, unknown>
  >;
  const lacks = (what: string) => new UserError(`its protocol has ${what}`);
  if (typeof about !== "string" || about === "")
    throw lacks("no about: a line that says what it speaks");
  const isOver = (one: unknown) => protocolNames.some((name) => name === one);
  if (!Array.isArray(over) || over.length === 0 || !over.every(isOver)) {
    throw lacks('no over: what it runs over, ["tcp"], ["udp"] or both');
  }
  if (typeof create !== "function") throw lacks("no create(), which makes its sessions");
  checkOptionSpecs(options, lacks);
  if (message !== undefined) checkMessage(message, lacks);
  if (statusNames !== undefined) checkStatusNames(statusNames, lacks);
  return given as Protocol;
}

function checkStatusNames(given: unknown, lacks: (what: string) => Error): void {
  const isFine = ([status, name]: [string, unknown]) =>
    /^[1-9]\d\d$/.test(status) && typeof name === "string" && isStatusName(name);
  if (typeof given === "object" && given !== null && Object.entries(given).every(isFine)) return;
  throw lacks(
    "statusNames that are not names in capital letters by a status of three digits, as in { 103: 'NXDOMAIN' }",
  );
}

const optionTypes = ["text", "boolean", "integer", "choice", "list"];

function checkOptionSpecs(
  given: unknown,
  lacks: (what: string) => Error,
): asserts given is OptionSpecs {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw lacks("no options: {} where it takes none");
  }
  for (const [name, spec] of Object.entries(
    given as Record<string, Record<string, unknown> | null>,
  )) {
    const what = (text: string) => lacks(`an option ${name} ${text}`);
    if (typeof spec?.about !== "string") throw what("without about: what it does");
    if (spec.secret !== undefined && typeof spec.secret !== "boolean") {
      throw what(`whose secret is ${kindOf(spec.secret)}: give true or false`);
    }
    if (!optionTypes.includes(spec.type as string)) {
      throw what(`of type ${kindOf(spec.type)}; known: ${optionTypes.join(", ")}`);
    }
    const { least, most, choices } = spec;
    if (spec.type === "integer" && !(Number.isInteger(least) && Number.isInteger(most))) {
      throw what("without least and most: the smallest integer and the largest");
    }
    if (spec.type === "choice" && (!Array.isArray(choices) || choices.length === 0)) {
      throw what("without choices: a list of texts");
    }
  }
}

function checkMessage(given: unknown, lacks: (what: string) => Error): void {
  const { about, default: byDefault } = (given ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof about !== "string") throw lacks("a message without about: what it is");
  if (byDefault !== null && typeof byDefault !== "string") {
    throw lacks("a message without default: a text, or null where a workload must give it");
  }
}
