import { UserError } from "../../base/errors.ts";

/** A word, a number or a text in quotes, after the name of a placeholder or a pipe. */
export interface Argument {
  readonly kind: "word" | "number" | "quoted";
  readonly text: string;
}

export interface PipeCall {
  readonly name: string;
  readonly args: readonly Argument[];
}

/** What stands between `{{` and `}}`, taken apart; what its names mean is not looked at. */
export interface Expression {
  /** As it is written, with its braces, for messages. */
  readonly written: string;
  /** Null of a text in quotes, which is then the only argument. */
  readonly name: string | null;
  /** After a dot: the column of a row. */
  readonly column: string | null;
  readonly args: readonly Argument[];
  readonly operations: readonly Operation[];
  readonly pipes: readonly PipeCall[];
}

export interface Operation {
  readonly sign: "%" | "/" | "+";
  readonly operand: number;
}

/** A text is bytes that are sent as they are, and expressions. */
export type TextPart = string | Expression;

/**
 * Splits a text at its expressions; spaces inside the braces are allowed. Braces that are not closed, or that hold other
 * braces, are text.
 *
 * @param isPipe whether a name is a pipe's, which may stand in front: `{{hex sequence}}` is `{{sequence | hex}}`
 * @throws       UserError for an expression that cannot be read
 */
export function splitText(text: string, isPipe: (name: string) => boolean): readonly TextPart[] {
  const parts: TextPart[] = [];
  let copied = 0;
  for (let at = text.indexOf("{{"); at >= 0; at = text.indexOf("{{", at)) {
    const end = endOfExpression(text, at + 2);
    if (end < 0) {
      at++;
      continue;
    }
    if (at > copied) parts.push(text.slice(copied, at));
    parts.push(parseExpression(text.slice(at, end), isPipe));
    copied = end;
    at = end;
  }
  if (copied < text.length) parts.push(text.slice(copied));
  return parts;
}

/** Where an expression ends that has begun before `from`, its braces included; -1: it is none. */
function endOfExpression(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const sign = text[at];
    if (sign === "{") return -1;
    if (sign === "}") return text[at + 1] === "}" ? at + 2 : -1;
    if (sign === '"' || sign === "'") {
      quoted.lastIndex = at;
      if (quoted.test(text)) at = quoted.lastIndex - 1;
    }
  }
  return -1;
}

const quoted = /"(?:[^"\\]|\\.)*"|'[^']*'/sy;

type Token = Argument | { readonly kind: "sign"; readonly text: string };

const tokens =
  /\s*(?:(?<quoted>"(?:[^"\\]|\\.)*"|'[^']*')|(?<word>[A-Za-z_][\w-]*)|(?<number>\d\w*)|(?<sign>[.|%/+]))/sy;

function parseExpression(written: string, isPipe: (name: string) => boolean): Expression {
  const rest = tokensOf(written, written.slice(2, -2));
  const prefixes: PipeCall[] = [];
  while (rest.length > 1 && rest[0]?.kind === "word" && isPipe(rest[0].text)) {
    if (rest[1]?.kind === "sign") break;
    prefixes.unshift({ name: (rest.shift() as Token).text, args: [] });
  }
  const first = rest.shift();
  if (first === undefined) throw new UserError(`${written} in a message is empty`);
  if (first.kind === "sign" || first.kind === "number") {
    throw new UserError(`${written}: "${first.text}" is not the name of a value`);
  }
  const isText = first.kind === "quoted";
  const column = isText ? null : columnOf(written, rest);
  const args = isText ? [first] : takeArguments(rest);
  const operations = takeOperations(written, rest);
  const pipes: PipeCall[] = [];
  while (rest.length > 0) {
    const sign = rest.shift() as Token;
    if (sign.kind !== "sign" || sign.text !== "|") {
      throw new UserError(`${written}: "${sign.text}" is not expected; before a pipe comes |`);
    }
    const name = rest.shift();
    if (name?.kind !== "word") throw new UserError(`${written}: the name of a pipe is missing`);
    pipes.push({ name: name.text, args: takeArguments(rest) });
  }
  const name = isText ? null : first.text;
  return { written, name, column, args, operations, pipes: [...prefixes, ...pipes] };
}

function tokensOf(written: string, content: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (content.slice(at).trim() !== "") {
    tokens.lastIndex = at;
    const match = tokens.exec(content);
    const [kind, text] =
      Object.entries(match?.groups ?? {}).find(([, group]) => group !== undefined) ?? [];
    if (kind === undefined || text === undefined) {
      const what = content.slice(at).trim();
      const hint = /^["']/.test(what) ? "a quotation mark without its end" : "not expected";
      throw new UserError(`${written} in a message: "${what.slice(0, 20)}" is ${hint}`);
    }
    found.push({
      kind: kind as Token["kind"],
      text: kind === "quoted" ? unquoted(text) : text,
    } as Token);
    at = tokens.lastIndex;
  }
  return found;
}

function unquoted(text: string): string {
  const inner = text.slice(1, -1);
  return text.startsWith("'") ? inner : inner.replaceAll(/\\(.)/gs, (_, sign) => escaped(sign));
}

function escaped(sign: string): string {
  return { n: "\n", r: "\r", t: "\t" }[sign] ?? sign;
}

function columnOf(written: string, rest: Token[]): string | null {
  if (rest[0]?.kind !== "sign" || rest[0].text !== ".") return null;
  rest.shift();
  const column = rest.shift();
  if (column === undefined || column.kind === "sign") {
    throw new UserError(`${written}: the name of a column is missing after the dot`);
  }
  return column.text;
}

function takeArguments(rest: Token[]): Argument[] {
  const args: Argument[] = [];
  while (rest[0] !== undefined && rest[0].kind !== "sign") args.push(rest.shift() as Argument);
  return args;
}

/** `sequence / 10 % 1000 + 1`: from left to right, which is how they bind as long as + comes last. */
function takeOperations(written: string, rest: Token[]): Operation[] {
  const operations: Operation[] = [];
  while (rest[0]?.kind === "sign" && rest[0].text !== "|") {
    const sign = (rest.shift() as Token).text;
    if (sign === ".") throw new UserError(`${written}: "." is not expected here`);
    if (sign !== "+" && operations.at(-1)?.sign === "+") {
      throw new UserError(`${written}: write ${sign} before +`);
    }
    const operand = rest.shift();
    const least = sign === "+" ? 0 : 1;
    const number = operand?.kind === "number" ? integerOf(operand.text, least, 2 ** 32) : null;
    if (number === null) {
      throw new UserError(`${written}: after ${sign} comes a whole number, ${least} to 4294967296`);
    }
    operations.push({ sign: sign as Operation["sign"], operand: number });
  }
  return operations;
}

/** An integer in decimal; null where the text is none, or not in the limits. */
export function integerOf(text: string, least: number, most: number): number | null {
  const value = Number(text);
  return /^\d{1,16}$/.test(text) && value >= least && value <= most ? value : null;
}
