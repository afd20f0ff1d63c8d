import { createConstantMessage, type MessageWriter } from "./message.ts";
import { parseTemplate, type TemplatePart } from "./template.ts";

/** Length of the longest address and port: "[", 45 characters of IPv6 (INET6_ADDRSTRLEN less its NUL), "]:65535". */
const maxSourceBytes = 53;

/**
 * Creates messages from a text with placeholders (see template.ts).
 *
 * @throws UserError for an unknown placeholder
 */
export function createTemplateMessage(text: string): MessageWriter {
  const parts = parseTemplate(text);
  if (parts.every((part) => part.kind === "bytes")) return createConstantMessage(Buffer.from(text));
  return {
    constant: null,
    maxBytes: parts.reduce((sum, part) => sum + longest(part), 0),
    fixedBytes: null,
    stamped: false,
    partlyStamped: false,
    bytesOf: null,
    write(into, at, sequence, connection, source) {
      let end = at;
      for (let i = 0; i < parts.length; i++) {
        const part = parts[i] as TemplatePart;
        switch (part.kind) {
          case "bytes":
            into.set(part.bytes, end);
            end += part.bytes.length;
            break;
          case "sequence":
            end += writeDecimal(into, end, sequence);
            break;
          case "connection":
            end += writeDecimal(into, end, connection);
            break;
          case "source":
            for (let k = 0; k < source.length; k++) into[end++] = source.charCodeAt(k);
            break;
        }
      }
      return end - at;
    },
    rewrite: null,
  };
}

function longest(part: TemplatePart): number {
  switch (part.kind) {
    case "bytes":
      return part.bytes.length;
    case "source":
      return maxSourceBytes;
    default:
      return maxDecimalBytes;
  }
}

/** Digits of the largest integer that a number represents exactly, 9,007,199,254,740,991. */
export const maxDecimalBytes = 16;

/**
 * Writes an integer in decimal ASCII at `into[at]`, without the string that `String(value)` makes.
 *
 * @param value integer, 0 to 2^53 - 1
 * @returns     the number of digits
 */
export function writeDecimal(into: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let power = 10; value >= power; power *= 10) digits++;
  let rest = value;
  for (let place = at + digits - 1; place >= at; place--) {
    const tenth = Math.floor(rest / 10);
    into[place] = 48 + (rest - tenth * 10);
    rest = tenth;
  }
  return digits;
}
