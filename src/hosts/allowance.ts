/** Whether a host takes its part of a plan: where its clients go, how many and how fast they are, and what of its files they use. */
import { realpathSync } from "node:fs";
import { sep } from "node:path";
import { UserError } from "../base/errors.ts";
import { formatAmount } from "../base/units.ts";
import type { Plan } from "../plan/plan-types.ts";
import type { Workload } from "../scenario/scenario.ts";
import { type AgentLimits, limitLines, limitsRefusal } from "./limits.ts";
import { flawOf, wantedOn, workloadsOn } from "./wanted.ts";

/** What an agent was started with. Paths are absolute, without symbolic links; a folder stands for all that is in it. */
export interface Allowance {
  readonly limits: AgentLimits;
  /** Modules of protocols that may run here. */
  readonly commands: readonly string[];
  /** Files with rows of messages, and certificates and keys of clients, that may be read here. */
  readonly files: readonly string[];
}

/**
 * Reads paths of files and folders that runs may use.
 *
 * @param option "--allow-files"
 * @throws       UserError where one is not there
 */
export function readPaths(option: string, paths: readonly string[]): readonly string[] {
  return paths.map((path) => {
    const real = realPath(path);
    if (real !== null) return real;
    throw new UserError(
      `${option} ${path}: it is not there; give a file or a folder of this machine`,
    );
  });
}

/** For people, a line each. */
export function allowanceLines({ limits, commands, files }: Allowance): readonly string[] {
  return [
    ...limitLines(limits),
    ...(commands.length === 0 ? [] : [`modules: ${commands.join(", ")}`]),
    ...(files.length === 0 ? [] : [`files: ${files.join(", ")}`]),
  ];
}

/** Says why a host does not take its part of a plan, and what to do, all at once; null: it takes it. */
export function allowanceRefusal(allowance: Allowance, plan: Plan, host: string): string | null {
  const flaw = flawOf(plan, host);
  if (flaw !== null) {
    return `its plan is not one that slash8 makes: ${flaw}; install the same version of slash8 where load is called`;
  }
  const workloads = workloadsOn(plan, host);
  const modules = workloads.flatMap(({ applicationProtocol }) => applicationProtocol?.path ?? []);
  const reasons = [
    limitsRefusal(allowance.limits, wantedOn(plan, host)),
    pathsRefusal("run", "--allow-commands", modules, allowance.commands),
    pathsRefusal("read", "--allow-files", filesOf(plan, workloads), allowance.files),
  ].filter((reason) => reason !== null);
  return reasons.length === 0 ? null : reasons.join("; ");
}

function filesOf({ scenario }: Plan, workloads: readonly Workload[]): readonly string[] {
  const data = scenario.data.filter(({ columns }) => columns.length > 0).map(({ file }) => file);
  return [...data, ...workloads.flatMap(({ tls }) => [tls?.ca, tls?.cert, tls?.key])].flatMap(
    (path) => path ?? [],
  );
}

function pathsRefusal(
  verb: string,
  option: string,
  wanted: readonly string[],
  allowed: readonly string[],
): string | null {
  const refused = [...new Set(wanted)].filter((path) => {
    const real = realPath(path);
    return real === null || !allowed.some((one) => real === one || real.startsWith(within(one)));
  });
  const [first] = refused;
  if (first === undefined) return null;
  const more = refused.length === 1 ? "" : ` and ${formatAmount(refused.length - 1, "other")}`;
  return realPath(first) === null
    ? `it has no ${first}${more}: copy it there, to the same path`
    : `its agent may not ${verb} ${first}${more}: start it with ${option} ${first}`;
}

function within(folder: string): string {
  return folder.endsWith(sep) ? folder : `${folder}${sep}`;
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
