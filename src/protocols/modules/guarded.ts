/**
 * Sessions of users' modules: what throws, answers nonsense or does not return is named.
 */
import { UserError } from "../../base/errors.ts";
import {
  incomplete,
  malformed,
  type Opening,
  opened,
  type ProtocolSession,
  refused,
} from "../protocol.ts";
import { failureOf, placeText, textOf } from "./failure.ts";
import { enterUserCode, leaveUserCode, userCodePlace } from "./user-code.ts";

/** What a module threw, for people: its message, and where that was. */
export function thrownText(error: unknown, path: string): string {
  const { message, at } = failureOf(error, path);
  return message + placeText(at);
}

const codePattern = /^[A-Z][A-Z0-9_]{0,63}$/;

/** What the methods below have in common. */
interface Guard {
  /** Calls a method of the module. */
  call<Result>(name: string, run: () => Result): Result;
  nonsense(call: string, answer: unknown, remedy: string): UserError;
}

/**
 * A session whose methods are those of a user's, each with a check of its answer: an index that does not advance would
 * hang the worker.
 *
 * @param name of the protocol, as the scenario has it
 * @param path of its module, absolute
 * @cost       two stores and a few comparisons for what is called for each message
 */
export function guarded(session: ProtocolSession, name: string, path: string): ProtocolSession {
  const here = userCodePlace();
  const nonsense = (call: string, answer: unknown, remedy: string) =>
    new UserError(`protocol ${name}: ${call} returned ${String(answer)}; return ${remedy}`);
  const threw = (method: string, error: unknown) => {
    leaveUserCode();
    const what = error instanceof Error ? thrownText(error, path) : textOf(error);
    return new UserError(`protocol ${name}: ${method} threw ${what}`);
  };
  const call: Guard["call"] = (method, run) => {
    enterUserCode(here);
    try {
      const answer = run();
      leaveUserCode();
      return answer;
    } catch (error) {
      throw threw(method, error);
    }
  };
  const guard = { call, nonsense };
  const { opening, scan, write, end, classify, errorCode, match, answer, status, closes } = session;
  const { keepAlive, answerBytes = 0 } = session;
  return {
    ...(session.readsMessages !== undefined && { readsMessages: session.readsMessages }),
    ...(session.answerBytes !== undefined && { answerBytes }),
    ...(opening !== undefined && { opening: guardedOpening(opening, guard) }),
    ...(keepAlive !== undefined && {
      keepAlive: {
        ...keepAlive,
        write(slot, into, at) {
          const length = call("keepAlive.write", () => keepAlive.write(slot, into, at));
          const { maxBytes } = keepAlive;
          if (Number.isInteger(length) && length >= 0 && length <= maxBytes) return length;
          throw nonsense("keepAlive.write", length, `its length, 0 to maxBytes (${maxBytes})`);
        },
      },
    }),
    reset(slot, connection) {
      call("reset", () => session.reset(slot, connection));
    },
    ...(session.maxBytes !== undefined && {
      maxBytes(payloadBytes) {
        const bytes = call("maxBytes", () => session.maxBytes?.(payloadBytes));
        if (Number.isInteger(bytes) && (bytes as number) >= 0) return bytes as number;
        throw nonsense(`maxBytes(${payloadBytes})`, bytes, "a length in bytes");
      },
    }),
    ...(write !== undefined && {
      write(into, at, slot, sequence, payload, start, to) {
        enterUserCode(here);
        let length: number;
        try {
          length = session.write?.(into, at, slot, sequence, payload, start, to) as number;
        } catch (error) {
          throw threw("write", error);
        }
        leaveUserCode();
        if (Number.isInteger(length) && length >= 0 && length <= into.length - at) return length;
        throw nonsense(
          "write",
          length,
          `the length of the message, at most maxBytes (${into.length - at})`,
        );
      },
    }),
    ...(scan !== undefined && {
      scan(slot, bytes, start, to) {
        enterUserCode(here);
        let next: number;
        try {
          next = session.scan?.(slot, bytes, start, to) as number;
        } catch (error) {
          throw threw("scan", error);
        }
        leaveUserCode();
        if (isScanned(next, start, to)) return next;
        throw nonsense(`scan(slot, bytes, ${start}, ${to})`, next, scanRemedy(start, to));
      },
    }),
    ...(end !== undefined && { end: (slot) => call("end", () => session.end?.(slot)) === true }),
    ...(classify !== undefined && {
      classify(slot, bytes, start, to) {
        enterUserCode(here);
        let kind: number;
        try {
          kind = session.classify?.(slot, bytes, start, to) as number;
        } catch (error) {
          throw threw("classify", error);
        }
        leaveUserCode();
        if (kind === 0 || kind === 1 || kind === 2 || kind === 3) return kind;
        throw nonsense("classify", kind, "kind.reply, kind.error, kind.push or kind.ignore");
      },
    }),
    ...(errorCode !== undefined && {
      errorCode(slot) {
        const code = call("errorCode", () => session.errorCode?.(slot));
        if (typeof code === "string" && codePattern.test(code)) return code;
        const shown = typeof code === "string" ? JSON.stringify(code) : code;
        throw nonsense("errorCode", shown, "capital letters, digits and _, at most 64");
      },
    }),
    ...(match !== undefined && {
      match(slot, bytes, start, to, next) {
        enterUserCode(here);
        let sequence: number;
        try {
          sequence = session.match?.(slot, bytes, start, to, next) as number;
        } catch (error) {
          throw threw("match", error);
        }
        leaveUserCode();
        if (Number.isInteger(sequence) && sequence >= -1 && sequence < next) return sequence;
        throw nonsense(
          "match",
          sequence,
          `the sequence of a request, below ${next}, or -1 for none`,
        );
      },
    }),
    ...(answer !== undefined && {
      answer(slot, bytes, start, to, into, at) {
        enterUserCode(here);
        let length: number;
        try {
          length = session.answer?.(slot, bytes, start, to, into, at) as number;
        } catch (error) {
          throw threw("answer", error);
        }
        leaveUserCode();
        if (Number.isInteger(length) && length >= 0 && length <= answerBytes) return length;
        throw nonsense("answer", length, `its length, 0 to answerBytes (${answerBytes})`);
      },
    }),
    ...(status !== undefined && {
      status(slot) {
        enterUserCode(here);
        let code: number;
        try {
          code = session.status?.(slot) as number;
        } catch (error) {
          throw threw("status", error);
        }
        leaveUserCode();
        if (code === 0 || (Number.isInteger(code) && code >= 100 && code <= 999)) return code;
        throw nonsense("status", code, "100 to 999, or 0 for none");
      },
    }),
    ...(closes !== undefined && {
      closes(slot) {
        enterUserCode(here);
        try {
          return session.closes?.(slot) === true;
        } catch (error) {
          throw threw("closes", error);
        } finally {
          leaveUserCode();
        }
      },
    }),
  };
}

function guardedOpening(opening: Opening, { call, nonsense }: Guard): Opening {
  const { maxBytes } = opening;
  const checked = (name: string, length: number, isAnswer: boolean) => {
    if (Number.isInteger(length) && length <= maxBytes) {
      if (length >= opened || (isAnswer && length === refused)) return length;
    }
    const also = isAnswer ? ", opened or refused" : " or opened";
    throw nonsense(
      `opening.${name}`,
      length,
      `the length of what it wrote, 0 to maxBytes (${maxBytes})${also}`,
    );
  };
  return {
    maxBytes,
    ...(opening.scan !== undefined && {
      scan(slot, bytes, start, end) {
        const next = call("opening.scan", () => opening.scan?.(slot, bytes, start, end)) as number;
        if (isScanned(next, start, end)) return next;
        throw nonsense(`opening.scan(slot, bytes, ${start}, ${end})`, next, scanRemedy(start, end));
      },
    }),
    begin: (slot, into, at) =>
      checked(
        "begin",
        call("opening.begin", () => opening.begin(slot, into, at)),
        false,
      ),
    received: (slot, bytes, start, end, into, at) => {
      const run = () => opening.received(slot, bytes, start, end, into, at);
      return checked("received", call("opening.received", run), true);
    },
    ...(opening.last !== undefined && {
      last: (slot) => call("opening.last", () => opening.last?.(slot)) === true,
    }),
    ...(opening.awaits !== undefined && {
      awaits(slot) {
        const awaited = call("opening.awaits", () => opening.awaits?.(slot));
        if (typeof awaited === "string" && awaited !== "") return awaited;
        throw nonsense("opening.awaits", awaited, 'the name of what is awaited, as "CONNACK"');
      },
    }),
  };
}

function isScanned(next: number, start: number, end: number): boolean {
  return (
    (Number.isInteger(next) && next > start && next <= end) ||
    next === incomplete ||
    next === malformed
  );
}

function scanRemedy(start: number, end: number): string {
  return `the index after the message (${start + 1} to ${end}), incomplete (-1) or malformed (-2)`;
}
