import { UserError } from "../../base/errors.ts";
import {
  decimalDigits,
  hexDigits,
  maxDecimalBytes,
  writeDecimal,
} from "../../base/numbers/digits.ts";
import { timedStampBytes, writeSendTime } from "../send-time.ts";
import { checkWorkload, type StampedBy } from "../size-message.ts";
import { writeStamp } from "../stamp.ts";
import { stampTextBytes, writeStampText } from "../stamp-text.ts";
import type { Draws } from "./draws.ts";
import { type Argument, integerOf } from "./expression.ts";
import { constantValue, type NumberOf, type Value } from "./value.ts";

/** What sources are made from. */
export interface SourceContext {
  /** As `{{random ...}}` is written, for messages. */
  readonly written: string;
  /** Of each message; those of `ids` differ from run to run. */
  readonly draws: Draws;
  readonly ids: Draws;
  /** Unix time less monotonic time, ms. */
  readonly epochMs: number;
  readonly stampedBy: Pick<StampedBy, "workload" | "tag">;
  /** The length of a named part of the message. */
  lengthOf(name: string): Value;
  /** Notes that this of a message's key is read. */
  use(what: "number" | "sentNs" | "source" | "times"): void;
}

/** Something that a message may hold between `{{` and `}}`. */
export interface Source {
  /** How it is written. */
  readonly form: string;
  readonly example: string;
  /** An example of what is sent. */
  readonly sent: string;
  readonly description: string;
  /** @throws UserError for arguments that it does not take */
  compile(args: readonly Argument[], context: SourceContext): Value;
}

/** Length of the longest address and port: "[", 45 characters of IPv6 (INET6_ADDRSTRLEN less its NUL), "]:65535". */
const maxSourceBytes = 53;

/** What placeholders may name, but for parts, rows and captured values, whose names a scenario chooses. */
export const sources: Readonly<Record<string, Source>> = {
  sequence: {
    form: "{{sequence}}",
    example: "{{sequence}}",
    sent: "17",
    description: "The message's number on its connection, from 0.",
    compile: alone(() => ({
      ...numberValue((key) => key.sequence, Number.MAX_SAFE_INTEGER),
      isDistinct: true,
    })),
  },
  connection: {
    form: "{{connection}}",
    example: "{{connection}}",
    sent: "4711",
    description: "The connection's number in its workload, from 0.",
    compile: alone(() => ({
      ...numberValue((key) => key.connection, Number.MAX_SAFE_INTEGER),
      varies: "byConnection",
    })),
  },
  number: {
    form: "{{number}}",
    example: "{{number}}",
    sent: "80213",
    description:
      "The message's number in its workload, from 0, over all connections and workers: no two messages of a workload have the same.",
    compile: alone(({ use }) => {
      use("number");
      return {
        ...numberValue((key) => key.number, Number.MAX_SAFE_INTEGER),
        isDistinct: true,
      };
    }),
  },
  source: {
    form: "{{source}}",
    example: "{{source}}",
    sent: "127.64.0.9:1031",
    description: "The connection's source address and port.",
    compile: alone(({ use }) => {
      use("source");
      return {
        ...text(0, maxSourceBytes, (into, at, { source }) => {
          for (let k = 0; k < source.length; k++) into[at++] = source.charCodeAt(k);
          return at;
        }),
        varies: "byConnection",
      };
    }),
  },
  random: {
    form: "{{random LEAST MOST}}",
    example: "{{random 0 9999}}",
    sent: "4082",
    description:
      "A whole number, least to most, both included, all equally likely. It follows from the seed, the connection and the sequence.",
    compile(args, { written, draws }) {
      const [least, most] = args.map(({ text: digits }) => integerOf(digits, 0, 2 ** 52));
      if (args.length !== 2 || least == null || most == null || least > most) {
        throw new UserError(
          `${written}: random takes the least and the most, whole numbers up to 2^52, as in {{random 0 9999}}`,
        );
      }
      draws.isUsed = true;
      const count = most - least + 1;
      return {
        ...numberValue(() => least + draws.below(count), most),
        minBytes: decimalDigits(least),
      };
    },
  },
  randomBytes: {
    form: "{{randomBytes COUNT}}",
    example: "{{randomBytes 8 | hex}}",
    sent: "9f1c44a07be2d305",
    description: "So many random bytes, 1 to 65536, which follow from the seed as random does.",
    compile(args, { written, draws }) {
      const count = integerOf(args[0]?.text ?? "", 1, 65_536);
      if (args.length !== 1 || count === null) {
        throw new UserError(`${written}: randomBytes takes their number, 1 to 65536`);
      }
      draws.isUsed = true;
      return text(count, count, (into, at) => {
        const end = at + count;
        for (; at < end; at += 4) {
          const word = draws.uint32();
          into[at] = word;
          if (at + 1 < end) into[at + 1] = word >>> 8;
          if (at + 2 < end) into[at + 2] = word >>> 16;
          if (at + 3 < end) into[at + 3] = word >>> 24;
        }
        return end;
      });
    },
  },
  uuid: {
    form: "{{uuid}}",
    example: "{{uuid}}",
    sent: "3f0c2a9e-5d1b-4c77-9a31-0e6b8d2f4c15",
    description:
      "A UUID, version 4 (RFC 9562). It follows from the seed, the run, the connection and the sequence: another run has others.",
    compile: alone(({ ids }) => {
      ids.isUsed = true;
      return {
        ...text(36, 36, (into, at) => writeUuid(into, at, ids)),
        isDistinct: true,
      };
    }),
  },
  timestampMs: {
    form: "{{timestampMs}}",
    example: "{{timestampMs}}",
    sent: "1796046439127",
    description:
      "The time at which the message is sent, ms since 1970. `{{timestampMs / 1000}}` is in seconds.",
    compile: alone(({ use, epochMs }) => {
      use("sentNs");
      const most = 9_999_999_999_999;
      return numberValue((key) => Math.floor(key.sentNs / 1e6 + epochMs), most);
    }),
  },
  stamp: {
    form: "{{stamp}}",
    example: "PUBLISH news {{stamp}}",
    sent: "PUBLISH news czgBAAAAAAAAAAAAAAAAMwDkC1QCAAAAAORLVAIAAAI",
    description:
      "Who sent the message, its number, and when: 43 letters, digits, - and _. Workloads of pattern subscribe find it " +
      "wherever it stands in what they receive (`publishes`, docs/subscribing.md).",
    compile: alone(({ use, stampedBy: { workload, tag } }) => {
      use("times");
      checkWorkload(workload);
      const stamp = Buffer.alloc(timedStampBytes);
      return {
        ...text(stampTextBytes, stampTextBytes, (into, at, key) => {
          writeStamp(stamp, 0, workload, key.connection, key.sequence, tag);
          writeSendTime(stamp, 0, key.intendedNs, key.sentNs, key.phase);
          return writeStampText(into, at, stamp);
        }),
        isDistinct: true,
      };
    }),
  },
  traceparent: {
    form: "{{traceparent}}",
    example: "traceparent: {{traceparent}}",
    sent: "traceparent: 00-8a3c60f7d568db3aa0a4c1f0b1e2d3f4-00f067aa0ba902b7-01",
    description:
      "A trace of its own for each message, sampled, as W3C Trace Context writes it. Another run has others, as with uuid.",
    compile: alone(({ ids }) => {
      ids.isUsed = true;
      return {
        ...text(55, 55, (into, at) => writeTraceparent(into, at, ids)),
        isDistinct: true,
      };
    }),
  },
  length: {
    form: "{{length PART}}",
    example: "Content-Length: {{length body}}",
    sent: "Content-Length: 26",
    description:
      "The length in bytes of a named part of the message (`parts`), a number: for a binary length prefix `{{length body | uint32}}`.",
    compile([name, ...more], { written, lengthOf }) {
      if (name === undefined || more.length > 0 || name.kind === "number") {
        throw new UserError(`${written}: length takes the name of a part, as in {{length body}}`);
      }
      return lengthOf(name.text);
    },
  },
  bytes: {
    form: "{{bytes HEX...}}",
    example: "{{bytes 00 ff 1a}}",
    sent: "the three bytes 0, 255 and 26",
    description: "These bytes, in hexadecimal.",
    compile(args, { written }) {
      const digits = args.map(({ text: part }) => part).join("");
      if (args.length === 0 || !/^([0-9a-f]{2})+$/i.test(digits)) {
        throw new UserError(`${written}: bytes takes pairs of hexadecimal digits, as in 00 ff`);
      }
      return constantValue(Buffer.from(digits, "hex"));
    },
  },
};

function numberValue(of: NumberOf["of"], most: number): Value {
  return numeric({ of, most, mustFit: false });
}

/** A number that differs from message to message, in decimal. */
export function numeric(number: NumberOf): Value {
  const { of, most } = number;
  return {
    kind: "number",
    minBytes: 1,
    maxBytes: Math.min(maxDecimalBytes, decimalDigits(most)),
    varies: "byMessage",
    isDistinct: false,
    number,
    write: (into, at, key) => at + writeDecimal(into, at, of(key)),
  };
}

/** A text that differs from message to message. */
function text(minBytes: number, maxBytes: number, write: Value["write"]): Value {
  return {
    kind: "text",
    minBytes,
    maxBytes,
    varies: "byMessage",
    isDistinct: false,
    number: null,
    write,
  };
}

/** A source that takes no arguments. */
function alone(create: (context: SourceContext) => Value): Source["compile"] {
  return (args, context) => {
    const [first] = args;
    if (first === undefined) return create(context);
    throw new UserError(`${context.written}: "${first.text}" is not expected`);
  };
}

const dash = 0x2d;

/** Eight hexadecimal digits. @returns where they end */
function writeWord(into: Uint8Array, at: number, word: number): number {
  for (let shift = 28; shift >= 0; shift -= 4) {
    into[at++] = hexDigits[(word >>> shift) & 15] as number;
  }
  return at;
}

function writeHalf(into: Uint8Array, at: number, half: number): number {
  for (let shift = 12; shift >= 0; shift -= 4) {
    into[at++] = hexDigits[(half >>> shift) & 15] as number;
  }
  return at;
}

function writeUuid(into: Uint8Array, at: number, draws: Draws): number {
  let end = writeWord(into, at, draws.uint32());
  const second = (draws.uint32() & 0xffff0fff) | 0x4000;
  into[end] = dash;
  end = writeHalf(into, end + 1, second >>> 16);
  into[end] = dash;
  end = writeHalf(into, end + 1, second);
  const third = (draws.uint32() & 0x3fffffff) | 0x80000000;
  into[end] = dash;
  end = writeHalf(into, end + 1, third >>> 16);
  into[end] = dash;
  end = writeHalf(into, end + 1, third);
  return writeWord(into, end, draws.uint32());
}

/** @see W3C Trace Context, section 3.2: version, trace, parent, flags; neither trace nor parent is all 0 */
function writeTraceparent(into: Uint8Array, at: number, draws: Draws): number {
  const zero = 0x30;
  into[at] = zero;
  into[at + 1] = zero;
  into[at + 2] = dash;
  let end = writeWord(into, at + 3, draws.uint32() | 1);
  for (let word = 0; word < 3; word++) end = writeWord(into, end, draws.uint32());
  into[end] = dash;
  end = writeWord(into, end + 1, draws.uint32() | 1);
  end = writeWord(into, end, draws.uint32());
  into[end] = dash;
  into[end + 1] = zero;
  into[end + 2] = zero + 1;
  return end + 3;
}
