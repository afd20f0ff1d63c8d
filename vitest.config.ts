import { randomInt } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { uringObstacle } from "./src/io/uring/availability.ts";

const obstacle = uringObstacle();
if (obstacle !== null) console.warn(`no tests over io_uring: ${obstacle}`);
const unlessUring = obstacle === null ? [] : ["test/io/uring/**"];

/** The io that users get: everything is tested over it, and over the other one what depends on it. */
const usersIo = { SLASH8_TEST_IO: obstacle === null ? "uring" : "node" };
const otherIo = { SLASH8_TEST_IO: "node" };

/** The command as users run it, from dist/ and with all its processes. */
const wholeRuns = ["test/e2e/**/*.test.ts"];

/** Traffic in real time, with servers in the same thread: one test after the other, as each wants the whole of it. */
const realTime = ["test/traffic/**/*.test.ts", "test/probe/probe.test.ts"];

/** Other tests that need dist/, a program beside Node, or more than a moment. */
const programs = [
  "test/{api,processes,scripts,support,targets}/**/*.test.ts",
  "test/channel/{channels,nats-connect}.test.ts",
  "test/cli/{main,bisect/*,check/check,export/*,nats-config/*,completion/shells,init/{init,whole},protocol/*}.test.ts",
  "test/compare/simulation.test.ts",
  "test/hosts/embedded-nats.test.ts",
  "test/io/contracts.test.ts",
  "test/io/uring/{cost,ends,model}/**/*.test.ts",
  "test/io/uring/{buffers,several-rings,udp}.test.ts",
  "test/live/{page-server,prometheus}.test.ts",
  "test/machine/usage/{process-sampler,utilization-meter}.test.ts",
  "test/metrics/java/hdr-java.test.ts",
  "test/report/page.test.ts",
  "test/run/{at-gates,plan-leased}.test.ts",
  "test/scenario/{fuzz,load,module/load,protocol/lookup}.test.ts",
  "test/servers/process/**/*.test.ts",
  "test/telemetry/look.test.ts",
];

/** Replace a module: each needs a process of its own. */
const mocking = ["test/io/without-koffi.test.ts"];
const mockingPrograms = ["test/io/uring/ends/release.test.ts"];

/** Compare times with what was computed: after all others. */
const alone = ["test/e2e/known-answers.test.ts"];

/** One run of each kind over the other io, where all else is tested over io_uring. */
const smoke = "test/e2e/other-io.test.ts";

/** Part of the tests; it takes everything from the configuration as a whole but what is given. */
function project(
  name: string,
  test: TestProjectInlineConfiguration["test"],
): TestProjectInlineConfiguration {
  return { extends: true, test: { name, env: usersIo, ...test } };
}

/** What runs in one process, from the sources: `npm run test:unit`. */
const unit = [
  // No file leaves anything behind that another would see, but for the one that replaces a module.
  project("unit", {
    include: ["test/**/*.test.ts"],
    exclude: [...wholeRuns, ...realTime, ...programs, ...mocking, ...unlessUring],
    isolate: false,
  }),
  project("unit, mocking", { include: mocking }),
];
const projects = [
  ...unit,
  project("programs", {
    include: programs,
    exclude: [...mockingPrograms, ...unlessUring],
    isolate: false,
  }),
  project("programs, mocking", { include: mockingPrograms, exclude: unlessUring }),
  project("traffic", { include: realTime, isolate: false }),
  project("whole runs", { include: wholeRuns, exclude: [...alone, smoke], isolate: false }),
  project("alone", {
    include: alone,
    fileParallelism: false,
    sequence: { groupOrder: 1 },
  }),
];
if (obstacle === null) {
  projects.push(
    project("other io", {
      include: [...realTime, smoke],
      env: otherIo,
      isolate: false,
    }),
  );
}

/** The files of random tests, for long. */
function fuzzProject(seed: string): TestProjectInlineConfiguration {
  const files = readdirSync("test", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `test/${name}`);
  return project("fuzz", {
    include: files.filter((file) =>
      /from "(fast-check|.*support\/fuzz\.ts)"/.test(readFileSync(file, "utf8")),
    ),
    exclude: unlessUring,
    env: { ...usersIo, SLASH8_FUZZ: "long", SLASH8_FUZZ_SEED: seed },
    testTimeout: 3_600_000,
  });
}

/** Whole runs over hosts in which something is killed or stopped: tens of minutes. */
const kills = project("kills", { include: ["test/e2e/networks/kills/*.kill.ts"] });

/** Long files first, so that short ones fill what is left over at the end. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification) => {
      const long = ["scenarios", "scale", "capture", "load", "page", "garbage"].findIndex((name) =>
        moduleId.endsWith(`/${name}.test.ts`),
      );
      const ofProject = [
        "whole runs",
        "other io",
        "traffic",
        "programs",
        "programs, mocking",
      ].indexOf(project.name);
      const group = 100 * project.config.sequence.groupOrder;
      if (long >= 0 && ofProject >= 0) return group + long;
      return group + 10 + (ofProject < 0 ? 9 : ofProject);
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}

export default defineConfig(({ mode }) => {
  const isFuzz = mode === "fuzz";
  const isUnit = mode === "unit";
  const seed = process.env.SLASH8_FUZZ_SEED ?? String(randomInt(2 ** 31));
  if (isFuzz) console.log(`random tests with SLASH8_FUZZ_SEED=${seed}`);
  return {
    test: {
      // The scripts of package.json run once, unless they are given --watch.
      watch: false,
      // Files at once: most tests wait for sockets and programs half of their time, two cores bear four of them. Those of
      // units do not wait, and each process more loads all of the sources once more.
      maxWorkers: isUnit ? availableParallelism() : 4,
      // Tests at once in a file that mostly waits.
      maxConcurrency: 4,
      // Ends what hangs; none is to depend on how busy the machine is.
      testTimeout: 120_000,
      hookTimeout: 120_000,
      sequence: { sequencer: LongFirst },
      // What was transformed is kept in node_modules: the next run begins a few seconds sooner.
      experimental: { fsModuleCache: true },
      setupFiles: ["test/support/fuzz.ts", "test/clean-up.ts"],
      projects:
        mode === "kills" ? [kills] : isFuzz ? [fuzzProject(seed)] : isUnit ? unit : projects,
    },
  };
});
