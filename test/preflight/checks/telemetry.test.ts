import { expect, test } from "vitest";
import type { IoKind } from "../../../src/base/io-kind.ts";
import { tryTelemetryFor } from "../../../src/preflight/checks/telemetry.ts";
import { preflight } from "../../../src/preflight/preflight.ts";
import { host, machine, plan, workload } from "../fakes.ts";

const asking = plan({ workloads: [workload({ telemetry: { tcp: { everyNs: 1e9 } } })] });
const check = (obstacle: string | null, of = asking) =>
  preflight(of, machine(), host(), [], obstacle);

test.each([
  ["recv (netlink) ENOENT", "modprobe tcp_diag"],
  ["socket (netlink) EPROTONOSUPPORT", "modprobe tcp_diag"],
  ["socket (netlink) EPERM", "seccomp profile"],
  ["only Linux has sock_diag", "run it on Linux"],
])("a run that asks for what the kernel refuses (%s) is refused", (obstacle, remedy) => {
  const [refusal, ...others] = check(obstacle);
  expect(others).toEqual([]);
  expect(refusal).toMatchObject({ level: "refuse", check: "tcpTelemetry" });
  expect(refusal?.message).toContain(`which cannot be used here: ${obstacle}`);
  expect(refusal?.remedy).toContain(remedy);
  expect(refusal?.remedy).toContain('or leave "telemetry" out');
});

test("one that does not ask is not, nor one whose kernel answers", () => {
  expect(check("only Linux has sock_diag", plan())).toEqual([]);
  expect(check(null)).toEqual([]);
});

test("nothing is tried where nobody asks", async () => {
  expect(await tryTelemetryFor(plan())).toBeNull();
});

test("the kernel's times need an io that reads them", () => {
  const workloads = [workload({ name: "chat", wireTime: true }), workload({ name: "other" })];
  const over = (io: IoKind) =>
    check(null, { ...plan({ workloads }), io }).filter((one) => one.check === "wireTimes");
  const [refusal, ...others] = over("node");
  expect(others).toEqual([]);
  expect(refusal).toMatchObject({ level: "refuse", check: "wireTimes" });
  expect(refusal?.message).toContain("workload chat asks for wireTime: Node's sockets do not say");
  expect(refusal?.remedy).toBe("use --io uring, or leave wireTime out");
  expect(over("uring")).toEqual([]);
});
