import { defineConfig } from "vitest/config";
import { uringObstacle } from "./src/io/uring/availability.ts";

const obstacle = uringObstacle();
if (obstacle !== null) console.warn(`no tests over io_uring: ${obstacle}`);

/** Two cores are few, and most tests wait for sockets and programs half of their time. */
const twoAtATime = { fileParallelism: true, maxWorkers: 2, sequence: { groupOrder: 0 } };
const oneAtATime = { fileParallelism: false, sequence: { groupOrder: 1 } };

/** Rooms without sockets or processes: their files need no worker each. */
const pure = [
  "test/{base,search,address,schedule,framing,metrics,messages,scenario,gates,plan,results,compare}/**/*.test.ts",
];

/**
 * Those that compare times with what was computed, whose servers live in the thread that sends, or that take
 * all that the machine has: after all others.
 */
const alone = ["test/e2e/{find-limit,known-answers,scale}.test.ts", "test/traffic/**/*.test.ts"];

/** What users run, over the io that they get: once is enough, as it takes minutes. */
const users = ["test/e2e/{live,scenarios,capture,anyip,broadcast,restart,probe}.test.ts"];

/** Whole runs that are told which io to take, or where it makes no difference. */
const eitherIo = [
  "test/e2e/{action,believe,compare,find-limit,forbidden,known-answers,load}.test.ts",
];

/** The patterns and whole runs are tested over both implementations of io; other tests do so by themselves. */
const overUring = {
  include: ["test/{traffic,probe,e2e}/**/*.test.ts"],
  exclude: eitherIo,
  env: { SLASH8_TEST_IO: "uring" },
};

const overNode = {
  include: ["test/**/*.test.ts"],
  exclude: [
    ...pure,
    ...(obstacle === null ? users : ["test/io/uring/**", "test/io/uring.test.ts"]),
  ],
};

/** A project of the files that may run beside another, and one of those that may not. */
function projects(
  name: string,
  files: typeof overNode & { readonly env?: Record<string, string> },
) {
  return [
    {
      extends: true as const,
      test: { ...files, name, ...twoAtATime, exclude: [...files.exclude, ...alone] },
    },
    {
      extends: true as const,
      test: { ...files, name: `${name}, alone`, ...oneAtATime, include: alone },
    },
  ];
}

export default defineConfig({
  test: {
    // Of tests in a file that mostly wait.
    maxConcurrency: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: "pure", ...twoAtATime, include: pure, pool: "threads", isolate: false },
      },
      ...projects("node", overNode),
      ...(obstacle === null ? projects("io_uring", overUring) : []),
    ],
  },
});
