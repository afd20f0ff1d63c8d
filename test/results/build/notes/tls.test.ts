import { expect, test } from "vitest";
import { WorkloadAccumulator } from "../../../../src/metrics/accumulator.ts";
import { Recorder } from "../../../../src/metrics/recorder.ts";
import { phase } from "../../../../src/metrics/snapshot.ts";
import { workloadData } from "../../../../src/results/build/input.ts";
import { tlsNotes } from "../../../../src/results/build/notes/tls.ts";
import { tlsByDefault } from "../../../support/scenario-parts.ts";
import { resultInput } from "../../fixture.ts";

function notes(encrypts: boolean, errors: Readonly<Record<string, number>>): string[] {
  const recorder = new Recorder(0, 0, 0);
  for (const [code, count] of Object.entries(errors)) {
    recorder.error(code, "target", phase.connect, count);
  }
  const accumulator = new WorkloadAccumulator(0, 0);
  accumulator.add(recorder.snapshot(1e9));
  const [data] = workloadData(resultInput());
  if (data === undefined) throw new Error("the fixture has a workload");
  return tlsNotes({
    ...data,
    accumulator,
    workload: { ...data.workload, tls: encrypts ? tlsByDefault : null },
  });
}

test("says what to do about each kind of failure, once", () => {
  const errors = {
    CERT_HAS_EXPIRED: 2,
    DEPTH_ZERO_SELF_SIGNED_CERT: 3,
    SELF_SIGNED_CERT_IN_CHAIN: 4,
  };
  expect(notes(true, { ...errors, ECONNRESET: 5 })).toEqual([
    expect.stringMatching(
      /^7 times DEPTH_ZERO_SELF_SIGNED_CERT, SELF_SIGNED_CERT_IN_CHAIN: .*workloads\.chat\.tls\.ca/,
    ),
    expect.stringMatching(/^2 times CERT_HAS_EXPIRED: .* renew it/),
  ]);
});

test("says nothing without TLS, or of what is not about it", () => {
  expect(notes(false, { CERT_HAS_EXPIRED: 1 })).toEqual([]);
  expect(notes(true, { ECONNREFUSED: 1, TIMEOUT: 1 })).toEqual([]);
});
