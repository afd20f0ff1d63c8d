import { type Family, isLoopback } from "../../address/ip.ts";
import { UserError } from "../../base/errors.ts";
import {
  addressOf,
  type HostLookups,
  hostNamesIn,
  lookUpHosts,
  noHosts,
} from "../../scenario/host-names.ts";
import { printNotice } from "../terminal/output.ts";

/** The names of hosts in a command's arguments, as those in a scenario are: looked up once, and for loopback alone. */
export class HostArguments {
  static readonly none = new HostArguments(noHosts, false);
  /** Which of several addresses is used, a line each, where that was asked for. */
  readonly notices: string[] = [];
  readonly #hosts: HostLookups;
  readonly #allowRemote: boolean;

  /** @param hosts what the names stand for */
  constructor(hosts: HostLookups, allowRemote: boolean) {
    this.#hosts = hosts;
    this.#allowRemote = allowRemote;
  }

  /** @param texts arguments, "localhost:7000" or "udp://localhost:53", or addresses */
  static async lookUp(texts: readonly string[], allowRemote: boolean): Promise<HostArguments> {
    return new HostArguments(await lookUpHosts(hostNamesIn(texts)), allowRemote);
  }

  /**
   * @param who    where the name stands, for people: "--to"
   * @param wanted family of the source addresses; null: none are given
   * @returns      what gives a name's address; it throws a UserError where there is none, or one that is not loopback
   */
  addressOf(who: string, wanted: Family | null = null): (name: string) => string {
    const context = { hosts: this.#hosts, notices: this.notices, allowRemote: this.#allowRemote };
    const read = addressOf(context, who, wanted);
    return (name) => {
      const address = read(name);
      if (isLoopback(address) || this.#allowRemote) return address;
      throw new UserError(
        `${who}: ${name} is ${address}, which is not a loopback address; slash8 uses others only with --allow-remote`,
      );
    };
  }

  async printNotices(): Promise<void> {
    for (const notice of this.notices) await printNotice(`slash8: ${notice}`);
  }
}
