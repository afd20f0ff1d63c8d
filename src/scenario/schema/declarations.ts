/**
 * The fields of a scenario as TypeScript, src/scenario/input.ts: everything in it comes from the schema. Declarations of the
 * package have these types in place of zod's, which are slow to check, and hard to read in an editor.
 */
import { type Json, renderSchema } from "./json-schema.ts";
import { kindOfMap, quantityForms } from "./values.ts";

/** A part of the schema as this file reads it: JSON Schema, with quantities and kinds of maps by name. */
interface Part {
  readonly kind?: string;
  readonly quantity?: string;
  readonly description?: string;
  readonly byDefault?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Part>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Part | false;
  readonly items?: Part | readonly Part[];
  readonly anyOf?: readonly Part[];
}

const introduction = `/**
 * Generated from the schema by \`npm run schema\`: change the descriptions in src/scenario/schema/, not here.
 */
`;

const quantities: Readonly<Record<string, readonly [type: string, comment: string]>> = {
  duration: [
    "Duration",
    "A number and a unit, ns, us, ms, s, m or h; several are added: `250ms`, `1m30s`, `0`.",
  ],
  rate: ["Rate", "A number per ms, s, m or h: `20000/s`."],
  size: ["Size", "Bytes, or a number and a unit, B, kB, MB, GB, KiB, MiB or GiB: `64`, `64KiB`."],
  "byte rate": ["ByteRate", "A size per ms, s, m or h: `10KiB/s`."],
  ratio: ["Ratio", "A percentage, or a number from 0 to 1: `1%`, `0.01`."],
  status: ["Status", "An HTTP status, or a class of them: `200`, `2xx`."],
};

/** The file, complete. */
export function scenarioDeclarations(): string {
  const root = renderSchema((zodSchema, form): Json => {
    const quantity = quantityForms.get(zodSchema);
    if (quantity !== undefined) return { quantity: quantity.name };
    const kind = kindOfMap(zodSchema);
    return kind === undefined ? form : { ...form, kind };
  }) as Part;
  const writer = new Writer();
  writer.typeOf(root, "");
  const aliases = Object.values(quantities).map(
    ([type, comment]) => `/** ${comment} */\nexport type ${type} = string | number;\n`,
  );
  return [introduction, ...aliases, ...writer.interfaces.values()].join("\n");
}

class Writer {
  /** Their texts, by name; the outermost first. */
  readonly interfaces = new Map<string, string>();

  typeOf(part: Part, indent: string): string {
    const { kind, quantity, type, anyOf, items, additionalProperties: rest } = part;
    if (quantity !== undefined) return quantities[quantity]?.[0] ?? never(quantity);
    if (kind !== undefined) return this.#interface(kind, part);
    if ("const" in part) return JSON.stringify(part.const);
    if (part.enum !== undefined) return part.enum.map((one) => JSON.stringify(one)).join(" | ");
    if (anyOf !== undefined) {
      return [...new Set(anyOf.map((one) => this.typeOf(one, indent)))].join(" | ");
    }
    if (isList(type)) {
      return type.map((one) => this.typeOf({ ...part, type: one }, indent)).join(" | ");
    }
    switch (type) {
      case "string":
      case "boolean":
        return type;
      case "integer":
      case "number":
        return "number";
      case "array":
        if (isList(items)) {
          return `readonly [${items.map((item) => this.typeOf(item, indent)).join(", ")}]`;
        }
        return `readonly ${this.#item(items ?? never("items"), indent)}[]`;
      case "object":
        if (part.properties !== undefined) return this.#fields(part, indent);
        if (rest) return `{ readonly [name: string]: ${this.typeOf(rest, indent)} }`;
    }
    return never(JSON.stringify(part));
  }

  #item(part: Part, indent: string): string {
    const type = this.typeOf(part, indent);
    return /[ |]/.test(type) ? `(${type})` : type;
  }

  #interface(kind: string, part: Part): string {
    const name = nameOf(kind);
    if (!this.interfaces.has(name)) {
      // Keeps its place before those within it.
      this.interfaces.set(name, "");
      const fields = this.#fields(part, "");
      this.interfaces.set(
        name,
        `/** What ${kind} has in a file. */\nexport interface ${name} ${fields}\n`,
      );
    }
    return name;
  }

  #fields({ properties = {}, required = [] }: Part, indent: string): string {
    const inner = `${indent}  `;
    const lines = Object.entries(properties).map(([name, part]) => {
      const type = this.typeOf(part, inner);
      const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
      const field = required.includes(name) ? `${key}: ${type}` : `${key}?: ${type} | undefined`;
      return `${commentOf(part, inner)}${inner}readonly ${field};\n`;
    });
    return `{\n${lines.join("")}${indent}}`;
  }
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

/** "a workload's tls" becomes WorkloadTlsFields. */
function nameOf(kind: string): string {
  const words = kind.replace(/^an? /, "").replaceAll("'s", "").split(" ");
  return `${words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join("")}Fields`;
}

function commentOf({ description, byDefault }: Part, indent: string): string {
  if (description === undefined) return "";
  const text = byDefault === undefined ? description : `${description} Default: ${byDefault}.`;
  const lines = wrap(text.replaceAll("*/", "*\\/"), 110 - indent.length);
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join("")}${indent} */\n`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function never(what: string): never {
  throw new Error(`the schema has something that cannot be declared yet: ${what}`);
}
