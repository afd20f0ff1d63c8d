/** Adds a script to package.json and leaves all else of its text as it is, down to spaces and line ends. */

interface Member {
  readonly key: string;
  readonly keyAt: number;
  readonly valueAt: number;
  /** Behind the value. */
  readonly end: number;
}

/**
 * @param text    package.json, well-formed, an object
 * @param replace what happens to a script of that name that is there
 * @returns       the new text; null: there is such a script, and it stays
 */
export function withScript(
  text: string,
  name: string,
  command: string,
  replace: boolean,
): string | null {
  const top = membersOf(text, text.indexOf("{"));
  const scripts = top.members.find(({ key }) => key === "scripts");
  const script = `${JSON.stringify(name)}: ${JSON.stringify(command)}`;
  if (scripts === undefined || text[scripts.valueAt] !== "{") {
    if (scripts !== undefined) return null;
    const space = spaceBefore(text, top.members.at(-1), top.start);
    const deeper = space.includes("\n") ? space + indentOf(space) : "";
    return inserted(text, top, `"scripts": {${deeper}${script}${space}}`, space);
  }
  const own = membersOf(text, scripts.valueAt);
  const there = own.members.find(({ key }) => key === name);
  if (there !== undefined) {
    if (!replace) return null;
    return text.slice(0, there.valueAt) + JSON.stringify(command) + text.slice(there.end);
  }
  const outer = spaceBefore(text, scripts, top.start);
  const space =
    own.members.length > 0
      ? spaceBefore(text, own.members.at(-1), own.start)
      : outer.includes("\n")
        ? outer + indentOf(outer)
        : "";
  return inserted(text, own, script, space, own.members.length > 0 ? "" : outer);
}

/** @param closing what stands before the closing brace of an object that was empty */
function inserted(
  text: string,
  { members, start, end }: ObjectPlace,
  member: string,
  space: string,
  closing = "\n",
): string {
  const last = members.at(-1);
  if (last !== undefined) {
    return `${text.slice(0, last.end)},${space === "" ? " " : space}${member}${text.slice(last.end)}`;
  }
  return `${text.slice(0, start + 1)}${space}${member}${closing}${text.slice(end)}`;
}

/** White space between what comes before a member and its key; that of two-space JSON where there is no member. */
function spaceBefore(text: string, member: Member | undefined, start: number): string {
  if (member === undefined) return "\n  ";
  let from = member.keyAt;
  while (from > start + 1 && /\s/.test(text[from - 1] as string)) from--;
  return text.slice(from, member.keyAt);
}

/** One level of indentation, of a member at the first level. */
function indentOf(space: string): string {
  return space.slice(space.lastIndexOf("\n") + 1);
}

interface ObjectPlace {
  readonly members: readonly Member[];
  /** Of the opening brace, and of the closing one. */
  readonly start: number;
  readonly end: number;
}

/** The members of the object that begins at `start`, in well-formed JSON. */
function membersOf(text: string, start: number): ObjectPlace {
  const members: Member[] = [];
  let at = skipSpace(text, start + 1);
  while (text[at] !== "}") {
    const keyAt = at;
    const keyEnd = endOfValue(text, at);
    const valueAt = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = endOfValue(text, valueAt);
    members.push({ key: JSON.parse(text.slice(keyAt, keyEnd)) as string, keyAt, valueAt, end });
    at = skipSpace(text, end);
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
  return { members, start, end: at };
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (/\s/.test(text[at] ?? "x")) at++;
  return at;
}

/** Index behind the value that begins at `from`. */
function endOfValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const letter = text[at] as string;
    if (letter === '"') {
      for (at++; text[at] !== '"'; at++) if (text[at] === "\\") at++;
      if (depth === 0) return at + 1;
    } else if (letter === "{" || letter === "[") depth++;
    else if (letter === "}" || letter === "]") {
      if (depth <= 1) return depth === 0 ? at : at + 1;
      depth--;
    } else if (depth === 0 && /[\s,]/.test(letter)) return at;
  }
  return text.length;
}
