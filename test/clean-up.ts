/** Runs before each file of tests. */
import { afterAll } from "vitest";
import { removeTempDirs } from "./support/temp-dir.ts";

afterAll(removeTempDirs);
