/** What schema/result.schema.json says of a result. */
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";

const schema: unknown = JSON.parse(
  readFileSync(new URL("../../schema/result.schema.json", import.meta.url), "utf8"),
);
const ajv = new Ajv2020({ allErrors: true });
const validate = ajv.compile(schema as object);

/** @returns what is wrong with it, "/workloads/chat must be object" */
export function resultSchemaProblems(result: unknown): readonly string[] {
  // As it is in a file: without what is undefined.
  if (validate(JSON.parse(JSON.stringify(result)))) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
