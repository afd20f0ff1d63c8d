import { z } from "zod";
import { scenarioSchema } from "./schema.ts";
import { jsonForms, variablePattern } from "./values.ts";

type Json = Record<string, unknown>;

/** The JSON Schema (draft-07, as editors read it) of a scenario file: the text that is committed. */
export function scenarioJsonSchema(): string {
  const schema = z.toJSONSchema(scenarioSchema, {
    target: "draft-7",
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      const form = jsonForms.get(zodSchema) ?? orVariable({ ...jsonSchema });
      for (const key of Object.keys(jsonSchema)) delete (jsonSchema as Json)[key];
      Object.assign(jsonSchema, form);
    },
  });
  const { $schema, ...rest } = schema;
  return `${JSON.stringify({ $schema, title: "slash8 scenario", ...rest }, null, 2)}\n`;
}

/** Numbers and booleans may also come from a variable, which an editor sees as a text. */
function orVariable(form: Json): Json {
  if (form.const !== undefined) return form;
  if (form.type !== "integer" && form.type !== "number" && form.type !== "boolean") return form;
  const { description, ...value } = form;
  const either = { anyOf: [value, { type: "string", pattern: variablePattern }] };
  return description === undefined ? either : { description, ...either };
}
