import type { Stage } from "../../schedule/stages.ts";
import { patterns, patternsWith } from "../patterns.ts";
import type { Load } from "../scenario.ts";
import { readFields } from "../schema/read-fields.ts";
import { type WorkloadInput, workloadSchema } from "../schema/workload.ts";
import type { Diagnostics } from "../source/diagnostics.ts";
import type { Path } from "../source/tree.ts";

/** When a workload sends, and for how long. */
export interface ResolvedLoad {
  readonly load: Load;
  readonly warmUpNs: number;
  readonly durationNs: number | null;
}

/** Fields that end a closed model instead of a duration. */
const bounds = ["exchanges", "totalConnections"] as const;

const closed: Load = { model: "closed", thinkNs: 0, exchanges: null };

/** Fields that these checks are about. */
const loadFields = [
  "pattern",
  "rate",
  "startRate",
  "stages",
  "arrivals",
  "think",
  "exchanges",
  "totalConnections",
  "duration",
  "startTime",
  "warmUp",
] as const;

/** Values for those that are wrong themselves, with which nothing else is. */
const inOrder = {
  rate: 1,
  startRate: 0,
  stages: [{ duration: 1e12, rate: 1 }],
  arrivals: "constant",
  think: 0,
  exchanges: 1,
  totalConnections: 1,
  duration: 1e9,
  startTime: 0,
  warmUp: 0,
} as const;

/** Reports what cannot be combined in a workload that is wrong elsewhere. */
export function checkLoad(
  input: Readonly<Record<string, unknown>>,
  path: Path,
  diagnostics: Diagnostics,
): void {
  const { shape } = workloadSchema;
  const stages = inOrder.stages.map((stage) => ({ ...stage }));
  const fields = readFields(shape, loadFields, input, { ...inOrder, stages });
  if (fields?.pattern === undefined) return;
  const areStagesWrong = shape.stages.safeParse(input.stages).success === false;
  // How long they are is not known then.
  const known = areStagesWrong ? { ...fields, warmUp: 0 } : fields;
  normaliseLoad(known as WorkloadInput, path, diagnostics);
}

/** Determines the model and the phases; what cannot be combined is reported. */
export function normaliseLoad(
  input: WorkloadInput,
  path: Path,
  diagnostics: Diagnostics,
): ResolvedLoad {
  const isOpen = input.rate !== undefined || input.stages !== undefined;
  const resolved = !patterns[input.pattern].hasArrivals
    ? { load: closed, warmUpNs: input.warmUp ?? 0, durationNs: input.duration ?? null }
    : isOpen
      ? openLoad(input, path, diagnostics)
      : closedLoad(input, path, diagnostics);
  const lengthNs = (input.startTime ?? 0) + resolved.warmUpNs + (resolved.durationNs ?? 0);
  if (lengthNs > Number.MAX_SAFE_INTEGER) {
    diagnostics.key(path, "startTime, warmUp and duration come to more than 2500h");
  }
  return resolved;
}

function openLoad(input: WorkloadInput, path: Path, diagnostics: Diagnostics): ResolvedLoad {
  const refuse = (field: keyof WorkloadInput, reason: string) => {
    if (input[field] !== undefined) diagnostics.key([...path, field], `${field}: ${reason}`);
  };
  // Of a pattern for which it has no meaning at all that is said already.
  const thinks = patternsWith("think")?.includes(input.pattern) !== false;
  if (thinks && !patterns[input.pattern].sessions)
    refuse("think", "is for the closed model; with rate or stages the clock says when to send");
  refuse("exchanges", "is for the closed model; with rate or stages, duration bounds the run");
  refuse(
    "totalConnections",
    "is for the closed model; with rate or stages, duration bounds the run",
  );
  const arrivals = input.arrivals ?? "constant";
  if (input.stages === undefined) {
    refuse("startRate", "goes with stages; rate is constant");
    if (input.duration === undefined) {
      diagnostics.key(path, "duration is missing: how long to send at that rate");
    }
    const warmUpNs = input.warmUp ?? 0;
    const durationNs = input.duration ?? 1;
    const rate = input.rate ?? 0;
    const stages = [{ durationNs: warmUpNs + durationNs, ratePerSecond: rate }];
    checkArrivals(rate, stages, [...path, "rate"], diagnostics);
    const load = { model: "open", startRatePerSecond: rate, stages, arrivals } as const;
    return { load, warmUpNs, durationNs };
  }
  refuse("rate", "goes without stages; give one of them");
  refuse("duration", "the stages say how long it lasts, less warmUp; leave it out");
  const stages = input.stages.map(({ duration, rate }) => ({
    durationNs: duration,
    ratePerSecond: rate,
  }));
  const startRate = input.startRate ?? 0;
  checkArrivals(startRate, stages, [...path, "stages"], diagnostics);
  const warmUpNs = input.warmUp ?? 0;
  const durationNs = stages.reduce((sum, stage) => sum + stage.durationNs, 0) - warmUpNs;
  if (durationNs <= 0) {
    const message = "warmUp must be shorter than the stages together, or nothing is measured";
    diagnostics.value([...path, "warmUp"], message);
  }
  const load = { model: "open", startRatePerSecond: startRate, stages, arrivals } as const;
  return { load, warmUpNs, durationNs };
}

function closedLoad(input: WorkloadInput, path: Path, diagnostics: Diagnostics): ResolvedLoad {
  for (const field of ["startRate", "arrivals"] as const) {
    if (input[field] !== undefined) {
      diagnostics.key([...path, field], `${field} is for the open model; give rate or stages`);
    }
  }
  const isBounded = bounds.some((field) => input[field] !== undefined);
  if (input.duration === undefined && !isBounded) {
    const counts = bounds.filter((field) => patternsWith(field)?.includes(input.pattern));
    const others = counts.map((field) => `, or ${field}: how many`);
    diagnostics.key(path, `duration is missing: how long to send${others.join("")}`);
  }
  const thinkNs = patterns[input.pattern].sessions ? 0 : (input.think ?? 0);
  return {
    load: { model: "closed", thinkNs, exchanges: input.exchanges ?? null },
    warmUpNs: input.warmUp ?? 0,
    durationNs: input.duration ?? null,
  };
}

/** The number of arrivals is the area under the rates; it must be a safe integer. */
function checkArrivals(
  startRate: number,
  stages: readonly Stage[],
  path: Path,
  diagnostics: Diagnostics,
): void {
  let before = startRate;
  let arrivals = 0;
  for (const { durationNs, ratePerSecond } of stages) {
    arrivals += ((before + ratePerSecond) / 2) * (durationNs / 1e9);
    before = ratePerSecond;
  }
  if (arrivals > Number.MAX_SAFE_INTEGER)
    diagnostics.value(path, "more messages than can be counted");
  if (arrivals === 0) diagnostics.value(path, "every rate is 0, so nothing would be sent");
}
