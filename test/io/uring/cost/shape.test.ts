import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { start } from "../../../support/run-cli.ts";

const program = fileURLToPath(new URL("./shape-run.js", import.meta.url));

it("no time that an io keeps changes its shape, and with it all code that V8 has optimised for it", async () => {
  const answer = await start(["--allow-natives-syntax", program]).finished;
  expect(answer).toMatchObject({ status: 0, stdout: "true\n", stderr: "" });
});
