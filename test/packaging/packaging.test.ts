/** The services of packaging/: they are read as their systems do, and what they start is understood by slash8. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { neededNats } from "../../src/cli/arguments/nats-arguments.ts";
import { commands } from "../../src/cli/command-line.ts";
import { parseLimits } from "../../src/hosts/limits.ts";
import { isInstalled } from "../support/programs.ts";

const root = fileURLToPath(new URL("../../packaging", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly selector?: { readonly matchLabels?: object };
    readonly template?: {
      readonly metadata: { readonly labels: object };
      readonly spec: {
        readonly containers: readonly Container[];
        readonly volumes: readonly { readonly name: string }[];
      };
    };
  };
}

function manifests(path: string): readonly Manifest[] {
  return parseAllDocuments(read(path), { uniqueKeys: true }).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Manifest;
  });
}

/** Checks a command line of slash8, and returns its options with their values. */
function optionsOf([name, ...args]: readonly string[]): Readonly<Record<string, string[]>> {
  const command = commands.find((one) => one.name === name);
  if (command === undefined) throw new Error(`${name} is not a command`);
  const given: Record<string, string[]> = {};
  for (let at = 0; at < args.length; at++) {
    const option = /^--(.+)$/.exec(args[at] as string)?.[1];
    if (option === undefined) {
      expect(command.positional).not.toBeNull();
      continue;
    }
    const known = command.options[option];
    if (known === undefined) throw new Error(`--${option} is not an option of ${name}`);
    given[option] ??= [];
    if (known.type === "boolean") continue;
    const value = args[++at] as string;
    expect(value).not.toMatch(/^--/);
    known.coerce?.(value);
    given[option].push(value);
  }
  return given;
}

function checkLimits(options: Readonly<Record<string, string[]>>): void {
  const limits = parseLimits({
    allowTarget: options["allow-target"] ?? [],
    maxConnections: options["max-connections"]?.[0],
    maxRate: options["max-rate"]?.[0],
  });
  expect(limits.targets.length).toBeGreaterThan(0);
}

/** Variables as a file of them, or a list, has them. */
function natsOf(env: Readonly<Record<string, string>>, nats?: string) {
  return neededNats(nats === undefined ? {} : { nats }, env);
}

it("are small, as they are part of the package", () => {
  const sizes = readdirSync(root, { recursive: true, encoding: "utf8" }).map(
    (name) => statSync(join(root, name)).size,
  );
  expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(64 * 1024);
});

describe("the unit of systemd", () => {
  const unit = read("systemd/slash8-agent.service");
  const env = Object.fromEntries(
    [...read("systemd/agent.env").matchAll(/^([A-Z0-9_]+)=(.*)$/gm)].map(([, name, value]) => [
      name,
      value,
    ]),
  ) as Record<string, string>;

  it("starts an agent with options that it has", () => {
    const line = /^ExecStart=\/usr\/bin\/env slash8 (.*)$/m.exec(unit)?.[1] ?? "";
    const filled = line.replaceAll(/\$([A-Z0-9_]+)/g, (_, name: string) => env[name] ?? "");
    checkLimits(optionsOf(filled.split(" ")));
    const key = /^Environment=NATS_NKEY=(.*)$/m.exec(unit)?.[1] ?? "";
    expect(natsOf({ ...env, NATS_NKEY: key })).toMatchObject({
      servers: [env.NATS_URL],
      caFile: "/etc/slash8/ca.pem",
      nkeyFile: "%d/agent.nk",
    });
  });

  it.runIf(isInstalled("systemd-analyze"))(
    "is accepted by systemd-analyze, where it is installed",
    () => {
      const path = join(root, "systemd/slash8-agent.service");
      const checked = spawnSync("systemd-analyze", ["verify", "--man=no", path], {
        encoding: "utf8",
      });
      expect(checked.stderr).not.toContain("slash8-agent.service");
      expect(checked.status).toBe(0);
    },
  );
});

describe("the manifests of Kubernetes", () => {
  const files = ["nats.yaml", "agents.yaml", "run.yaml"];
  const all = files.flatMap((file) => manifests(`kubernetes/${file}`));
  const workloads = all.flatMap(({ spec }) => (spec.template === undefined ? [] : [spec]));
  const containers = workloads.flatMap(({ template }) => template?.spec.containers ?? []);

  it("are what they are to be", () => {
    expect(all.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      "Deployment nats",
      "Service nats",
      "DaemonSet slash8-agent",
      "PersistentVolumeClaim slash8-results",
      "Job slash8-run",
    ]);
    for (const { selector, template } of workloads) {
      if (selector !== undefined) expect(template?.metadata.labels).toEqual(selector.matchLabels);
      const volumes = template?.spec.volumes.map(({ name }) => name).toSorted();
      const mounts = template?.spec.containers.flatMap(({ volumeMounts }) =>
        volumeMounts.map(({ name }) => name),
      );
      expect(mounts?.toSorted()).toEqual(volumes);
    }
  });

  it("start commands with options that they have, and files that they mount", () => {
    const ours = containers.filter(({ image }) => image.startsWith("slash8:"));
    expect(ours.map(({ name }) => name)).toEqual(["agent", "load"]);
    for (const { args, env = [], volumeMounts } of ours) {
      const variables = Object.fromEntries(env.map(({ name, value }) => [name, value]));
      const filled = args.map((arg) =>
        arg.replaceAll(/\$\(([A-Z0-9_]+)\)/g, (_, name: string) => variables[name] ?? "?"),
      );
      const options = optionsOf(filled);
      if (filled[0] === "agent") checkLimits(options);
      const nats = natsOf(variables, options.nats?.[0]);
      expect(nats.servers).toEqual(["tls://nats:4222"]);
      const folders = volumeMounts.map(({ mountPath }) => `${mountPath}/`);
      const paths = [nats.caFile, nats.nkeyFile, ...filled.filter((arg) => arg.endsWith(".yaml"))];
      expect(paths).toHaveLength(filled[0] === "agent" ? 2 : 3);
      for (const path of paths) {
        expect(folders.some((folder) => path?.startsWith(folder))).toBe(true);
      }
    }
  });
});

it("its README calls commands with options that they have", () => {
  const lines = [...read("README.md").matchAll(/^ {4}slash8 (.*?)(?: {2,}#.*)?$/gm)];
  expect(lines.length).toBeGreaterThan(1);
  for (const [, line = ""] of lines) optionsOf(line.trim().split(/\s+/));
});
