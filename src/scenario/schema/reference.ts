/** The reference of a scenario's fields, docs/reference/scenario.md: everything in it comes from the schema. */
import { markdownTable } from "../../base/text/markdown.ts";
import { formatCount } from "../../base/units.ts";
import { useOf } from "../normalise/workload-fields.ts";
import { type Json, renderSchema } from "./json-schema.ts";
import { quantityForms } from "./values.ts";

/** A part of the schema as this file reads it: JSON Schema, but with quantities by name. */
interface Part {
  readonly quantity?: string;
  readonly limits?: string | null;
  readonly description?: string;
  readonly byDefault?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxProperties?: number;
  /** Of a map that takes one of its keys, with or without this one. */
  readonly then?: { readonly required: readonly string[] };
  readonly properties?: Readonly<Record<string, Part>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Part | false;
  readonly items?: Part | readonly Part[];
  readonly anyOf?: readonly Part[];
}

const introduction = `# Fields of a scenario

Generated from the schema by \`npm run schema\`: change the descriptions in \`src/scenario/schema/\`, not here.

A scenario is one YAML file. An unknown field, a missing one or a value that does not fit is an error that names
file, line and column, and every error is reported at once. Editors with a YAML language server show
\`schema/scenario.schema.json\` as you type. \`slash8 load --set path=value\` replaces a value for one run.

## How values are written

`;

const values = [
  [
    "duration",
    "a number and a unit: ns, us, ms, s, m or h; several are added",
    "`250ms`, `1m30s`, `0`",
  ],
  ["rate", "a number per ms, s, m or h", "`20000/s`, `1200/m`"],
  [
    "size",
    "bytes, or a number and a unit: B, kB, MB, GB, KiB, MiB or GiB",
    "`64`, `64KiB`, `1MiB`",
  ],
  ["byte rate", "a size per ms, s, m or h", "`10KiB/s`, `30B/m`"],
  ["ratio", "a percentage, or a number from 0 to 1", "`1%`, `0.01`"],
  ["status", "an HTTP status, or a class of them", "`200`, `2xx`"],
  ["text", "in quotes where YAML would read a number or something else", '`"PING\\r\\n"`'],
] as const;

const variables = `
\`\${VAR}\` and \`\${VAR:-default}\` in any value are replaced by variables of the environment. A "map" has its own
fields, in a table below. **Default** applies where a field is left out.
`;

/** The page, in Markdown. */
export function scenarioReference(): string {
  const root = renderSchema((zodSchema, form): Json => {
    const quantity = quantityForms.get(zodSchema);
    return quantity === undefined ? form : { quantity: quantity.name, limits: quantity.limits };
  }) as Part;
  const table = markdownTable(["", "written as", "examples"], values);
  const sections = sectionsOf("", root);
  const places: Places = new Map();
  for (const { path, map } of sections) {
    const text = JSON.stringify(map);
    if (!places.has(text)) places.set(text, path);
  }
  const own = sections.filter(({ path, map }) => places.get(JSON.stringify(map)) === path);
  const texts = own.map((section) => sectionText(section, places));
  return introduction + table + variables + texts.join("");
}

/** Where each map is described: a map that occurs several times has one table. */
type Places = Map<string, string>;

interface Section {
  /** "workloads.<name>.stages[]"; "" for the top level. */
  readonly path: string;
  readonly map: Part;
}

/** The maps in a part that have fields, and those in their fields, depth first. */
function sectionsOf(path: string, part: Part): Section[] {
  const fields = Object.entries(part.properties ?? {});
  const below = fields.flatMap(([name, field]) =>
    sectionsOf(path === "" ? name : `${path}.${name}`, field),
  );
  const own = fields.length > 0 ? [{ path, map: part }] : [];
  const inner = [
    ...(part.anyOf ?? []).flatMap((one) => sectionsOf(path, one)),
    ...listItems(part).flatMap((item) => sectionsOf(`${path}[]`, item)),
    ...(part.additionalProperties ? sectionsOf(`${path}.<name>`, part.additionalProperties) : []),
  ];
  return [...own, ...below, ...inner];
}

function listItems({ items }: Part): readonly Part[] {
  return items === undefined ? [] : [items].flat();
}

function sectionText({ path, map }: Section, places: Places): string {
  const depth = path === "" || /^\w+(\.<name>)?$/.test(path) ? "##" : "###";
  const title = path === "" ? "Top level" : `\`${path}\``;
  const isWorkload = path === "workloads.<name>";
  const head = ["field", "type", "default", ...(isWorkload ? ["for"] : []), "description"];
  const rows = Object.entries(map.properties ?? {}).map(([name, field]) => [
    `\`${name}\``,
    linked(typeText(field), field, places),
    map.required?.includes(name) ? "**required**" : (field.byDefault ?? ""),
    ...(isWorkload ? [useText(name)] : []),
    described(field.description ?? ""),
  ]);
  return `\n${depth} ${title}\n\n${choiceText(map)}${markdownTable(head, rows)}`;
}

function choiceText({ maxProperties, then }: Part): string {
  const [beside] = then?.required ?? [];
  if (beside !== undefined) return `One of these, or \`${beside}\` and at most one other:\n\n`;
  return maxProperties === 1 ? "Exactly one of:\n\n" : "";
}

function described(text: string): string {
  return text.replaceAll(/\bdocs\/([\w-]+\.md)/g, "[docs/$1](../$1)");
}

function useText(field: string): string {
  const { patterns, protocol } = useOf(field);
  const over =
    protocol === null ? "" : `${patterns === null ? "" : " over "}${protocol.toUpperCase()}`;
  return `${patterns?.join(", ") ?? (over === "" ? "all" : "")}${over}`;
}

function typeText(part: Part): string {
  if (part.quantity !== undefined) {
    return part.limits ? `${part.quantity} (${part.limits})` : part.quantity;
  }
  if (part.anyOf !== undefined) return unionText(part.anyOf);
  if (part.const !== undefined) return `\`${part.const}\``;
  if (part.enum !== undefined) return alternatives(part.enum.map((word) => `\`${word}\``));
  switch (part.type) {
    case "string":
      return "text";
    case "boolean":
      return "`true` or `false`";
    case "integer":
      return `integer (${limitsText(part)})`;
    case "array":
      return Array.isArray(part.items)
        ? `[${part.items.map(typeText).join("; ")}]`
        : `list of ${listItems(part).map(typeText).join()}`;
    case "object":
      return part.additionalProperties
        ? `map of names to ${typeText(part.additionalProperties)}`
        : "map";
    default:
      // One of several, of which YAML makes texts that look like numbers.
      return typeof part.type === "string" ? part.type : part.type === undefined ? "" : "text";
  }
}

/** Texts that YAML reads as numbers or booleans are still texts; a list of the preceding type is "a list". */
function unionText(parts: readonly Part[]): string {
  const texts = parts.map(typeText);
  if (texts.includes("text") && texts.includes("number")) return "text";
  const last = parts.at(-1);
  const [item] = last === undefined ? [] : listItems(last);
  if (item === undefined || Array.isArray(last?.items)) return alternatives(texts);
  const before = alternatives(texts.slice(0, -1));
  return `${before}, or a list of ${typeText(item) === before ? "them" : typeText(item)}`;
}

function limitsText({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Part): string {
  const most = maximum < Number.MAX_SAFE_INTEGER ? ` to ${formatCount(maximum)}` : " or more";
  return `${formatCount(minimum)}${most}`;
}

function alternatives(texts: readonly string[]): string {
  const last = texts.at(-1) ?? "";
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(", ")} or ${last}`;
}

/** The word "map" leads to its table. GitHub's anchor of a heading consists of its letters. */
function linked(text: string, part: Part, places: Places): string {
  const [first] = sectionsOf("", part);
  if (first === undefined) return text;
  const place = places.get(JSON.stringify(first.map)) ?? "";
  const anchor = place.toLowerCase().replaceAll(/[^\w-]/g, "");
  return text.replace(/\bmap$|\bmap\b(?! of)/, `[map](#${anchor})`);
}
