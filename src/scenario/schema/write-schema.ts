/** Writes schema/scenario.schema.json: `npm run schema`. */
import { writeFileSync } from "node:fs";
import { scenarioJsonSchema } from "./json-schema.ts";

writeFileSync(
  new URL("../../../schema/scenario.schema.json", import.meta.url),
  scenarioJsonSchema(),
);
