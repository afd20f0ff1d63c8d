import { expect, test } from "vitest";
import {
  type ProcessRow,
  parsePs,
  parseStat,
  readProcesses,
  treeOf,
} from "../../../src/machine/usage/process-table.ts";

test("/proc/<pid>/stat, with a name that looks like fields", () => {
  const text =
    "4242 (a) S 1 (b) Z 17 4242 4242 0 -1 4194560 900 0 0 0 250 50 7 3 20 0 11 0 98765 1 2 3\n";
  expect(parseStat(text)).toEqual({
    pid: 4242,
    parent: 17,
    group: 4242,
    zombie: true,
    cpuSeconds: 3,
    reapedSeconds: 0.1,
    startedTicks: 98765,
    rssBytes: null,
  });
  expect(parseStat("")).toBeNull();
});

test("ps", () => {
  const text =
    "    1     0     1 Ss    1024   0:01.50\n  77     1    70 Z        0 1-02:03:04\nx\n";
  expect(parsePs(text)).toEqual([
    row({ pid: 1, parent: 0, group: 1, rssBytes: 1 << 20, cpuSeconds: 1.5 }),
    row({ pid: 77, parent: 1, group: 70, zombie: true, rssBytes: 0, cpuSeconds: 93784 }),
  ]);
});

test("a tree: descendants, and members of a leader's group whose parent has exited", () => {
  const rows = [
    row({ pid: 10 }),
    row({ pid: 12, parent: 11 }),
    row({ pid: 11, parent: 10 }),
    row({ pid: 20, parent: 1, group: 10 }),
    row({ pid: 21, parent: 20 }),
    row({ pid: 22, parent: 10, zombie: true }),
    row({ pid: 30, parent: 1 }),
  ];
  expect(treeOf(rows, [10]).map(({ pid }) => pid)).toEqual([10, 12, 11, 20, 21]);
  expect(treeOf(rows, [99])).toEqual([]);
  expect(treeOf(rows, [])).toEqual([]);
});

test("this process is in the table", async () => {
  const self = (await readProcesses()).find(({ pid }) => pid === process.pid);
  expect(self).toMatchObject({ parent: process.ppid, zombie: false });
  expect(self?.cpuSeconds).toBeGreaterThan(0);
});

function row(changes: Partial<ProcessRow>): ProcessRow {
  return {
    pid: 0,
    parent: 1,
    group: 0,
    zombie: false,
    cpuSeconds: 0,
    reapedSeconds: 0,
    startedTicks: null,
    rssBytes: null,
    ...changes,
  };
}
