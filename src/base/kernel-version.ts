/**
 * Compares a kernel's version by number.
 *
 * @param text as uname(2) gives it, "6.18.44-generic"
 */
export function isAtLeast(text: string, major: number, minor: number): boolean {
  const [ofText = 0, next = 0] = text.split(/[.-]/).map(Number);
  return ofText > major || (ofText === major && next >= minor);
}
