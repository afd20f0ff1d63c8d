/**
 * Returns whether a kernel's version is at least `major.minor`, compared as numbers.
 *
 * @param text as uname(2) returns it, "6.18.44-generic"
 */
export function isAtLeast(text: string, major: number, minor: number): boolean {
  const [ofText = 0, next = 0] = text.split(/[.-]/).map(Number);
  return ofText > major || (ofText === major && next >= minor);
}
