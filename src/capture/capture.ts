import { randomUUID } from "node:crypto";
import { renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isLoopback } from "../address/ip.ts";
import { assert } from "../base/assert.ts";
import { CapacityError, exitStatus, UserError } from "../base/errors.ts";
import { makeFolders } from "../base/files/make-folders.ts";
import { whyNotWritten } from "../base/files/writing.ts";
import { formatCount, formatSize } from "../base/units.ts";
import {
  type CaptureProgram,
  captureArguments,
  captureCounts,
  chooseProgram,
  findCapturePrograms,
  readyPattern,
} from "../machine/capture-programs.ts";
import type { Plan } from "../plan/plan-types.ts";
import { Child } from "../processes/child.ts";
import { ServerLog } from "../processes/child-log.ts";
import { describeExit, type ServerExit } from "../processes/exit.ts";
import { killGroup } from "../processes/process-group.ts";
import type { FromSupervisor, ToSupervisor } from "../processes/supervisor-protocol.ts";
import { type ClientEnd, standingOut } from "../results/build/clients.ts";
import type { WorkloadData } from "../results/build/input.ts";
import type { CapturedClient, CaptureResult } from "../results/server-result.ts";
import type { Capture } from "../scenario/scenario.ts";
import { PacketChoice } from "./packet-choice.ts";
import { cutPcap } from "./pcap.ts";

const pollMs = 20;
const readyTimeoutMs = 10_000;
const sizeEveryMs = 250;
/** Time for the last packets to leave the kernel's buffer: programs read it every 100 to 250 ms. */
const settleMs = 700;
const stopTimeoutNs = 10e9;
const supervisorSlackMs = 5_000;

/** A client whose packets are kept, as named in the result and in packets. */
interface ChosenClient {
  readonly name: CapturedClient;
  readonly end: ClientEnd;
}

/** Returns the clients of a finished run whose packets the scenario keeps; null: all packets. Pure. */
export function chosenClients(
  { workloads, clients }: Capture,
  data: readonly WorkloadData[],
): readonly ChosenClient[] | null {
  if (clients === null) return null;
  return data
    .filter(({ plan }) => workloads.includes(plan.name))
    .flatMap((workload) =>
      standingOut(workload, clients.which, clients.count).map(({ source, end }) => ({
        name: { workload: workload.plan.name, source },
        end,
      })),
    );
}

/** Returns the interface and the filter of a plan's capture. Pure. */
export function captureScope(
  plan: Plan,
  capture: Capture,
): { readonly interface: string; readonly filter: string } {
  const workloads = plan.workloads.filter(({ name }) => capture.workloads.includes(name));
  const filters = workloads.map(({ captureFilter }) => captureFilter);
  const [only] = filters;
  const stays = workloads.every(({ endpoints }) =>
    endpoints.every(({ address }) => isLoopback(address)),
  );
  const loopback = process.platform === "darwin" ? "lo0" : "lo";
  return {
    interface: stays ? loopback : "any",
    filter: filters.length === 1 ? (only as string) : filters.map((f) => `(${f})`).join(" or "),
  };
}

/** Captures the packets of a run, with a program under a supervisor (supervisor.ts). */
export class RunningCapture {
  readonly #capture: Capture;
  readonly #program: CaptureProgram;
  readonly #scope: ReturnType<typeof captureScope>;
  readonly #file: string;
  /** The file that the program writes, until the clients are known. Some systems only allow it this suffix. */
  readonly #part: string;
  readonly #log: ServerLog;
  readonly #supervisor: Child<ToSupervisor, FromSupervisor>;
  readonly #mark = randomUUID();
  #pid: number | null = null;
  #ending = false;
  /** Why the capture ended before the run; null: it did not. */
  #endedEarly: string | null = null;
  #hasEnded = false;
  #isFinished = false;
  #sizeTimer: NodeJS.Timeout | null = null;

  private constructor(
    plan: Plan,
    capture: Capture,
    [program, path]: readonly [CaptureProgram, string],
    logFolder: string,
  ) {
    this.#capture = capture;
    this.#program = program;
    this.#scope = captureScope(plan, capture);
    this.#file = resolve(capture.file);
    this.#part = `${this.#file.slice(0, -".pcap".length)}.part.pcap`;
    this.#makeRoom();
    // No server has this name: their names start with a letter.
    this.#log = new ServerLog(logFolder, "_capture");
    this.#supervisor = new Child("processes/supervisor", this.#log.path, (message) =>
      this.#receive(message),
    );
    void this.#supervisor.exited.then((exit) => this.#supervisorExited(exit));
    const job = { ...this.#scope, file: this.#part, snapLengthBytes: capture.snapLengthBytes };
    const command = {
      argv: [path, ...captureArguments(program, job)],
      cwd: dirname(this.#part),
      // Its output is parsed.
      env: { LC_ALL: "C" },
      ready: { by: "output", pattern: readyPattern(program) },
      readyTimeoutNs: readyTimeoutMs * 1e6,
      stopSignal: "SIGINT",
      stopTimeoutNs,
      missing: "fail",
    } as const;
    this.#supervisor.send({
      type: "spawn",
      request: { command, logFile: this.#log.path, mark: this.#mark, unfinished: this.#part },
    });
  }

  /**
   * Starts a capture.
   *
   * @throws (rejects with) UserError, exit 3, where the program is missing or is not allowed to capture; exit 1
   *         where its file cannot be written
   */
  static async start(plan: Plan, capture: Capture, logFolder: string): Promise<RunningCapture> {
    const installed = findCapturePrograms();
    const program = chooseProgram(capture.program, installed.keys());
    assert(program !== null, "preflight has found the program");
    const found = [program, installed.get(program) as string] as const;
    const running = new RunningCapture(plan, capture, found, logFolder);
    try {
      await running.#ready();
      return running;
    } catch (error) {
      await running.close();
      throw error;
    }
  }

  /** Stops the capture once the last packets have been written. Idempotent. */
  async stop(): Promise<void> {
    if (this.#sizeTimer !== null) clearInterval(this.#sizeTimer);
    if (!this.#ending && !this.#hasEnded) await sleep(settleMs);
    this.#ending = true;
    this.#supervisor.send({ type: "stop" });
    await this.#supervisor.finish(stopTimeoutNs / 1e6 + supervisorSlackMs);
  }

  /**
   * Returns what was captured, after `stop`, and keeps only the chosen packets.
   *
   * @param clients whose packets are kept; null: all packets
   * @param warn    called with what the user must know about the file
   * @throws        never: a file that cannot be filtered is kept completely, with a warning
   */
  async finish(
    clients: readonly ChosenClient[] | null,
    warn: (message: string) => void,
  ): Promise<CaptureResult> {
    const { captured, dropped } = captureCounts(this.#program, this.#log.textFrom(0));
    if (dropped !== null && dropped > 0) {
      warn(
        `the capture is missing ${formatCount(dropped)} packets, as ${this.#program} was too slow; ` +
          "capture fewer workloads, or set snapLength: 128 under capture",
      );
    }
    if (this.#endedEarly !== null) warn(`the capture ended before the run: ${this.#endedEarly}`);
    const result = {
      program: this.#program,
      interface: this.#scope.interface,
      filter: this.#scope.filter,
      file: this.#capture.file,
      packets: captured,
      dropped,
      complete: this.#endedEarly === null,
    };
    this.#isFinished = true;
    try {
      if (clients === null) {
        renameSync(this.#part, this.#file);
        return { ...result, clients: null, packetsKept: captured };
      }
      const choice = new PacketChoice(clients.map(({ end }) => end));
      const { kept } = await cutPcap(this.#part, this.#file, choice);
      rmSync(this.#part);
      return { ...result, clients: clients.map(({ name }) => name), packetsKept: kept };
    } catch (error) {
      warn(
        `the capture could not be filtered or renamed (${(error as Error).message}); all packets are in ${this.#part}`,
      );
      return { ...result, file: this.#part, clients: null, packetsKept: captured };
    }
  }

  /** Ends the capture in any case, without waiting for packets, and removes an unfinished file. Never rejects. */
  async close(): Promise<void> {
    this.#ending = true;
    await this.stop();
    rmSync(this.#log.path, { force: true });
    if (!this.#isFinished) rmSync(this.#part, { force: true });
  }

  /** Creates the file's folder and tries to write there: the program would report an error too late. */
  #makeRoom(): void {
    try {
      makeFolders(dirname(this.#part));
      rmSync(this.#part, { force: true });
      writeFileSync(this.#part, "");
    } catch (error) {
      throw new UserError(
        `capture: ${this.#capture.file} cannot be written: ${whyNotWritten(this.#part, error)}`,
        exitStatus.internal,
      );
    }
  }

  async #ready(): Promise<void> {
    const deadlineMs = performance.now() + readyTimeoutMs;
    const pattern = new RegExp(readyPattern(this.#program), "m");
    while (!this.#hasEnded && this.#supervisor.exit() === null) {
      if (pattern.test(this.#log.textFrom(0))) {
        this.#sizeTimer = setInterval(() => this.#watchSize(), sizeEveryMs);
        return;
      }
      if (performance.now() > deadlineMs) break;
      await sleep(pollMs);
    }
    const printed = this.#log.tail();
    const mayNot = /permi/i.test(printed);
    throw new CapacityError(
      mayNot
        ? `capture: ${this.#program} is not allowed to capture on ${this.#scope.interface}; run slash8 as root, or allow it: ` +
            "sudo setcap cap_net_raw,cap_net_admin=eip $(command -v " +
            `${this.#program}); or remove capture from the scenario`
        : `capture: ${this.#program} did not start to capture; its output:\n${indented(printed)}`,
    );
  }

  #watchSize(): void {
    const bytes = statSync(this.#part, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes < this.#capture.maxSizeBytes || this.#ending) return;
    this.#ending = true;
    this.#endedEarly = `it reached ${formatSize(this.#capture.maxSizeBytes)} (maxSize)`;
    this.#supervisor.send({ type: "stop" });
  }

  /** A supervisor that was killed can no longer end the program; nobody knows then until when it captured. */
  #supervisorExited(exit: ServerExit): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#endedEarly ??= `the process that watches ${this.#program} exited (${describeExit(exit)})`;
    if (this.#pid !== null) killGroup({ leader: this.#pid, mark: this.#mark });
  }

  #receive(message: FromSupervisor): void {
    if (message.type === "spawned") this.#pid = message.pid;
    else if (message.type !== "exited") this.#hasEnded = true;
    else {
      this.#hasEnded = true;
      if (this.#ending) return;
      this.#endedEarly = `${this.#program} exited (${describeExit(message)})`;
    }
  }
}

function indented(text: string): string {
  return text
    .split("\n")
    .map((line) => `  | ${line}`)
    .join("\n");
}
