import { startServer } from "./processes.js";
import { median, pairedRatio } from "./statistics.js";

/**
 * @typedef {object} Options
 * @property {readonly number[]} connections
 * @property {number} rounds
 * @property {number} warmUpSeconds
 * @property {number} seconds
 *
 * @typedef {object} Series one quantity of one contender
 * @property {number} median
 * @property {number[]} rounds in the order they were run
 * @property {number | null} ratio ours to theirs, median over rounds; null for ours
 *
 * @typedef {object} Row
 * @property {string} comparison
 * @property {number} connections
 * @property {string} contender
 * @property {Series} clientCpuUsPerExchange
 * @property {Series} exchangesPerSecond
 */

/**
 * Runs every contender once a round, one after the other, beginning with another one each round.
 * All rounds of a comparison meet the same server process.
 *
 * @param {readonly import("./contenders.js").Comparison[]} comparisons
 * @param {Options} options
 * @param {import("./pinning.js").Pinning | null} pinning
 * @param {(text: string) => void} tell called before each run
 * @returns {Promise<Row[]>}
 */
export async function runRounds(comparisons, options, pinning, tell) {
  const rows = [];
  for (const comparison of comparisons) {
    for (const connections of options.connections) {
      const server = await startServer(comparison.server, pinning?.server);
      const { warmUpSeconds, seconds } = options;
      const load = { port: server.port, connections, warmUpSeconds, seconds, cpu: pinning?.client };
      try {
        rows.push(...(await runComparison(comparison, load, options.rounds, tell)));
      } finally {
        await server.stop();
      }
    }
  }
  return rows;
}

/**
 * @param {import("./contenders.js").Comparison} comparison
 * @param {import("./contenders.js").Load} load
 * @param {number} rounds
 * @param {(text: string) => void} tell
 */
async function runComparison(comparison, load, rounds, tell) {
  const names = Object.keys(comparison.contenders);
  /** @type {Record<string, import("./steady.js").Measured[]>} */
  const measured = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length] ?? "";
      tell(`${comparison.name}, ${load.connections} connections, round ${round + 1}: ${name}`);
      const one = await comparison.contenders[name]?.(load);
      if (!one || one.exchanges === 0) throw new Error(`${name} made no exchange`);
      measured[name]?.push(one);
    }
  }
  return names.map((name) => row(comparison, load.connections, name, measured));
}

/**
 * @param {import("./contenders.js").Comparison} comparison
 * @param {number} connections
 * @param {string} contender
 * @param {Readonly<Record<string, readonly import("./steady.js").Measured[]>>} measured
 * @returns {Row}
 */
function row(comparison, connections, contender, measured) {
  /** @param {(one: import("./steady.js").Measured) => number} quantity */
  const series = (quantity) => {
    const theirs = (measured[contender] ?? []).map(quantity);
    const ours = (measured[comparison.ours] ?? []).map(quantity);
    const ratio = contender === comparison.ours ? null : pairedRatio(ours, theirs);
    return { median: median(theirs), rounds: theirs, ratio };
  };
  return {
    comparison: comparison.name,
    connections,
    contender,
    clientCpuUsPerExchange: series((one) => (one.cpuSeconds * 1e6) / one.exchanges),
    exchangesPerSecond: series((one) => one.exchanges / one.seconds),
  };
}
