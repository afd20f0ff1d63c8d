import { z } from "zod";
import { line, map, namePattern, oneOrMany } from "./values.ts";

/** Hosts that clients are on, by the names of their agents. */
export const hostsSchema = z.record(
  z.string().regex(namePattern),
  map("a host", {
    sources: oneOrMany(line, "an address, a range, a CIDR, or a list of those")
      .optional()
      .meta({
        description:
          "Source addresses of its clients towards targets that are not loopback addresses, written as the sources of a " +
          "workload: what is routed to the host beside its own addresses.",
        byDefault: "the addresses that the host has in the target's network, else all that it has",
      }),
  }),
);

export type HostsInput = z.output<typeof hostsSchema>;
