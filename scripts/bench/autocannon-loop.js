/**
 * autocannon against an HTTP server, measured as net-loop.js is.
 *
 *     node autocannon-loop.js PORT CONNECTIONS WARM_UP_SECONDS SECONDS
 *
 * Prints one JSON object: {exchanges, seconds, cpuSeconds}, of the time after the warm-up.
 */
// @ts-expect-error: it has no types
import autocannon from "autocannon";
import { measureSteady } from "./steady.js";

const [port = 0, connections = 0, warmUpSeconds = 0, seconds = 0] = process.argv
  .slice(2)
  .map(Number);
let exchanges = 0;

const run = autocannon({
  url: `http://127.0.0.1:${port}/`,
  connections,
  // Ended by us; autocannon's own end must come later.
  duration: warmUpSeconds + seconds + 60,
});
run.on("response", (/** @type {unknown} */ _client, /** @type {number} */ status) => {
  if (status !== 200) throw new Error(`the server answered with status ${status}`);
  exchanges++;
});
run.on("reqError", (/** @type {Error} */ error) => {
  throw error;
});

console.log(JSON.stringify(await measureSteady(warmUpSeconds, seconds, () => exchanges)));
process.exit(0);
