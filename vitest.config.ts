import { defineConfig } from "vitest/config";
import { uringObstacle } from "./src/io/uring/obstacle.ts";

const obstacle = uringObstacle();
if (obstacle !== null) console.warn(`no tests over io_uring: ${obstacle}`);

/** What users run, over the io that they get: once is enough, as it takes minutes. */
const once = ["test/e2e/{live,scenarios,capture,anyip,broadcast,restart}.test.ts"];

/** The patterns and whole runs are tested over both implementations of io; other tests do so by themselves. */
const overUring = {
  extends: true as const,
  test: {
    name: "io_uring",
    include: ["test/{traffic,probe,e2e}/**/*.test.ts"],
    exclude: ["test/e2e/{action,believe,compare,find-limit,forbidden,known-answers,load}.test.ts"],
    env: { SLASH8_TEST_IO: "uring" },
  },
};

/** Rooms without sockets or processes: their files need no worker each. */
const pure = [
  "test/{base,address,schedule,framing,metrics,scenario,gates,results,search,compare}/**/*.test.ts",
];

export default defineConfig({
  test: {
    // Sockets, processes and 4-tuples are the machine's, and two cores are few: one file at a time.
    fileParallelism: false,
    // Of tests in a file that mostly wait.
    maxConcurrency: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "node",
          include: ["test/**/*.test.ts"],
          exclude: [
            ...pure,
            ...(obstacle === null ? once : ["test/io/uring/**", "test/io/uring.test.ts"]),
          ],
        },
      },
      { extends: true, test: { name: "pure", include: pure, pool: "threads", isolate: false } },
      ...(obstacle === null ? [overUring] : []),
    ],
  },
});
