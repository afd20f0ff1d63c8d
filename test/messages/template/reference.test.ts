import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { placeholderReference } from "../../../src/messages/template/reference.ts";

it("is what the documents have", () => {
  const file = new URL("../../../docs/reference/placeholders.md", import.meta.url);
  expect(readFileSync(fileURLToPath(file), "utf8")).toBe(placeholderReference());
});
