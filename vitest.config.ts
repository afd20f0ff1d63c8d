import { defineConfig } from "vitest/config";
import { uringObstacle } from "./src/io/uring/obstacle.ts";

const obstacle = uringObstacle();
if (obstacle !== null) console.warn(`no tests over io_uring: ${obstacle}`);

/** Sockets, processes and 4-tuples are the machine's, and two cores are few. */
const oneAtATime = { fileParallelism: false, sequence: { groupOrder: 1 } };
const twoAtATime = { fileParallelism: true, maxWorkers: 2, sequence: { groupOrder: 0 } };

/** What users run, over the io that they get: once is enough, as it takes minutes. */
const once = ["test/e2e/{live,scenarios,capture,anyip,broadcast,restart,probe}.test.ts"];

/** The patterns and whole runs are tested over both implementations of io; other tests do so by themselves. */
const overUring = {
  extends: true as const,
  test: {
    name: "io_uring",
    ...oneAtATime,
    include: ["test/{traffic,probe,e2e}/**/*.test.ts"],
    exclude: ["test/e2e/{action,believe,compare,find-limit,forbidden,known-answers,load}.test.ts"],
    env: { SLASH8_TEST_IO: "uring" },
  },
};

/** Rooms without sockets or processes: their files need no worker each. */
const pure = [
  "test/{base,address,schedule,framing,metrics,scenario,gates,results,search,compare}/**/*.test.ts",
];

/** Rooms whose programs and sockets are out of each other's way: two files at a time, before all others. */
const apart = ["test/{agent,audience,cli,coordinator,live,report,scripts,support}/**/*.test.ts"];

export default defineConfig({
  test: {
    // Of tests in a file that mostly wait.
    maxConcurrency: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "node",
          ...oneAtATime,
          include: ["test/**/*.test.ts"],
          exclude: [
            ...pure,
            ...apart,
            ...(obstacle === null ? once : ["test/io/uring/**", "test/io/uring.test.ts"]),
          ],
        },
      },
      {
        extends: true,
        test: { name: "pure", ...twoAtATime, include: pure, pool: "threads", isolate: false },
      },
      { extends: true, test: { name: "apart", ...twoAtATime, include: apart } },
      ...(obstacle === null ? [overUring] : []),
    ],
  },
});
