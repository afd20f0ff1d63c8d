/** Routes, and a record of a relay's events as text, for tests. */
import { formatEndpoint } from "../../src/address/flow.ts";
import { parseRanges } from "../../src/address/ranges.ts";
import type { RelayEvents, Route } from "../../src/relay/relay.ts";
import { Sources } from "../../src/relay/sources.ts";

export function route(from = "127.0.0.2-127.0.0.3", port = 9092): Route {
  return {
    listen: { address: "127.0.0.1", port: port + 10_000 },
    target: { address: "127.0.0.1", port },
    sources: new Sources(parseRanges([from])),
  };
}

export class RecordedEvents implements RelayEvents {
  readonly lines: string[] = [];

  opened: RelayEvents["opened"] = (link) => {
    const { client, source, route: through } = link;
    this.lines.push(
      `opened #${link.number} ${formatEndpoint(client)} is ${formatEndpoint(source)} to ${formatEndpoint(through.target)}`,
    );
  };
  closed: RelayEvents["closed"] = (link, by, code) => {
    this.lines.push(
      `closed #${link.number} by ${by} ${code} ${link.bytesToTarget}/${link.bytesToClient}`,
    );
  };
  failed: RelayEvents["failed"] = (_route, client, code) => {
    this.lines.push(`failed ${formatEndpoint(client)} ${code}`);
  };
  errored: RelayEvents["errored"] = (link, code) => {
    this.lines.push(`errored #${link.number} ${code}`);
  };
}
