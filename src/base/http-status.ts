/** HTTP status codes from one to the other, inclusive. */
export type StatusRange = readonly [from: number, to: number];

/** A status code as it is written, or a class of them; the first digit is 1 to 9. */
export const statusPattern = "[1-9](\\d\\d|xx)";

const statusForm = new RegExp(`^${statusPattern}$`);

/** What a protocol calls a status of its own: "NXDOMAIN". */
const statusNameForm = /^[A-Z][A-Z0-9_]{0,63}$/;

/** Whether a protocol may call a status that. */
export function isStatusName(text: string): boolean {
  return statusNameForm.test(text);
}

/**
 * Reads "404" or a class such as "4xx".
 *
 * Codes of 600 and more are no HTTP, but some servers send them.
 *
 * @returns null for a text that is neither
 */
export function parseStatusRange(text: string): StatusRange | null {
  if (!statusForm.test(text)) return null;
  return [Number(text.replace("xx", "00")), Number(text.replace("xx", "99"))];
}

/** Whether a status is in one of the ranges. */
export function isStatusIn(status: number, ranges: readonly StatusRange[]): boolean {
  return ranges.some(([from, to]) => from <= status && status <= to);
}
