import { printableBytes } from "../../base/printable.ts";
import { formatAmount } from "../../base/units.ts";
import type { TestedMessage } from "../../protocols/kit/test-protocol.ts";
import { defaultOf, formOf } from "../../protocols/options.ts";
import type { OptionSpec, Protocol } from "../../protocols/protocol.ts";
import { alignColumns, wrap } from "../../results/text/text-table.ts";
import { createColors } from "../terminal/colors.ts";

const width = 100;
/** Bytes of a message that are shown. */
const mostShown = 60;

/** The protocols that ship, a line each. Pure, as are the others. */
export function listText(protocols: Readonly<Record<string, Protocol>>): string {
  const rows = Object.entries(protocols).map(([name, { about, over }]) => [
    name,
    over.map((one) => one.toUpperCase()).join(", "),
    about,
  ]);
  if (rows.length === 0) return "no protocol ships";
  return alignColumns(rows).join("\n");
}

/** What a protocol is, its options, and how a scenario names it. */
export function showText(name: string, { about, over, options, message }: Protocol): string {
  const given = Object.entries(options);
  const needed = given.filter(([, spec]) => spec.default === undefined);
  const values = needed.map(([option, spec]) => `${option}: ${exampleOf(spec)}`);
  const value = values.length === 0 ? name : `{ ${name}: { ${values.join(", ")} } }`;
  const lines = [`protocol: ${value}`];
  if (message !== undefined) lines.push(`message: ${JSON.stringify(message.default ?? "...")}`);
  return [
    `${name}: ${about}`,
    `over ${over.map((one) => one.toUpperCase()).join(" and ")}`,
    "",
    message === undefined ? "its messages have no payload" : `message: ${message.about}`,
    "",
    ...(given.length === 0
      ? ["no options"]
      : given.flatMap(([option, spec]) => optionLines(option, spec))),
    "",
    "in a workload:",
    ...lines.map((line) => `    ${line}`),
  ].join("\n");
}

function optionLines(option: string, spec: OptionSpec): string[] {
  const byDefault = defaultOf(spec);
  const is = byDefault === null ? "required" : `default: ${byDefault}`;
  return [
    `${option}: ${formOf(spec)} (${is})`,
    ...wrap(spec.about, width - 4, "").map((line) => `    ${line}`),
  ];
}

function exampleOf(spec: OptionSpec): string {
  if (spec.type === "integer") return String(spec.least);
  if (spec.type === "choice") return spec.choices[0] ?? "";
  return spec.type === "boolean" ? "true" : "...";
}

/** One message of a test's conversation: `   0.4 ms  <- reply    "SAID 0\n"`. */
export function messageText({ from, kind, bytes, atMs, code, sequence }: TestedMessage): string {
  const shown = printableBytes(bytes.subarray(0, mostShown));
  const more = bytes.length > mostShown ? `... (${formatAmount(bytes.length, "byte")})` : "";
  const of = sequence === null || from === "client" ? "" : `, to request ${sequence + 1}`;
  const arrow = from === "client" ? "->" : "<-";
  const why = code === null ? "" : `  ${code}`;
  return `${atMs.toFixed(1).padStart(8)} ms  ${arrow} ${kind.padEnd(7)}  "${shown}"${more}${of}${why}`;
}

/**
 * @param messages of the conversation; null: there was none
 * @param isStream whether its bytes were cut in other ways as well
 */
export function verdictText(
  name: string,
  problems: readonly string[],
  messages: readonly TestedMessage[] | null,
  isStream: boolean,
  color: boolean,
): string {
  const colors = createColors(color);
  const isRight = problems.length === 0;
  const title = isRight ? colors.green(colors.bold("RIGHT")) : colors.red(colors.bold("WRONG"));
  const tested =
    messages === null
      ? "its parts and what it writes; with --against a server is spoken with, too"
      : `${formatAmount(messages.length, "message")} with the server${isStream ? ", and its bytes in every chunking" : ""}`;
  return [
    `${title}  ${name}: ${isRight ? tested : formatAmount(problems.length, "problem")}`,
    ...problems.flatMap((problem) => {
      const [first = "", ...more] = wrap(problem, width - 4, "");
      return [`  ${colors.red("✗")} ${first}`, ...more.map((line) => `    ${line}`)];
    }),
  ].join("\n");
}
