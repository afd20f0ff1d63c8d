/** Manual pages, from the same tables as --help: one for slash8, and one for each command. Pure. */
import type { Options } from "yargs";
import type { Command } from "../arguments/command.ts";

/** Of running text, for those who read the source. */
const width = 78;

/** What stands in slash8(1) beside the commands. */
export interface ProgramTexts {
  readonly about: string;
  /** Preformatted, below a line of its own. */
  readonly exitStatuses: string;
  readonly examples: readonly (readonly [string, string])[];
}

/** @returns text by file name, slash8.1 first */
export function manPages(
  texts: ProgramTexts,
  commands: readonly Command[],
): ReadonlyMap<string, string> {
  const pages = commands.map((command) => [pageName(command), commandPage(command)] as const);
  return new Map([["slash8.1", programPage(texts, commands)], ...pages]);
}

function pageName({ name }: Command): string {
  return `slash8-${name}.1`;
}

function programPage(
  { about, exitStatuses, examples }: ProgramTexts,
  commands: readonly Command[],
): string {
  return page("slash8", "load tests of TCP and UDP servers", [
    [
      "SYNOPSIS",
      [
        `.B slash8\n.I command\n${text("[options]")}`,
        ".br",
        `.B slash8\n${text("--help")} | ${text("--version")}`,
      ],
    ],
    [
      "DESCRIPTION",
      [text(`${about} A scenario, a YAML file, names servers, workloads and gates.`)],
    ],
    [
      "COMMANDS",
      [
        ...commands.flatMap(({ name, describe }) => [
          ".TP",
          `.BR slash8\\-${code(name)} (1)`,
          text(describe),
        ]),
      ],
    ],
    [
      "OPTIONS",
      [
        ".TP",
        bold("-h, --help"),
        text("Show help; behind a command, that of the command."),
        ".TP",
        bold("-v, --version"),
        text("Show the version. Of load, -v is --verbose."),
      ],
    ],
    ["EXIT STATUS", preformatted(exitStatuses.split("\n").slice(1).join("\n"))],
    ["ENVIRONMENT", [...variables.flatMap(([name, what]) => [".TP", bold(name), text(what)])]],
    [
      "FILES",
      [
        ".TP",
        bold("results/"),
        text("Results, where --out does not say otherwise: NAME-TIME.json."),
      ],
    ],
    ["EXAMPLES", examples.flatMap(example)],
    ["SEE ALSO", [seeAlso(commands.map(({ name }) => `slash8-${name}`)), ".PP", documents]],
  ]);
}

const variables = [
  ["NO_COLOR, FORCE_COLOR", "Whether texts have colours; else a terminal has them."],
  [
    "GITHUB_ACTIONS",
    "true: lines of gates that did not pass, and of what is wrong with scenarios, are marked.",
  ],
  ["GITHUB_STEP_SUMMARY", "A file that the result is added to, as Markdown."],
] as const;

const documents = text(
  "The documents are in docs/ of the package, every field of a scenario in docs/reference/scenario.md.",
);

function commandPage(command: Command): string {
  const { name, positional, describe, options, examples, epilogue } = command;
  const place = positional === null ? [] : [placeOf(positional)];
  const sections: [string, readonly string[]][] = [
    ["SYNOPSIS", [[`.B slash8 ${code(name)}`, ...place, text("[options]")].join("\n")]],
    [
      "DESCRIPTION",
      [
        text(sentence(describe)),
        ...(positional === null
          ? []
          : [
              ".TP",
              `.I ${code(positional.name)}`,
              text(positional.describe),
              ...(positional.choices === undefined
                ? []
                : [text(`One of ${positional.choices.join(", ")}.`)]),
            ]),
      ],
    ],
    ["OPTIONS", Object.entries(options).flatMap(option)],
    ["NOTES", epilogue === undefined ? [] : notes(epilogue)],
    ["EXAMPLES", examples.flatMap(example)],
    ["SEE ALSO", [seeAlso(["slash8"]), ".PP", documents]],
  ];
  return page(`slash8-${name}`, describe, sections);
}

function placeOf({ name, several, optional }: NonNullable<Command["positional"]>): string {
  const shown = `${code(name)}${several === true ? " ..." : ""}`;
  return optional === true ? `.RI [ ${code(name)} ]` : `.I ${shown}`;
}

function option([name, given]: [string, Options]): readonly string[] {
  const { describe = "", default: byDefault, defaultDescription, choices } = given;
  const what = [
    sentence(describe),
    ...(choices === undefined ? [] : [`One of ${choices.join(", ")}.`]),
    ...(defaultDescription === undefined
      ? typeof byDefault === "string"
        ? [`Default: ${byDefault}.`]
        : []
      : [`Default: ${defaultDescription}.`]),
  ].join(" ");
  return [".TP", `${bold(`--${name}`)}${placeholderOf(given)}`, text(what)];
}

function placeholderOf({ type, requiresArg, array, nargs }: Options): string {
  if (type === "boolean") return "";
  const value = `\\fIVALUE\\fR${array === true && nargs === undefined ? " ..." : ""}`;
  return requiresArg === true ? ` ${value}` : ` [${value}]`;
}

function notes(epilogue: string): readonly string[] {
  return epilogue.includes("\n    ") ? preformatted(epilogue) : [text(epilogue)];
}

function example([line, what]: readonly [string, string]): readonly string[] {
  return [
    ".PP",
    ...(what === "" ? [] : [text(sentence(what).replace(/\.$/, ":"))]),
    ...preformatted(`    ${line.replaceAll("$0", "slash8")}`),
  ];
}

function preformatted(lines: string): readonly string[] {
  return [".PP", ".nf", ...lines.split("\n").map((line) => guarded(code(line))), ".fi"];
}

function seeAlso(names: readonly string[]): string {
  return names
    .map((name, index) => `.BR ${code(name)} (1)${index < names.length - 1 ? "," : ""}`)
    .join("\n");
}

/** The date is left out: it would be that of a build, of which there is none to come back to. */
function page(
  name: string,
  about: string,
  sections: readonly (readonly [string, readonly string[]])[],
): string {
  const lines = [
    '.\\" Made from the texts of --help by npm run schema: change them there.',
    `.TH ${code(name.toUpperCase())} 1 "" slash8 "slash8 manual"`,
    ".SH NAME",
    wrapped(`${code(name)} \\- ${escaped(about)}`),
    ...sections
      .filter(([, content]) => content.length > 0)
      .flatMap(([title, content]) => [`.SH ${title}`, ...withoutFirstBreak(content)]),
  ];
  return `${lines.join("\n")}\n`;
}

/** A paragraph macro directly below a heading does nothing. */
function withoutFirstBreak(content: readonly string[]): readonly string[] {
  return content[0] === ".PP" ? content.slice(1) : content;
}

function sentence(words: string): string {
  const capital = words.slice(0, 1).toUpperCase() + words.slice(1);
  return /[.:!?)]$/.test(capital) && !capital.endsWith(")") ? capital : `${capital}.`;
}

function bold(words: string): string {
  return `\\fB${code(words)}\\fR`;
}

/** What may be copied: hyphens are those that shells take. */
function code(words: string): string {
  return words.replaceAll("\\", "\\e").replaceAll("-", "\\-");
}

function escaped(words: string): string {
  return words
    .replaceAll("\\", "\\e")
    .replaceAll(/(^|[\s("[])(-{1,2})(?=[a-z])/g, (_, before, dashes) => `${before}${code(dashes)}`);
}

/** Running text in lines that people can read, too. */
function text(words: string): string {
  return wrapped(escaped(words));
}

function wrapped(words: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of words.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map(guarded).join("\n");
}

/** A line that begins with a dot or a quote would be a request. */
function guarded(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}
