/** Runs before each file of tests. */
import { afterAll } from "vitest";
import { endOfFile } from "./at-end.ts";
import { removeTempDirs } from "./support/temp-dir.ts";

afterAll(async () => {
  await endOfFile();
  removeTempDirs();
});
