import { UserError } from "./errors.ts";

/** Bytes as a scenario gives them. */
export type BytesInput =
  | string
  | {
      readonly text?: string | undefined;
      readonly hex?: string | undefined;
      readonly base64?: string | undefined;
    };

/**
 * The bytes of a text (UTF-8), of hexadecimal digits or of base64; white space in the latter two is
 * for the reader.
 *
 * @throws UserError
 */
export function bytesOf(input: BytesInput): Buffer {
  if (typeof input === "string") return Buffer.from(input, "utf8");
  if (input.hex !== undefined) return hexBytes(input.hex);
  if (input.base64 !== undefined) return base64Bytes(input.base64);
  return Buffer.from(input.text ?? "", "utf8");
}

function hexBytes(text: string): Buffer {
  const digits = text.replaceAll(/\s/g, "");
  const wrong = /[^0-9a-fA-F]/.exec(digits);
  if (wrong !== null)
    throw new UserError(`hex: ${JSON.stringify(wrong[0])} is no hexadecimal digit`);
  if (digits.length % 2 === 1) {
    throw new UserError(`hex: ${digits.length} digits; a byte is written with two`);
  }
  return Buffer.from(digits, "hex");
}

function base64Bytes(text: string): Buffer {
  const digits = text.replaceAll(/\s/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(digits) || digits.length % 4 !== 0) {
    throw new UserError("base64: not base64 (A-Z a-z 0-9 + /, filled up with = to groups of four)");
  }
  return Buffer.from(digits, "base64");
}
