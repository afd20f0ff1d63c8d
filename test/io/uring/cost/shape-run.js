/**
 * Uses an io over io_uring, as built, for longer than 32 bits hold in ns, and prints whether it still has the shape
 * of one that was never used. To be run with --allow-natives-syntax.
 */
/** @param {string} path */
const built = (path) => import(new URL(`../../../../dist/${path}`, import.meta.url).href);
/** @type {typeof import("../../../../src/io/uring/io.ts")} */
const { createUringIo } = await built("io/uring/io.js");
/** @type {typeof import("../../../../src/base/clock.ts")} */
const { monotonicNs } = await built("base/clock.js");

const haveSameShape = new Function("one", "other", "return %HaveSameMap(one, other)");
const nothing = () => {};
const events = {
  opened: nothing,
  accepted: nothing,
  received: nothing,
  receivedFrom: nothing,
  drained: nothing,
  closed: nothing,
  errored: nothing,
};

const fresh = createUringIo();
const used = createUringIo({ busyPoll: true });
const transport = used.transport({ protocol: "tcp", slots: 10, events });
await transport.listen({ address: "127.0.0.1", port: 0 });
const usedUs = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
/** 2^31 ns, and some. */
const longUs = 2_300_000;
while (usedUs() < longUs) await used.turn(monotonicNs() + 100e3, 0);
used.utilization();
await used.turn(monotonicNs() + 1e6, 0);
console.log(JSON.stringify(haveSameShape(fresh, used)));
await used.end();
await fresh.end();
