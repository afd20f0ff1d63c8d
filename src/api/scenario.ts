/** Scenarios as programs write them. */
import type { Socket } from "node:dgram";
import type { Server } from "node:net";
import type { Protocol } from "../address/protocol.ts";
import type {
  GateFields,
  ScenarioFields,
  ServerFields,
  WorkloadFields,
} from "../scenario/input.ts";
import { type Gate, type Metrics, metricsOf, plainGate } from "./gates.ts";

/** A server of this process: of `net`, `tls`, `http`, `https` or `http2`, or a bound socket of `dgram`. */
export type ServerObject = Server | Socket;

/** Where a server listens that runs already. */
export interface ServerAddress {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** 1 to 65,535. */
  readonly port: number;
  /** Default: tcp. */
  readonly protocol?: Protocol;
}

/**
 * What a function started. It is ended after the run, by the first that it has of `Symbol.asyncDispose`,
 * `Symbol.dispose`, `close` and its server.
 */
export interface StartedServer extends Partial<ServerAddress> {
  /** Where it listens is looked up. */
  readonly server?: ServerObject;
  /** Where it listens: `tcp://127.0.0.1:7000` */
  readonly url?: string | URL;
  /** Ends it; what it returns is awaited. */
  close?(): unknown;
  /** Ends it. */
  [Symbol.asyncDispose]?(): PromiseLike<unknown>;
  /** Ends it. */
  [Symbol.dispose]?(): unknown;
}

/** Starts a server, which is closed after the run. */
export type ServerStarter = () =>
  | ServerObject
  | StartedServer
  | string
  | URL
  | PromiseLike<ServerObject | StartedServer | string | URL>;

/** A server under test: where it listens, or the server itself. One that does not listen yet listens while the run lasts. */
export type ServerSource = ServerObject | ServerAddress | ServerStarter | URL;

/** A workload as a program writes it; `target` may be a server itself. */
export type WorkloadInput = Omit<WorkloadFields, "target"> & {
  /** A server of `servers` by its name, URLs such as `tcp://127.0.0.1:7000`, or a server itself. */
  readonly target: WorkloadFields["target"] | ServerSource;
};

/** A server as a program writes it: its fields, an URL, or the server itself. */
export type ServerInput = ServerFields | `${Protocol}://${string}` | ServerSource;

/** A gate: its expression, one made with names that are checked, or a map of one of them and more. */
export type GateInput =
  | string
  | Gate
  | GateFields
  | (Omit<GateFields, "gate"> & { readonly gate: string | Gate });

/** A scenario as a program writes it. Its names are those of its workloads and its servers. */
export type ScenarioInput<Workload extends string = string, Server extends string = string> = Omit<
  ScenarioFields,
  "workloads" | "servers" | "gates"
> & {
  readonly workloads: { readonly [Name in Workload]: WorkloadInput };
  readonly servers?: { readonly [Name in Server]: ServerInput } | undefined;
  /** Gates, or a function of the scenario's metrics that returns them. */
  readonly gates?:
    | readonly GateInput[]
    | ((run: Metrics<Workload, Server>) => readonly GateInput[])
    | undefined;
};

/** What `defineScenario` returns: `run` and `start` know the names in it. */
export type DefinedScenario<
  Workload extends string = string,
  Server extends string = string,
> = Omit<ScenarioInput<Workload, Server>, "gates"> & {
  readonly gates?: ScenarioFields["gates"] | undefined;
};

/**
 * Defines a scenario: editors know its fields by it, and results its names.
 *
 * @example
 * const scenario = defineScenario({
 *   version: 1,
 *   name: "chat",
 *   workloads: {
 *     chat: { target: "tcp://127.0.0.1:7000", pattern: "request", message: "hello\n", framing: "echo" },
 *   },
 *   gates: (run) => [run.chat.responseTime.p99.below("5ms"), run.total.errors.equals(0)],
 * });
 */
export function defineScenario<const Workload extends string, const Server extends string = never>(
  scenario: ScenarioInput<Workload, Server>,
): DefinedScenario<Workload, Server> {
  return plainGates(scenario) as DefinedScenario<Workload, Server>;
}

/** The scenario with its gates as a file has them; anything else is left as it is. */
export function plainGates(scenario: unknown): unknown {
  if (typeof scenario !== "object" || scenario === null) return scenario;
  const { gates } = scenario as { readonly gates?: unknown };
  if (typeof gates !== "function" && !Array.isArray(gates)) return scenario;
  const given: unknown = typeof gates === "function" ? gates(metricsOf()) : gates;
  return { ...scenario, gates: Array.isArray(given) ? given.map(plainGate) : given };
}
