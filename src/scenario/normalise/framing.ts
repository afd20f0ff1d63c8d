import { resolve } from "node:path";
import { UserError } from "../../base/errors.ts";
import type { FramingSpec } from "../../framing/specs.ts";
import type { FramingInput } from "../schema/message.ts";
import { keysOf } from "../schema/values.ts";
import { bytesOf } from "../source/bytes.ts";
import { besideFile } from "../source/include.ts";
import { checkUserFile } from "../source/source-file.ts";
import type { Path } from "../source/tree.ts";
import { attempt, type NormaliseContext, soleKey } from "./context.ts";

const defaultMaxBytes = 16 * 1024 * 1024;

/** @returns null where the framing is wrong, which is noted */
export function normaliseFraming(
  input: FramingInput,
  path: Path,
  context: NormaliseContext,
): FramingSpec | null {
  const { diagnostics } = context;
  if (input === "echo") return { kind: "echo" };
  if (input === "http") return { kind: "http", maxBytes: defaultMaxBytes };
  const key = soleKey<keyof typeof input>(diagnostics, path, input, keysOf("a framing"));
  if (key === null) return null;
  const inner = [...path, key];
  return attempt(diagnostics, inner, (): FramingSpec | null => {
    if (input.fixed !== undefined) return { kind: "fixed", bytes: input.fixed };
    if (input.delimiter !== undefined) return delimiter(input.delimiter, inner, context);
    if (input.lengthPrefix !== undefined) return lengthPrefix(input.lengthPrefix);
    if (input.module !== undefined) return module(input.module, diagnostics.at(inner).file);
    return { kind: "http", maxBytes: input.http?.maxSize ?? defaultMaxBytes };
  });
}

type Maps = Exclude<FramingInput, string>;

function delimiter(
  input: NonNullable<Maps["delimiter"]>,
  path: Path,
  context: NormaliseContext,
): FramingSpec | null {
  const { maxSize = defaultMaxBytes, ...given } =
    typeof input === "string" ? { text: input } : { maxSize: undefined, ...input };
  if (soleKey(context.diagnostics, path, given, ["text", "hex", "base64"]) === null) return null;
  const bytes = bytesOf(given);
  if (bytes.length === 0) throw new UserError("an empty delimiter ends nothing");
  if (bytes.length > maxSize) throw new UserError("the delimiter is longer than maxSize");
  return { kind: "delimiter", base64: bytes.toString("base64"), maxBytes: maxSize };
}

function lengthPrefix(input: NonNullable<Maps["lengthPrefix"]>): FramingSpec {
  const { bytes, byteOrder = "big", offset = 0, includesHeader = false } = input;
  const maxBytes = input.maxSize ?? defaultMaxBytes;
  if (offset + bytes > maxBytes) {
    throw new UserError(
      `maxSize ${maxBytes} ends before the length field does, at ${offset + bytes}`,
    );
  }
  return { kind: "lengthPrefix", bytes, byteOrder, offset, includesHeader, maxBytes };
}

function module(path: string, file: string): FramingSpec {
  const shown = besideFile(path, file);
  if (!/\.[cm]?js$/.test(path)) {
    throw new UserError(`${shown}: a module is a .js, .mjs or .cjs file; compile TypeScript first`);
  }
  try {
    checkUserFile(resolve(shown));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${shown}: ${error.message}`);
  }
  return { kind: "module", path: resolve(shown) };
}
