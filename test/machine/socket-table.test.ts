import { expect, test } from "vitest";
import { parseNetstat, parseSocketTable } from "../../src/machine/socket-table.ts";

const heading =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const row = (address: string, state: string, inode: number): string =>
  `   0: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 00000000e521123d 100 0 0 10 0\n`;

test("IPv4 rows", () => {
  const text = heading + row("0100007F:1F90", "0A", 1077) + row("00000000:07E8", "06", 0);
  expect(parseSocketTable(text, "LE")).toEqual([
    { endpoint: { address: "127.0.0.1", port: 8080 }, state: 10, inode: 1077 },
    { endpoint: { address: "0.0.0.0", port: 2024 }, state: 6, inode: 0 },
  ]);
});

test("IPv4 rows of a big-endian machine", () => {
  expect(parseSocketTable(row("7F000001:1F90", "0A", 5), "BE")[0]?.endpoint.address).toBe(
    "127.0.0.1",
  );
});

test("IPv6 rows: canonical text, mapped addresses as IPv4", () => {
  const text =
    row("00000000000000000000000000000000:0050", "0A", 1) +
    row("00000000000000000000000001000000:0051", "0A", 2) +
    row("0000000000000000FFFF00000100007F:0052", "0A", 3) +
    row("B80D0120000000000000000001000000:0053", "0A", 4);
  const addresses = parseSocketTable(text, "LE").map(({ endpoint }) => endpoint.address);
  expect(addresses).toEqual(["::", "::1", "127.0.0.1", "2001:db8::1"]);
});

test("a heading, a partial line and nonsense are not rows", () => {
  expect(parseSocketTable(heading)).toEqual([]);
  expect(parseSocketTable("   0: 0100007F:1F9")).toEqual([]);
  expect(parseSocketTable("hello\n")).toEqual([]);
});

test("netstat of macOS", () => {
  const text = [
    "Active Internet connections (including servers)",
    "Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)",
    "tcp4       0      0  127.0.0.1.8080         *.*                    LISTEN",
    "tcp46      0      0  *.3000                 *.*                    LISTEN",
    "tcp4       0      0  127.0.0.1.50000        127.0.0.1.8080         ESTABLISHED",
    "tcp6       0      0  fe80::1%lo0.88         *.*                    LISTEN",
    "udp4       0      0  *.5353                 *.*",
    "udp6       0      0  ::1.5354               *.*",
    "udp4       0      0  *.*                    *.*",
  ].join("\n");
  expect(parseNetstat(text, "tcp")).toEqual([
    { address: "127.0.0.1", port: 8080 },
    { address: "::", port: 3000 },
    { address: "fe80::1", port: 88 },
  ]);
  expect(parseNetstat(text, "udp")).toEqual([
    { address: "0.0.0.0", port: 5353 },
    { address: "::1", port: 5354 },
  ]);
});
