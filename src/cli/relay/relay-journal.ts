/** What `slash8 relay` writes: a line or a JSON object for each connection, and errors. */
import { captureFilter, displayFilter } from "../../address/filters.ts";
import { type Endpoint, formatEndpoint } from "../../address/flow.ts";
import { protocols } from "../../address/protocol.ts";
import { formatAmount, formatCount, formatDuration, formatSize } from "../../base/units.ts";
import type { EndedBy, Link, RelayEvents, RelayStats, Route } from "../../relay/relay.ts";
import type { RelayReporter } from "../../relay/run-relay.ts";
import { LinePace } from "../terminal/line-pace.ts";
import { type RelayRequest, rangesText } from "./relay-request.ts";

/** Nobody can read more lines per second. */
const mostLines = 50;
/** Errors of one kind that are printed per second. */
const mostErrors = 1;

export interface RelayOutput {
  /** Print to standard output and to standard error; each call is a line. */
  readonly print: (line: string) => void;
  readonly notice: (line: string) => void;
  readonly clock: () => number;
  readonly isJson: boolean;
  /** Whether lines for single connections are left out. */
  readonly isQuiet: boolean;
}

export class RelayJournal implements RelayEvents, RelayReporter {
  readonly #request: RelayRequest;
  readonly #output: RelayOutput;
  readonly #lines = new LinePace(mostLines);
  /** By kind of error. */
  readonly #errors = new Map<string, LinePace>();

  constructor(request: RelayRequest, output: RelayOutput) {
    this.#request = request;
    this.#output = output;
  }

  listening(endpoints: readonly Endpoint[]): void {
    const { protocol, routes, sources } = this.#request;
    const filters = sources.map(({ ranges }) => displayFilter(ranges, null));
    const captures = sources.map(({ ranges }) => captureFilter(ranges, null));
    for (const [index, { target, sources: from }] of routes.entries()) {
      const listen = formatEndpoint(endpoints[index] as Endpoint);
      const to = formatEndpoint(target);
      const range = rangesText(from.ranges);
      if (this.#output.isJson) {
        this.#json("listening", { protocol, listen, target: to, sources: range });
      } else {
        this.#output.print(`relaying ${protocol} ${listen} to ${to} from ${range}`);
      }
    }
    const display = [...new Set(filters)].join(" || ");
    const capture = [...new Set(captures)].join(" or ");
    if (this.#output.isJson) {
      this.#json("filters", { displayFilter: display, captureFilter: capture });
    } else {
      this.#output.print(`Wireshark display filter: ${display}`);
      this.#output.print(`capture filter: ${capture}`);
    }
  }

  opened(link: Link): void {
    if (this.#output.isQuiet) return;
    if (this.#output.isJson) {
      this.#json("opened", facts(link));
    } else if (this.#lines.take(this.#output.clock())) {
      const { number, client, source, route } = link;
      this.#output.print(
        `#${number} ${formatEndpoint(client)} is ${formatEndpoint(source)} to ${formatEndpoint(route.target)}`,
      );
    }
  }

  closed(link: Link, by: EndedBy, code: string | null, nowNs: number): void {
    if (this.#output.isQuiet) return;
    const { number, bytesToTarget, bytesToClient } = link;
    const lastedNs = nowNs - link.beganNs;
    if (this.#output.isJson) {
      const seconds = Number((lastedNs / 1e9).toFixed(3));
      const bytes = { bytesToTarget, bytesToClient };
      this.#json("closed", { ...facts(link), seconds, ...bytes, endedBy: by, code });
    } else if (this.#lines.take(this.#output.clock())) {
      this.#output.print(
        `#${number} ended after ${formatDuration(lastedNs)}${endText(by, code)}: ` +
          `${formatSize(bytesToTarget)} to the target, ${formatSize(bytesToClient)} to the client`,
      );
    }
  }

  failed(route: Route, client: Endpoint, code: string): void {
    const { hasConnections } = protocols[this.#request.protocol];
    const lost = hasConnections ? "reset the connection of" : "dropped the datagram of";
    const what = `${failureText(route, code)}: ${lost} ${formatEndpoint(client)}`;
    this.#trouble("failed", route, client, code, what);
  }

  errored(link: Link, code: string): void {
    const { route, client } = link;
    const what = `${failureText(route, code)}: datagrams of ${formatEndpoint(client)} were dropped`;
    this.#trouble("errored", route, client, code, what);
  }

  draining(open: number): void {
    if (this.#output.isJson) {
      this.#json("draining", { open });
      return;
    }
    this.#output.notice(
      `slash8: ${this.#links(open)} still open: waiting ${formatDuration(this.#request.drainNs)} at most; ` +
        "press Ctrl-C again to end them at once",
    );
  }

  cut(open: number): void {
    if (this.#output.isJson) this.#json("cut", { open });
    else this.#output.notice(`slash8: ended ${this.#links(open)} that were still open`);
  }

  /** Reports how many lines were left out; must be called every second. */
  flush(): void {
    const lines = this.#lines.takeSkipped();
    if (lines > 0) this.#output.print(`... and ${formatCount(lines)} more lines`);
    for (const [what, pace] of this.#errors) {
      const skipped = pace.takeSkipped();
      if (skipped > 0) {
        this.#output.notice(`slash8: ${formatCount(skipped)} more times: ${what}`);
      } else {
        this.#errors.delete(what);
      }
    }
  }

  /** Prints the totals at the end. */
  summary(stats: Readonly<RelayStats>): void {
    this.flush();
    if (this.#output.isJson) this.#json("summary", { ...stats });
    else this.#output.notice(this.#summaryText(stats));
  }

  #summaryText(stats: Readonly<RelayStats>): string {
    const { opened, failed, bytesToTarget, bytesToClient, dropped, unanswered } = stats;
    const toTarget = formatSize(bytesToTarget);
    const toClients = formatSize(bytesToClient);
    if (protocols[this.#request.protocol].hasConnections) {
      return (
        `relayed ${this.#links(opened)}, ${formatCount(failed)} failed; ` +
        `${toTarget} to targets, ${toClients} to clients`
      );
    }
    return (
      `relayed ${this.#links(opened)}, ${formatCount(unanswered)} without a reply, ${formatCount(failed)} failed; ` +
      `${formatCount(stats.sentToTarget)} datagrams (${toTarget}) to targets, ` +
      `${formatCount(stats.sentToClient)} (${toClients}) to clients, ${formatCount(dropped)} dropped`
    );
  }

  #trouble(event: string, route: Route, client: Endpoint, code: string, what: string): void {
    if (this.#output.isJson) {
      this.#json(event, {
        client: formatEndpoint(client),
        target: formatEndpoint(route.target),
        code,
      });
      return;
    }
    const key = failureText(route, code);
    const pace = this.#errors.get(key) ?? new LinePace(mostErrors);
    this.#errors.set(key, pace);
    if (pace.take(this.#output.clock())) this.#output.notice(`slash8: ${what}`);
  }

  #links(count: number): string {
    const { hasConnections } = protocols[this.#request.protocol];
    return formatAmount(count, hasConnections ? "connection" : "flow");
  }

  #json(event: string, fields: Readonly<Record<string, unknown>>): void {
    this.#output.print(JSON.stringify({ event, ...fields }));
  }
}

function facts({ number, client, source, route }: Link): Readonly<Record<string, unknown>> {
  return {
    link: number,
    client: formatEndpoint(client),
    source: formatEndpoint(source),
    target: formatEndpoint(route.target),
  };
}

function endText(by: EndedBy, code: string | null): string {
  if (code === "EFULL") return " to make room for others";
  if (by === "relay") return "";
  return code === null ? "" : ` by the ${by} (${code})`;
}

function failureText({ target, sources }: Route, code: string): string {
  const to = formatEndpoint(target);
  switch (code) {
    case "ECONNREFUSED":
      return `nothing listens on ${to} (${code})`;
    case "EFULL":
      return `the relay has no room for more clients of ${to}`;
    case "EADDRINUSE":
    case "EADDRNOTAVAIL":
      return `${rangesText(sources.ranges)} has no free port towards ${to} (${code}); add addresses to --from`;
    default:
      return `${to} cannot be reached (${code})`;
  }
}
