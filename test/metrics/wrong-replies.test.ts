import { expect, test } from "vitest";
import { mergeSnapshots } from "../../src/metrics/merge.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import { mostReplyBytes } from "../../src/metrics/wrong-replies.ts";

function add(recorder: Recorder, code: string, atNs: number, client = 0) {
  const bytes = Buffer.from(`<${code} at ${atNs}>`);
  recorder.wrongReply(code, client, atNs, bytes, 1, bytes.length - 1, bytes.length - 2);
}

const texts = ({ wrongReplies }: ReturnType<Recorder["snapshot"]>) =>
  wrongReplies.map(({ received }) => Buffer.from(received).toString());

test("the first of each code is kept, of four codes", () => {
  const recorder = new Recorder(0, 0, 0);
  for (const [atNs, code] of [..."ABACBDEA"].entries()) add(recorder, code, atNs);
  const snapshot = recorder.snapshot(10);
  expect(texts(snapshot)).toEqual(["A at 0", "B at 1", "C at 3", "D at 5"]);
  expect(snapshot.wrongReplies[1]).toMatchObject({ code: "B", client: 0, receivedBytes: 6 });
  expect(recorder.snapshot(20).wrongReplies).toEqual([]);
});

test("a long one is kept in part, as a copy", () => {
  const recorder = new Recorder(0, 0, 0);
  const bytes = Buffer.alloc(1000, "x");
  recorder.wrongReply("A", 3, 1, bytes, 0, 1000, 1000);
  bytes.fill("y");
  const [kept] = recorder.snapshot(10).wrongReplies;
  expect(kept).toEqual({
    code: "A",
    client: 3,
    atNs: 1,
    received: new Uint8Array(mostReplyBytes).fill("x".charCodeAt(0)),
    receivedBytes: 1000,
  });
});

test("a sum has the first of each code, in any order", () => {
  const [a, b] = [0, 1].map((worker) => {
    const recorder = new Recorder(0, worker, 0);
    for (const [index, code] of ["A", "B", worker === 0 ? "C" : "D"].entries()) {
      add(recorder, code, 10 * index + (code === "B" ? 2 - worker : worker), worker);
    }
    return recorder.snapshot(100);
  }) as [ReturnType<Recorder["snapshot"]>, ReturnType<Recorder["snapshot"]>];
  const nothing = new Recorder(0, 2, 0).snapshot(100);
  const sums = [
    mergeSnapshots(mergeSnapshots(a, b), nothing),
    mergeSnapshots(nothing, mergeSnapshots(b, a)),
  ];
  for (const sum of sums) {
    const found = sum.wrongReplies.map(({ code, atNs }) => [code, atNs]);
    expect(found).toEqual([
      ["A", 0],
      ["B", 11],
      ["C", 20],
      ["D", 21],
    ]);
  }
});
