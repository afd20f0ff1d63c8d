/** What `--set path=value` can name in a scenario: what stands in its file, and the fields that the schema has there. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { packageFile } from "../../base/package-file.ts";

/** As much of a JSON schema as is looked at. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly type?: string;
  readonly const?: unknown;
}

/** What the schema has for a key, by each of its alternatives. */
function below(schemas: readonly Schema[], key: string): readonly Schema[] {
  return schemas.flatMap(alternatives).flatMap(({ properties, additionalProperties }) => {
    const own = properties !== undefined && Object.hasOwn(properties, key) ? [properties[key]] : [];
    const others = typeof additionalProperties === "object" ? [additionalProperties] : [];
    return (own.length > 0 ? own : others).filter((schema) => schema !== undefined);
  });
}

function alternatives(schema: Schema): readonly Schema[] {
  return schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(alternatives);
}

/**
 * Completes an assignment.
 *
 * @param typed  "workloads.ch", or "workloads.chat.pattern=re"
 * @param file   the scenario, or null; where it cannot be read, what the schema says is enough
 * @returns      whole assignments, or paths that end in "." or "="
 */
export function completeAssignment(typed: string, file: string | null): string[] {
  const equals = typed.indexOf("=");
  const path = (equals < 0 ? typed : typed.slice(0, equals)).split(".");
  const schema: Schema = JSON.parse(
    readFileSync(packageFile("schema/scenario.schema.json"), "utf8"),
  );
  const last = path.pop() ?? "";
  const schemas = path.reduce(below, [schema] as readonly Schema[]);
  if (equals >= 0) {
    const values = below(schemas, last).flatMap(alternatives).flatMap(valuesOf);
    return unique(values.map((value) => `${typed.slice(0, equals)}=${value}`));
  }
  const written = path.reduce(memberOf, file === null ? null : contentOf(file));
  const names = unique([
    ...(isMap(written) ? Object.keys(written) : []),
    ...schemas.flatMap(alternatives).flatMap(({ properties }) => Object.keys(properties ?? {})),
  ]);
  return names.map((name) => {
    const kinds = below(schemas, name).flatMap(alternatives);
    const isOnlyMap = kinds.length > 0 && kinds.every(({ type }) => type === "object");
    const goesOn = isOnlyMap || isMap(memberOf(written, name));
    return `${[...path, name].join(".")}${goesOn ? "." : "="}`;
  });
}

function valuesOf(schema: Schema): readonly string[] {
  if (schema.type === "boolean") return ["true", "false"];
  if (schema.const !== undefined) return [String(schema.const)];
  return schema.enum ?? [];
}

/** The scenario as plain data; null where it is not YAML, or not there. */
function contentOf(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8"), { merge: true });
  } catch {
    // Half-written scenarios are completed by the schema alone.
    return null;
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function memberOf(value: unknown, key: string): unknown {
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : null;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
