import { dirname, resolve } from "node:path";
import { formatEndpoint } from "../../address/flow.ts";
import type { Family } from "../../address/ip.ts";
import type { MessageSpec } from "../../messages/spec.ts";
import type { HostLookups } from "../host-names.ts";
import { isEndless, type PatternName, patternNames } from "../patterns.ts";
import type { ProtocolLookups } from "../protocol/lookup.ts";
import type {
  BaselineFile,
  Capture,
  GateText,
  Scenario,
  ScenarioDraft,
  Server,
  Workload,
} from "../scenario.ts";
import { captureSchema } from "../schema/capture.ts";
import { hostsSchema } from "../schema/hosts.ts";
import { gateSchema, scenarioSchema } from "../schema/schema.ts";
import { serverSchema } from "../schema/server.ts";
import { workloadSchema } from "../schema/workload.ts";
import { reportSchemaProblems } from "../schema/zod-issues.ts";
import type { Diagnostics } from "../source/diagnostics.ts";
import { besideFile } from "../source/include.ts";
import { plainValue } from "../source/tree.ts";
import { normaliseAt } from "./at.ts";
import { normaliseCapture } from "./capture.ts";
import { familyOfSources, itemsOf, type NormaliseContext } from "./context.ts";
import { normaliseData, usedData } from "./data.ts";
import { checkPublishing, warmUpWithPublishers } from "./receive/publishing.ts";
import { checkServerParts, normaliseServer } from "./server.ts";
import { normaliseHosts } from "./sources.ts";
import { checkWorkloadParts, normaliseWorkload } from "./workload.ts";

/** What describes a scenario in addition to the content of its files. */
export interface Origin {
  /** Path as the user gave it, or "-" for standard input. */
  readonly file: string;
  readonly sha256: string;
  readonly allowRemote: boolean;
  readonly hosts: HostLookups;
  readonly protocols: ProtocolLookups;
}

/**
 * Checks the tree of a scenario and applies every default.
 *
 * Servers and workloads that are well-formed by themselves are checked against each other even when others
 * are not, so that as much as possible is reported at once.
 *
 * @returns what is well-formed; no scenario as a whole where something is wrong, which is noted
 */
export function normalise(diagnostics: Diagnostics, origin: Origin): ScenarioDraft {
  const plain = plainValue(diagnostics.tree) as Readonly<Record<string, unknown>>;
  const whole = scenarioSchema.safeParse(plain);
  if (!whole.success) reportSchemaProblems(whole.error.issues, [], diagnostics);
  const isStdin = origin.file === "-";
  const context: NormaliseContext = {
    diagnostics,
    directory: isStdin ? process.cwd() : dirname(resolve(origin.file)),
    allowRemote: origin.allowRemote,
    data: normaliseData(record(plain.data), diagnostics),
    protocols: origin.protocols,
    hosts: origin.hosts,
    namesOfHosts: Object.keys(record(plain.hosts)),
    familyOfClients: (server) => familyOfClients(server, plain.workloads),
    notices: [],
  };
  const servers = new Map<string, Server | null>();
  for (const [name, input] of Object.entries(record(plain.servers))) {
    const parsed = serverSchema.safeParse(input);
    servers.set(name, parsed.success ? normaliseServer(name, parsed.data, context) : null);
    if (!parsed.success) checkServerParts(name, record(input), context);
  }
  const namedHosts = hostsSchema.optional().safeParse(plain.hosts);
  const hosts = namedHosts.success ? normaliseHosts(namedHosts.data, context) : [];
  const named = new Map<string, Workload | null>();
  for (const [name, input] of Object.entries(record(plain.workloads))) {
    const parsed = workloadSchema.safeParse(input);
    named.set(name, parsed.success ? normaliseWorkload(name, parsed.data, servers, context) : null);
    if (!parsed.success) checkWorkloadParts(name, record(input), servers, context);
  }
  const given = (field: string) => fieldOf(plain.workloads, field);
  warmUpWithPublishers(named, given("warmUp"));
  const workloads = [...named.values()];
  checkNames([...servers.keys()], "servers", diagnostics);
  checkNames(Object.keys(record(plain.workloads)), "workloads", diagnostics);
  checkListeners(servers, diagnostics);
  checkEnd(workloads, diagnostics);
  checkPublishing(named, given("publishes"), given("pattern"), diagnostics);
  const capture = captureOf(plain, context);
  const gates = gatesOf(plain, diagnostics);
  const at = normaliseAt(plain.at, context);
  const baseline = baselineOf(plain, diagnostics);
  const draft = {
    gates,
    at,
    baseline,
    workloads: named,
    servers,
    patterns: patternsOf(plain),
    parts: partsOf(plain),
  };
  if (!whole.success || diagnostics.problems.length > 0) return { ...draft, scenario: null };
  const input = whole.data;
  const scenario: Scenario = {
    version: input.version,
    name: input.name,
    description: input.description ?? null,
    file: origin.file,
    sha256: origin.sha256,
    seed: input.seed ?? 1,
    workers: input.workers ?? null,
    io: input.io ?? "auto",
    repeat: input.repeat ?? 1,
    baseline,
    data: usedData(
      context.data,
      workloads.flatMap((workload) => (workload === null ? [] : messagesOf(workload))),
    ),
    servers: [...servers.values()].filter((server) => server !== null),
    hosts,
    workloads: workloads.filter((workload) => workload !== null),
    capture,
    gates,
    at,
    notices: context.notices,
  };
  return { ...draft, scenario };
}

function messagesOf({ message, open, steps }: Workload): readonly MessageSpec[] {
  return [message, ...[...open, ...steps].flatMap((step) => step.message ?? [])];
}

function familyOfClients(server: string, workloads: unknown): Family | null {
  const families = Object.values(record(workloads)).flatMap((input) => {
    const { target, sources } = record(input);
    const family = target === server ? familyOfSources(sources) : null;
    return family === null ? [] : [family];
  });
  const [first = null, ...more] = new Set(families);
  return more.length === 0 ? first : null;
}

function patternsOf(
  plain: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, PatternName | null> {
  return new Map(
    Object.entries(record(plain.workloads)).map(([name, input]) => {
      const { pattern } = record(input);
      return [name, patternNames.find((known) => known === pattern) ?? null];
    }),
  );
}

function partsOf(plain: Readonly<Record<string, unknown>>): ReadonlyMap<string, readonly string[]> {
  const nameOf = (part: unknown) => record(part).name;
  return new Map(
    Object.entries(record(plain.workloads)).map(([workload, input]) => {
      const { messages, steps } = record(input);
      const parts = [
        ...(Array.isArray(messages) ? messages : []),
        // As `partsOfSteps`.
        ...(Array.isArray(steps) ? steps : []).filter((step) => {
          const { send, receive } = record(step);
          return send !== undefined && receive !== "none";
        }),
      ];
      const names = parts.map(nameOf);
      return [workload, names.filter((name) => typeof name === "string")];
    }),
  );
}

/** The files of earlier results that could be read from the scenario. */
function baselineOf(
  { baseline = [] }: Readonly<Record<string, unknown>>,
  diagnostics: Diagnostics,
): readonly BaselineFile[] {
  return itemsOf<unknown>(baseline, ["baseline"]).flatMap(([path, place]) => {
    if (typeof path !== "string" || diagnostics.isUnread(place)) return [];
    const position = diagnostics.at(place);
    return [{ path: besideFile(path, position.file), position }];
  });
}

/** The gates that could be read. */
function gatesOf(
  { gates }: Readonly<Record<string, unknown>>,
  diagnostics: Diagnostics,
): readonly GateText[] {
  if (!Array.isArray(gates)) return [];
  return gates.flatMap((given: unknown, index): readonly GateText[] => {
    const path = ["gates", index];
    const parsed = gateSchema.safeParse(given);
    if (!parsed.success || diagnostics.isUnread(path)) return [];
    if (typeof parsed.data === "string") {
      return [{ expression: parsed.data, position: diagnostics.at(path), abort: null }];
    }
    const { gate: expression, abort = false } = parsed.data;
    const position = diagnostics.at([...path, "gate"]);
    if (abort === false) return [{ expression, position, abort: null }];
    const afterNs = abort === true ? null : abort.after;
    return [
      { expression, position, abort: { afterNs, position: diagnostics.at([...path, "abort"]) } },
    ];
  });
}

/** Checked separately, as servers and workloads are. */
function captureOf(
  plain: Readonly<Record<string, unknown>>,
  context: NormaliseContext,
): Capture | null {
  const parsed = captureSchema.optional().safeParse(plain.capture);
  if (!parsed.success || parsed.data === undefined) return null;
  const names = Object.keys(record(plain.workloads));
  return normaliseCapture(parsed.data, String(plain.name), names, context);
}

/** A field of every workload, as it is given. */
function fieldOf(workloads: unknown, field: string): ReadonlyMap<string, unknown> {
  return new Map(
    Object.entries(record(workloads)).map(([name, input]) => [name, record(input)[field]]),
  );
}

/** The keys and values of a map; empty for anything else. */
function record(value: unknown): Readonly<Record<string, unknown>> {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  return isMap ? (value as Record<string, unknown>) : {};
}

function checkNames(
  names: readonly string[],
  kind: "servers" | "workloads",
  diagnostics: Diagnostics,
): void {
  for (const name of names) {
    if (name === "total") {
      diagnostics.key(
        [kind, name],
        'the name "total" stands for the sum of all workloads; choose another',
      );
    } else if (name.length > 64) {
      diagnostics.key([kind, name], "a name has at most 64 characters");
    }
  }
  if (kind === "workloads" && names.length === 0 && diagnostics.problems.length === 0) {
    diagnostics.key([kind], "workloads is empty: a scenario needs at least one");
  }
}

/** No two servers can listen on the same endpoint; a port 0 becomes a free one later. */
function checkListeners(
  servers: ReadonlyMap<string, Server | null>,
  diagnostics: Diagnostics,
): void {
  const takenBy = new Map<string, string>();
  for (const [name, server] of servers) {
    for (const endpoint of server?.listen ?? []) {
      const place = `${server?.protocol} ${formatEndpoint(endpoint)}`;
      const other = takenBy.get(place);
      if (endpoint.port === 0) continue;
      if (other === undefined) {
        takenBy.set(place, name);
      } else {
        const message = `${formatEndpoint(endpoint)} is already used by server "${other}"`;
        diagnostics.value(["servers", name, "listen"], message);
        break;
      }
    }
  }
}

/** A hold without a duration lasts as long as the others: one of them must have an end. */
function checkEnd(workloads: readonly (Workload | null)[], diagnostics: Diagnostics): void {
  const [first] = workloads;
  if (first != null && workloads.every((workload) => workload !== null && isEndless(workload))) {
    const message = "nothing ends this run: give one workload a duration";
    diagnostics.key(["workloads", first.name], message);
  }
}
