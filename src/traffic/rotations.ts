import { RotationPorts } from "../address/rotation-ports.ts";
import type { TrafficContext } from "./traffic.ts";

/** Which source port each slot of a rotating workload has, and takes next. */
export class Rotations {
  readonly #ports: RotationPorts;
  readonly #firstConnection: number;
  readonly #port: Uint16Array;
  readonly #times: Float64Array;

  constructor({ space, workload, portion, seed }: TrafficContext, slots: number) {
    this.#ports = new RotationPorts(space.spec, workload.connections, seed);
    this.#firstConnection = portion.firstConnection;
    this.#port = new Uint16Array(slots);
    this.#times = new Float64Array(slots);
  }

  /** The slot is opened from a port that the plan gives it. */
  begin(slot: number, port: number): void {
    this.#port[slot] = port;
  }

  /** @returns the port that the slot is to be opened from now */
  next(slot: number): number {
    const times = this.#times[slot] as number;
    const connection = this.#firstConnection + slot;
    const port = this.#ports.next(connection, this.#port[slot] as number, times);
    this.#times[slot] = times + 1;
    this.#port[slot] = port;
    return port;
  }
}
