import { UserError } from "../../base/errors.ts";
import {
  hexDigits,
  hexLength,
  writeBytes,
  writeDigits,
  writeHex,
} from "../../base/numbers/digits.ts";
import { type Argument, integerOf } from "./expression.ts";
import type { Value, Write } from "./value.ts";

/** What becomes of a value after `|`. */
export interface Pipe {
  readonly form: string;
  readonly example: string;
  /** An example of what is sent. */
  readonly sent: string;
  readonly description: string;
  /** @throws UserError for a value or arguments that it does not take; the caller adds where */
  compile(value: Value, args: readonly Argument[]): Value;
}

export const pipes: Readonly<Record<string, Pipe>> = {
  width: {
    form: "width BYTES",
    example: "{{sequence % 10000 | width 5}}",
    sent: "00017",
    description:
      "At least so many bytes, 1 to 1000: a number, decimal or hexadecimal, gets zeros in front, a text spaces behind.",
    compile(value, args) {
      const width = integerOf(args[0]?.text ?? "", 1, 1000);
      if (args.length !== 1 || width === null) {
        throw new UserError("width takes a number of bytes, 1 to 1000, as in width 5");
      }
      return value.kind === "text" ? filledUp(value, width) : zeroFilled(value, width);
    },
  },
  hex: {
    form: "hex",
    example: "{{users.name | hex}}",
    sent: "4a6f",
    description:
      "In hexadecimal: a number as a number, 255 as `ff`; the bytes of a text with two digits each. `{{hex sequence}}` is the same as `{{sequence | hex}}`.",
    compile: alone("hex", (value) =>
      value.number === null
        ? mapped(value, 2, 2, (bytes, length, into, at) => {
            for (let i = 0; i < length; i++) {
              const byte = bytes[i] as number;
              into[at++] = hexDigits[byte >> 4] as number;
              into[at++] = hexDigits[byte & 15] as number;
            }
            return at;
          })
        : hexNumber(value, value.number),
    ),
  },
  base64: {
    form: "base64",
    example: "{{users.name | base64}}",
    sent: "Sm8=",
    description: "In base64, filled up with `=`.",
    compile: alone("base64", (value) => base64(value, standardAlphabet, true)),
  },
  base64url: {
    form: "base64url",
    example: "{{body | base64url}}",
    sent: "Sm8",
    description: "In the alphabet of base64 for URLs and tokens, not filled up.",
    compile: alone("base64url", (value) => base64(value, urlAlphabet, false)),
  },
  url: {
    form: "url",
    example: "/find?q={{users.name | url}}",
    sent: "/find?q=J%C3%B6",
    description:
      "For a part of a URL: all bytes but letters, digits and `-_.~` as `%` and two digits.",
    compile: alone("url", (value) => mapped(value, 1, 3, writeUrl)),
  },
  json: {
    form: "json",
    example: '{"name":{{users.name | json}}}',
    sent: '{"name":"J\\"o"}',
    description:
      "As a JSON value: a number as it is, a text in quotes, with what JSON requires escaped.",
    compile: alone("json", (value) => (value.kind === "number" ? value : jsonText(value))),
  },
  upper: {
    form: "upper",
    example: "{{connection | hex | upper}}",
    sent: "1F4",
    description: "The letters a to z in upper case.",
    compile: alone("upper", (value) => shifted(value, 0x61, -0x20)),
  },
  lower: {
    form: "lower",
    example: "{{users.name | lower}}",
    sent: "jo",
    description: "The letters A to Z in lower case.",
    compile: alone("lower", (value) => shifted(value, 0x41, 0x20)),
  },
  uint8: binary(1),
  uint16: binary(2),
  uint32: binary(4),
  uint64: binary(8),
};

/** Whether a name is a pipe's that takes no arguments, so that it may stand in front. */
export function isPrefixPipe(name: string): boolean {
  return Object.hasOwn(pipes, name) && pipes[name]?.form === name;
}

function alone(name: string, create: (value: Value) => Value): Pipe["compile"] {
  return (value, args) => {
    if (args.length > 0) throw new UserError(`${name} takes no arguments`);
    return create(value);
  };
}

function zeroFilled(value: Value, width: number): Value {
  const { number } = value;
  const maxBytes = Math.max(value.maxBytes, width);
  const minBytes = Math.max(value.minBytes, width);
  const { write } = value;
  if (value.kind === "number" && number !== null && value.maxBytes <= width) {
    const { of } = number;
    const zeros = width - Math.min(width, 16);
    return {
      ...value,
      kind: "digits",
      number: null,
      minBytes,
      maxBytes,
      write(into, at, key) {
        for (let i = 0; i < zeros; i++) into[at + i] = 0x30;
        writeDigits(into, at + zeros, of(key), width - zeros);
        return at + width;
      },
    };
  }
  return {
    ...value,
    kind: "digits",
    number: null,
    minBytes,
    maxBytes,
    write(into, at, key) {
      const end = write(into, at, key);
      const missing = width - (end - at);
      if (missing <= 0) return end;
      into.copyWithin(at + missing, at, end);
      into.fill(0x30, at, at + missing);
      return at + width;
    },
  };
}

function filledUp(value: Value, width: number): Value {
  const { write } = value;
  return {
    ...value,
    isDistinct: false,
    minBytes: Math.max(value.minBytes, width),
    maxBytes: Math.max(value.maxBytes, width),
    write(into, at, key) {
      let end = write(into, at, key);
      while (end < at + width) into[end++] = 0x20;
      return end;
    },
  };
}

function hexNumber(value: Value, { of, most }: NonNullable<Value["number"]>): Value {
  return {
    ...value,
    kind: "digits",
    number: null,
    minBytes: 1,
    maxBytes: hexLength(most),
    write(into, at, key) {
      const number = of(key);
      return writeHex(into, at, number, hexLength(number));
    },
  };
}

/** @returns where what was written ends */
type Mapping = (bytes: Uint8Array, length: number, into: Uint8Array, at: number) => number;

/** A text made of another, each of whose bytes becomes so many. */
function mapped(value: Value, least: number, most: number, map: Mapping): Value {
  return transformed(value, value.minBytes * least, value.maxBytes * most, map);
}

function transformed(value: Value, minBytes: number, maxBytes: number, map: Mapping): Value {
  const before = Buffer.alloc(value.maxBytes);
  const { write } = value;
  return {
    ...value,
    kind: "text",
    number: null,
    minBytes,
    maxBytes,
    write: (into, at, key) => map(before, write(before, 0, key), into, at),
  };
}

const standardAlphabet = Buffer.from(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
);
const urlAlphabet = Buffer.from(standardAlphabet.toString().replace("+/", "-_"));

function base64(value: Value, alphabet: Uint8Array, isFilled: boolean): Value {
  const lengthOf = (bytes: number) =>
    isFilled ? Math.ceil(bytes / 3) * 4 : Math.ceil((bytes * 4) / 3);
  const digit = (bits: number) => alphabet[bits & 63] as number;
  return transformed(
    value,
    lengthOf(value.minBytes),
    lengthOf(value.maxBytes),
    (bytes, length, into, at) => {
      for (let i = 0; i < length; i += 3) {
        const left = length - i;
        const first = bytes[i] as number;
        const second = left > 1 ? (bytes[i + 1] as number) : 0;
        const third = left > 2 ? (bytes[i + 2] as number) : 0;
        into[at++] = digit(first >> 2);
        into[at++] = digit((first << 4) | (second >> 4));
        if (left > 1) into[at++] = digit((second << 2) | (third >> 6));
        else if (isFilled) into[at++] = 0x3d;
        if (left > 2) into[at++] = digit(third);
        else if (isFilled) into[at++] = 0x3d;
      }
      return at;
    },
  );
}

/** 1 for bytes that stand for themselves in any part of a URL. @see RFC 3986, section 2.3 */
const unreserved = new Uint8Array(256);
for (const byte of Buffer.from(`${standardAlphabet.toString().slice(0, 62)}-_.~`)) {
  unreserved[byte] = 1;
}

const upperHex = Buffer.from("0123456789ABCDEF");

function writeUrl(bytes: Uint8Array, length: number, into: Uint8Array, at: number): number {
  for (let i = 0; i < length; i++) {
    const byte = bytes[i] as number;
    if (unreserved[byte] === 1) {
      into[at++] = byte;
      continue;
    }
    into[at++] = 0x25;
    into[at++] = upperHex[byte >> 4] as number;
    into[at++] = upperHex[byte & 15] as number;
  }
  return at;
}

/** Letters of the short escapes of JSON, by byte. @see RFC 8259, section 7 */
const shortEscapes = new Uint8Array(256);
for (const [byte, letter] of [
  ['"', '"'],
  ["\\", "\\"],
  ["\b", "b"],
  ["\f", "f"],
  ["\n", "n"],
  ["\r", "r"],
  ["\t", "t"],
] as const) {
  shortEscapes[byte.charCodeAt(0)] = letter.charCodeAt(0);
}

function jsonText(value: Value): Value {
  const quote = 0x22;
  return transformed(
    value,
    value.minBytes + 2,
    value.maxBytes * 6 + 2,
    (bytes, length, into, at) => {
      into[at++] = quote;
      for (let i = 0; i < length; i++) {
        const byte = bytes[i] as number;
        const letter = shortEscapes[byte] as number;
        if (letter === 0 && byte >= 0x20) {
          into[at++] = byte;
          continue;
        }
        into[at++] = 0x5c;
        if (letter !== 0) {
          into[at++] = letter;
          continue;
        }
        into[at++] = 0x75;
        into[at++] = 0x30;
        into[at++] = 0x30;
        into[at++] = hexDigits[byte >> 4] as number;
        into[at++] = hexDigits[byte & 15] as number;
      }
      into[at++] = quote;
      return at;
    },
  );
}

/** The 26 letters from `from` on, moved by `by`. */
function shifted(value: Value, from: number, by: number): Value {
  const write: Write = (into, at, key) => {
    const end = value.write(into, at, key);
    for (let i = at; i < end; i++) {
      const byte = into[i] as number;
      if (byte >= from && byte < from + 26) into[i] = byte + by;
    }
    return end;
  };
  return { ...value, isDistinct: value.isDistinct && value.kind !== "text", write };
}

/** Distances at which two messages of a connection are never compared. */
const far = 2 ** 32;

function binary(bytes: number): Pipe {
  const name = `uint${bytes * 8}`;
  const holds = 2 ** (bytes * 8);
  const example = bytes === 2 ? "{{sequence | uint16 little}}" : `{{length body | ${name}}}`;
  const sent = bytes === 2 ? "the bytes 17 and 0" : `the length, in ${bytes} bytes`;
  return {
    form: bytes === 1 ? name : `${name} [little]`,
    example,
    sent: bytes === 1 ? "the length, in one byte" : sent,
    description: `A number as ${bytes === 1 ? "one byte" : `${bytes} bytes, the high one first; with \`little\` the low one`}. Of a number that needs more the low bytes are written, but a length must fit.`,
    compile({ number, ...value }, args) {
      const [order, ...more] = args;
      const isLittle = order?.text === "little";
      if (more.length > 0 || (order !== undefined && !isLittle && order.text !== "big")) {
        throw new UserError(`${name} takes the order of the bytes, big or little, or nothing`);
      }
      if (number === null) throw new UserError(`${name} takes a number, not a text`);
      const { of, most, captured = [] } = number;
      if (number.mustFit && most >= holds) {
        const remedy =
          captured.length === 0
            ? ""
            : `, or capture ${captured.join(" and ")} with a smaller maxSize`;
        throw new UserError(
          `${name} holds at most ${holds - 1}, and the length may be ${most}; take a longer one${remedy}`,
        );
      }
      return {
        ...value,
        kind: "text",
        number: null,
        minBytes: bytes,
        maxBytes: bytes,
        isDistinct: value.isDistinct && holds >= far,
        write: (into, at, key) => writeBytes(into, at, of(key), bytes, isLittle),
      };
    },
  };
}
