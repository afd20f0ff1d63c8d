// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what scenarios replace
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { writeFiles } from "../../../src/cli/init/write-files.ts";
import { loadCommand } from "../../../src/cli/load/load.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { runHere } from "../run-here.ts";

const redis = ["--target", "redis://127.0.0.1:27101", "--yes"];

/** A folder of a repository, with these files in it. */
function repository(files: Readonly<Record<string, string>> = {}, below = "."): string {
  const root = makeTempDir();
  mkdirSync(join(root, ".git"));
  const cwd = join(root, below);
  mkdirSync(cwd, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  return cwd;
}

const init = (cwd: string, args: readonly string[]) => runHere(["init", ...args], { cwd });
const read = (cwd: string, path: string) => readFileSync(join(cwd, path), "utf8");

describe("without a run", () => {
  test("writes a scenario, a workflow and a script, and says what is next", async () => {
    const packageJson = '{\n\t"name": "x",\n\t"scripts": {}\n}\n';
    const cwd = repository({ "package.json": packageJson, "package-lock.json": "{}" });
    const { status, stdout, stderr } = await init(cwd, [...redis, "--name", "shop", "--no-run"]);
    expect(stderr).toBe("");
    expect(stdout).toBe(
      "wrote load/shop.yaml\nwrote .github/workflows/slash8.yml\nwrote package.json (script load)\n" +
        "next: npm install --save-dev slash8, then npm run load\n",
    );
    expect(status).toBe(0);
    expect(read(cwd, "package.json")).toBe(
      packageJson.replace("{}", '{\n\t\t"load": "slash8 load load/shop.yaml"\n\t}'),
    );
    const { jobs } = parse(read(cwd, ".github/workflows/slash8.yml"));
    const steps: { run?: string }[] = jobs.load.steps;
    const [install, load] = steps.flatMap(({ run }) => run ?? []);
    expect(install).toBe("npm ci");
    expectLoad(load, "load/shop.yaml");
    const checked = await runHere(["check", "load/shop.yaml"], { cwd });
    expect(checked.stdout).toBe("load/shop.yaml: valid; 1 workload, 4 gates\n");
  });

  test("in a folder of a repository: the workflow is at its root, and works in the folder", async () => {
    const cwd = repository(
      { "package.json": '{"devDependencies":{"slash8":"1"}}' },
      "services/shop",
    );
    const args = [...redis, "--name", "shop", "--no-run", "--command", "redis-server"];
    const { stdout } = await init(cwd, args);
    expect(stdout).toContain("wrote ../../.github/workflows/slash8.yml\n");
    expect(stdout).toContain("next: npm run load\n");
    const workflow = read(cwd, "../../.github/workflows/slash8.yml");
    const { jobs } = parse(workflow);
    expect(jobs.load.defaults.run["working-directory"]).toBe("services/shop");
    expect(jobs.load.steps.at(-1).with.path).toBe("services/shop/slash8-results");
    expect(workflow).not.toContain("The server has to run");
  });

  test("for GitLab", async () => {
    const cwd = repository({ "yarn.lock": "" });
    const { stdout } = await init(cwd, [...redis, "--name", "shop", "--no-run", "--gitlab"]);
    expect(stdout).toBe(
      "wrote load/shop.yaml\nwrote .gitlab-ci.yml\nnext: npx slash8 load load/shop.yaml\n",
    );
    const { slash8 } = parse(read(cwd, ".gitlab-ci.yml"));
    const [install, load] = slash8.script;
    expect(install).toBe("corepack enable && yarn install --immutable");
    expectLoad(load, "load/shop.yaml");
    expect(load).toContain(
      `--out ${slash8.artifacts.reports.junit.replace(".junit.xml", ".json")}`,
    );
  });

  test("beside a .gitlab-ci.yml there is a file of its own, to be included", async () => {
    const cwd = repository({ ".gitlab-ci.yml": "mine: 1\n" });
    const { stdout, stderr } = await init(cwd, [...redis, "--name", "shop", "--no-run"]);
    expect(stdout).toContain("wrote .gitlab/slash8.yml\n");
    expect(stderr).toBe(
      "slash8: add to .gitlab-ci.yml: include: [{ local: .gitlab/slash8.yml }]\n",
    );
    expect(read(cwd, ".gitlab-ci.yml")).toBe("mine: 1\n");
  });

  /** The command of a job, whose options `load` has. */
  function expectLoad(command: string | undefined, scenario: string): void {
    expect(command).toMatch(/^npx (--yes slash8@\d+\.\d+\.\d+|slash8) load /);
    expect(command).toContain(` load ${scenario} `);
    const after = command?.slice(command.indexOf(" load ")) ?? "";
    const options = [...after.matchAll(/--([a-z-]+)/g)].map(([, name]) => name);
    expect(Object.keys(loadCommand.options)).toEqual(expect.arrayContaining(options));
  }
});

describe("nothing is replaced", () => {
  const files = { "package.json": '{"scripts":{"load":"mine"}}', "shop.yaml": "mine" };
  const args = [...redis, "--no-run", "--out", "shop.yaml"];

  test("a scenario that is there ends it, before anything is written", async () => {
    const cwd = repository(files);
    const { status, stdout, stderr } = await init(cwd, args);
    expect(stderr).toBe("slash8: shop.yaml exists: give another name, or --force to replace it\n");
    expect(stdout).toBe("");
    expect(status).toBe(2);
    expect(readdirSync(cwd).toSorted()).toEqual([".git", "package.json", "shop.yaml"]);
  });

  test("a workflow and a script stay, and it is said", async () => {
    const cwd = repository({ "package.json": files["package.json"] });
    mkdirSync(join(cwd, ".github/workflows"), { recursive: true });
    writeFileSync(join(cwd, ".github/workflows/slash8.yml"), "mine");
    const { status, stdout, stderr } = await init(cwd, args);
    expect(stdout).toBe(
      "wrote shop.yaml\nnext: npm install --save-dev slash8, then npx slash8 load shop.yaml\n",
    );
    expect(stderr).toBe(
      "slash8: .github/workflows/slash8.yml exists and stays as it is; --force replaces it\n" +
        "slash8: package.json has a script load, which stays as it is; --force replaces it\n",
    );
    expect(status).toBe(0);
    expect(read(cwd, "package.json")).toBe(files["package.json"]);
    expect(read(cwd, ".github/workflows/slash8.yml")).toBe("mine");
  });

  test("but with --force", async () => {
    const cwd = repository(files);
    const { status } = await init(cwd, [...args, "--force"]);
    expect(status).toBe(0);
    expect(read(cwd, "shop.yaml")).toContain("name: shop\n");
    expect(JSON.parse(read(cwd, "package.json"))).toEqual({
      scripts: { load: "slash8 load shop.yaml" },
    });
  });

  test("--dry-run prints all of it, and writes nothing", async () => {
    const cwd = repository({ "package.json": "{}" });
    const { status, stdout } = await init(cwd, [...redis, "--dry-run", "--name", "shop"]);
    expect(stdout.match(/^==> .* <==$/gm)).toEqual([
      "==> load/shop.yaml <==",
      "==> .github/workflows/slash8.yml <==",
      "==> package.json <==",
    ]);
    expect(status).toBe(0);
    expect(readdirSync(cwd).toSorted()).toEqual([".git", "package.json"]);
    expect(read(cwd, "package.json")).toBe("{}");
  });
});

test("a first run that cannot be made leaves gates on counts, and its status", async () => {
  const cwd = repository();
  const { status, stdout, stderr } = await init(cwd, [...redis, "--name", "shop", "--no-workflow"]);
  expect(stderr).toContain("the first run could not be made: server backend: nothing listens on");
  expect(stderr).toContain("the gates are on counts alone");
  expect(stdout).toBe("wrote load/shop.yaml\nnext: npx slash8 load load/shop.yaml\n");
  expect(read(cwd, "load/shop.yaml")).toContain("# The first run did not succeed");
  expect(status).toBe(2);
});

test("a password that is given as it is comes with a warning", async () => {
  const cwd = repository();
  const args = [...redis, "--name", "shop", "--no-run", "--no-workflow"];
  const { stderr } = await init(cwd, [...args, "--option", "password=hush", "--option", "user=me"]);
  expect(stderr).toBe(
    "slash8: load/shop.yaml has the password in it: to keep it out of a repository, write password: ${PASSWORD} there and set that variable\n",
  );
  expect(read(cwd, "load/shop.yaml")).toContain(
    "protocol: { resp: { password: hush, user: me } }\n",
  );
});

test("a place that cannot be written is known before the run", async () => {
  const cwd = repository({ load: "a file" });
  const { status, stdout, stderr } = await init(cwd, [...redis, "--name", "shop"]);
  expect(stderr).toMatch(
    /^slash8: .*load\/shop\.yaml cannot be written: .*\nnothing was written\n$/,
  );
  expect(stdout).toBe("");
  expect(status).toBe(1);
  expect(readdirSync(cwd).toSorted()).toEqual([".git", "load"]);
});

test("where one of several files cannot be written, the others are as they were", () => {
  const folder = makeTempDir();
  const path = (name: string) => join(folder, name);
  writeFileSync(path("old"), "old");
  writeFileSync(path("file"), "");
  const files = [
    { path: path("old"), text: "new", replaces: true },
    { path: path("deep/er/new"), text: "new", replaces: false },
    { path: path("file/below"), text: "new", replaces: false },
  ];
  expect(() => writeFiles(files)).toThrow(/file\/below cannot be written/);
  expect(read(folder, "old")).toBe("old");
  expect(existsSync(path("deep"))).toBe(false);
});
