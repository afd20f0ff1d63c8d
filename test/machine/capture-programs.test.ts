import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  captureArguments,
  captureCounts,
  chooseProgram,
  findCapturePrograms,
} from "../../src/machine/capture-programs.ts";
import { preflight } from "../../src/preflight/preflight.ts";
import type { Capture } from "../../src/scenario/scenario.ts";
import { host, machine, plan } from "../preflight/fakes.ts";
import { makeTempDir } from "../support/temp-dir.ts";

test("programs are found on PATH, when they can be run", () => {
  const folder = makeTempDir();
  const file = join(folder, "dumpcap");
  writeFileSync(file, "");
  chmodSync(file, 0o644);
  expect(findCapturePrograms(folder).get("dumpcap")).not.toBe(file);
  chmodSync(file, 0o755);
  expect(findCapturePrograms(`/gone::${folder}`).get("dumpcap")).toBe(file);
});

test("dumpcap is the first choice, and a requested program the only one", () => {
  expect(chooseProgram("auto", ["dumpcap", "tcpdump"])).toBe("dumpcap");
  expect(chooseProgram("auto", ["tcpdump"])).toBe("tcpdump");
  expect(chooseProgram("tcpdump", ["dumpcap", "tcpdump"])).toBe("tcpdump");
  expect(chooseProgram("dumpcap", ["tcpdump"])).toBeNull();
  expect(chooseProgram("auto", [])).toBeNull();
});

test("the filter is one argument, whatever is in it", () => {
  const job = {
    interface: "lo",
    filter: "net 127.0.0.0/8 or host ::1",
    file: "/x.pcap",
    snapLengthBytes: 128,
  };
  for (const program of ["dumpcap", "tcpdump"] as const) {
    const args = captureArguments(program, job);
    expect(args).toContain(job.filter);
    expect(args.slice(args.indexOf("-w"))[1]).toBe("/x.pcap");
    expect(args.slice(args.indexOf("-s"))[1]).toBe("128");
  }
});

test("the counts that they print at their end", () => {
  const dumpcap = [
    "Capturing on 'Loopback: lo'",
    "File: /tmp/a.pcap",
    "Packets captured: 8178",
    "Packets received/dropped on interface 'Loopback: lo': 8178/12 (pcap:12/dumpcap:0/flushed:0/ps_ifdrop:0) (99.9%)",
  ].join("\n");
  expect(captureCounts("dumpcap", dumpcap)).toEqual({ captured: 8178, dropped: 12 });
  const tcpdump = [
    "tcpdump: listening on lo, link-type EN10MB (Ethernet), snapshot length 262144 bytes",
    "1 packet captured",
    "16772 packets received by filter",
    "3 packets dropped by kernel",
  ].join("\n");
  expect(captureCounts("tcpdump", tcpdump)).toEqual({ captured: 1, dropped: 3 });
  expect(captureCounts("tcpdump", "")).toEqual({ captured: null, dropped: null });
});

test("preflight refuses a capture where its program is not installed", () => {
  const found = (
    program: Capture["program"],
    capturePrograms: readonly ("dumpcap" | "tcpdump")[],
  ) => {
    const whole = plan();
    const capture = {
      workloads: ["chatter"],
      file: "x.pcap",
      clients: null,
      program,
      snapLengthBytes: 262_144,
      maxSizeBytes: 2 ** 30,
    };
    const capturing = { ...whole, scenario: { ...whole.scenario, capture } };
    return preflight(capturing, machine(), host({ capturePrograms }));
  };
  expect(found("auto", ["tcpdump"])).toEqual([]);
  expect(found("auto", [])[0]).toMatchObject({ level: "refuse", check: "captureProgram" });
  expect(found("auto", [])[0]?.message).toContain("neither dumpcap nor tcpdump is installed");
  expect(found("dumpcap", ["tcpdump"])[0]?.message).toContain("dumpcap is not installed");
  expect(found("dumpcap", ["tcpdump"])[0]?.remedy).toContain("wireshark-common");
});
