import { UserError } from "../../base/errors.ts";
import { createConstantMessage, type MessageKey, type MessageWriter } from "../message.ts";
import type { TemplateSpec } from "../spec.ts";
import { Compiler, type Names } from "./compile.ts";
import { splitText } from "./expression.ts";
import { constantBytes } from "./joined.ts";
import { isPrefixPipe } from "./pipes.ts";

/** What the values of templates follow from, besides the message. */
export interface TemplateRun extends Omit<Names, "parts"> {
  readonly seed: number;
  /** Unix time less monotonic time, ms. */
  readonly epochMs: number;
}

/**
 * Creates messages from a text with placeholders (sources.ts, pipes.ts). The text is compiled once into parts that write
 * bytes where the message is to stand: a message costs no string and no object.
 *
 * @throws UserError for a placeholder or a pipe that is not known, or that does not take what it is given
 */
export function createTemplateMessage(spec: TemplateSpec, run: TemplateRun): MessageWriter {
  const parts = spec.parts ?? {};
  const idSeed = run.seed + (1 + run.tag) * 2 ** 33;
  const compiler = new Compiler({ ...run, parts }, run.seed, idSeed, run.epochMs);
  const value = compiler.compile(spec.text);
  const [unused] = compiler.unusedParts;
  if (unused !== undefined) {
    throw new UserError(
      `the text does not contain part "${unused}": write {{${unused}}} where it belongs`,
    );
  }
  if (value.varies === "never") return createConstantMessage(constantBytes(value));
  const { minBytes, maxBytes, write } = value;
  const begin = compiler.begin();
  return {
    constant: null,
    maxBytes,
    fixedBytes: minBytes === maxBytes ? maxBytes : null,
    stamped: false,
    partlyStamped: false,
    isDistinct: value.isDistinct,
    uses: compiler.uses,
    bytesOf: null,
    write:
      begin === null
        ? (into, at, key) => write(into, at, key) - at
        : (into: Uint8Array, at: number, key: MessageKey) => {
            begin(key);
            return write(into, at, key) - at;
          },
    rewrite: null,
  };
}

/** The bytes before a text's first placeholder. */
export function textStart(text: string): Uint8Array {
  const [first] = splitText(text, isPrefixPipe);
  return Buffer.from(typeof first === "string" ? first : "");
}

/** Whether a text of the message has a stamp. */
export function hasStamp({ text, parts = {} }: TemplateSpec): boolean {
  return [text, ...Object.values(parts)]
    .flatMap((one) => splitText(one, isPrefixPipe))
    .some((part) => typeof part !== "string" && part.name === "stamp" && part.column === null);
}

/** The data that the texts of a message name, by the names of their columns; null where a row is named alone. */
export function namedColumns({
  text,
  parts = {},
}: TemplateSpec): (readonly [string, string | null])[] {
  return [text, ...Object.values(parts)]
    .flatMap((one) => splitText(one, isPrefixPipe))
    .flatMap((part) =>
      typeof part === "string" || part.name === null ? [] : [[part.name, part.column] as const],
    );
}
