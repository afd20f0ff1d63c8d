/** A Wireshark profile for a plan: a name for every client, a colour and a button for every workload. */
import { addressAt, rangesSize } from "../../address/ranges.ts";
import type { Plan, WorkloadPlan } from "../../plan/plan-types.ts";
import { usedSources } from "../../plan/used-sources.ts";

/** The profile's files by name. */
export type WiresharkProfile = ReadonlyMap<string, string>;

/** The first line of files that may be overwritten. */
export const profileMark = "# Written by slash8";

/** Wireshark reads all names when it starts; more names would delay it by seconds. */
const mostNames = 100_000;

/** Columns as names and formats; ports next to the addresses, as clients often share an address. */
const columns = [
  ["No.", "%m"],
  ["Time", "%t"],
  ["Source", "%s"],
  ["Port", "%uS"],
  ["Destination", "%d"],
  ["Port", "%uD"],
  ["Protocol", "%p"],
  ["Length", "%L"],
  ["Info", "%i"],
] as const;

/** Light backgrounds, 16 bits a channel, easy to distinguish from their neighbours; text is black. */
const backgrounds = [
  [54_741, 61_166, 65_535],
  [65_535, 61_680, 49_087],
  [57_054, 65_535, 53_713],
  [63_222, 56_797, 65_535],
  [65_535, 55_769, 55_769],
  [52_428, 65_535, 63_479],
  [65_535, 65_535, 51_400],
  [60_652, 58_596, 54_741],
] as const;
const black = "[0,0,0]";
const white = "[65535,65535,65535]";
const red = "[42148,0,0]";

/** Packets that end connections, or report that nothing listens. */
const failures = "tcp.flags.reset == 1 || icmp.type == 3 || icmpv6.type == 1";

/**
 * Creates the files that Wireshark looks for in the folder of a profile. Pure.
 *
 * @see the Wireshark user's guide, appendix B.3, "Configuration Files"
 * @cost up to 100,000 lines of names
 */
export function wiresharkProfile(plan: Plan): WiresharkProfile {
  const { workloads, scenario } = plan;
  const mark = `${profileMark} for the scenario ${scenario.name}.`;
  const lines = (...text: readonly string[]) => `${[mark, ...text].join("\n")}\n`;
  return new Map([
    ["preferences", lines(...preferences())],
    ["hosts", lines(...hosts(plan))],
    ["colorfilters", lines(`@failures@${failures}@${red}${white}`, ...workloads.map(colorRule))],
    [
      "dfilter_buttons",
      lines(...workloads.map(button), button({ name: "failures", displayFilter: failures })),
    ],
    // This file format has no comments.
    [
      "cfilters",
      workloads.map(({ name, captureFilter }) => `"${name}" ${captureFilter}\n`).join(""),
    ],
  ]);
}

/** Names come from the profile's own hosts file, never from a resolver. */
function preferences(): string[] {
  const format = columns.flat().map((text) => `"${text}"`);
  return [
    "nameres.network_name: TRUE",
    "nameres.hosts_file_handling: TRUE",
    "nameres.use_external_name_resolver: FALSE",
    "nameres.dns_pkt_addr_resolution: FALSE",
    "nameres.transport_name: FALSE",
    `gui.column.format: ${format.join(", ")}`,
  ];
}

/**
 * Source address number i of workload w is named `w-i`, from 0: if every client has its own address, the
 * number of the connection. A server's address has the server's name. Clients that share an address share a name.
 */
function hosts({ workloads, servers }: Plan): string[] {
  const names = new Map<string, string[]>();
  const add = (address: string, name: string) => {
    const known = names.get(address);
    if (known === undefined) names.set(address, [name]);
    else if (!known.includes(name)) known.push(name);
  };
  for (const { name, listen } of servers) {
    for (const { address } of listen) add(address, name);
  }
  let left = mostNames - names.size;
  let unnamed = 0;
  for (const workload of workloads) {
    const sources = usedSources(workload);
    const size = rangesSize(sources);
    const named = Math.min(size, Math.max(0, left));
    for (let i = 0; i < named; i++) add(addressAt(sources, i), `${workload.name}-${i}`);
    left -= named;
    unnamed += size - named;
  }
  const rows = [...names].map(([address, all]) => `${address}\t${all.join("+")}`);
  return unnamed === 0 ? rows : [`# ${unnamed} more addresses have no name here.`, ...rows];
}

/** Colour rules are read from the top, and the first that matches applies. */
function colorRule({ name, displayFilter, index }: WorkloadPlan): string {
  const background = backgrounds[index % backgrounds.length] as readonly number[];
  return `@workload ${name}@${displayFilter}@[${background.join(",")}]${black}`;
}

/** A row of the table: enabled, label, filter, comment. */
function button({ name, displayFilter }: Pick<WorkloadPlan, "name" | "displayFilter">): string {
  return `"TRUE","${name}","${displayFilter}",""`;
}
