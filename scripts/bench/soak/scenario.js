/** What a soak runs: workloads of several kinds, so that whatever grows with time is among what is measured. */

/** Messages of the workloads are so many of the whole rate. */
const portions = {
  chat: 0.4,
  pages: 0.2,
  dialog: 0.1,
  lookups: 0.15,
  feed: 0.1,
  visits: 0.04,
  late: 0.01,
};

/**
 * @param {number} minutes of steady state
 * @param {number} perSecond of all workloads together
 */
export function soakScenario(minutes, perSecond) {
  const rateOf = (/** @type {keyof typeof portions} */ name) =>
    `${Math.max(1, Math.round(perSecond * portions[name]))}/s`;
  const duration = `${minutes}m`;
  const sources = (/** @type {number} */ block) => `127.36.${block}.0/24`;
  const page = (/** @type {string} */ path) => `GET ${path} HTTP/1.1\r\nHost: soak\r\n\r\n`;
  return {
    version: 1,
    name: "soak",
    servers: {
      echo: { builtin: "tcp-echo", listen: "127.36.0.1:0" },
      web: { builtin: "tcp-http", listen: "127.36.0.2:0" },
      names: { builtin: "udp-echo", listen: "127.36.0.3:0" },
      sink: { builtin: "udp-sink", listen: "127.36.0.4:0" },
      // One reply of 50 does not come.
      lossy: { builtin: "tcp-echo", listen: "127.36.0.5:0", loss: 0.02 },
    },
    workloads: {
      chat: {
        target: "echo",
        pattern: "request",
        sources: sources(1),
        connections: 100,
        message: "hello {{sequence}} from {{source}}\n",
        framing: { delimiter: "\n" },
        expect: "echo",
        telemetry: "tcp",
        rate: rateOf("chat"),
        duration,
      },
      pages: {
        target: "web",
        pattern: "request",
        sources: sources(2),
        connections: 50,
        framing: "http",
        messages: [
          { name: "home", weight: 3, message: page("/") },
          { name: "search", weight: 1, message: page("/search?q={{random 0 999}}") },
        ],
        rate: rateOf("pages"),
        duration,
      },
      dialog: {
        target: "echo",
        pattern: "request",
        sources: sources(3),
        connections: 20,
        framing: { delimiter: "\n" },
        steps: [
          { name: "ask", send: "ask {{number}}\n", expect: { prefix: "ask" } },
          { name: "buy", send: "buy {{number}}\n", expect: { prefix: "buy" } },
        ],
        rate: rateOf("dialog"),
        duration,
      },
      lookups: {
        target: "names",
        pattern: "request",
        sources: sources(4),
        connections: 50,
        rate: rateOf("lookups"),
        duration,
      },
      feed: {
        target: "sink",
        pattern: "stream",
        sources: sources(5),
        connections: 10,
        rate: rateOf("feed"),
        duration,
      },
      visits: {
        target: "echo",
        pattern: "churn",
        sources: sources(6),
        rate: rateOf("visits"),
        duration,
      },
      late: {
        target: "lossy",
        pattern: "request",
        sources: sources(7),
        connections: 40,
        timeout: "1s",
        rate: rateOf("late"),
        duration,
      },
      idle: {
        target: "echo",
        pattern: "hold",
        sources: sources(8),
        connections: 500,
        duration,
      },
    },
    gates: [
      "chat.responseTime.p99 < 10s over 10s",
      "pages.home.responseTime.p99 < 10s over 1m",
      "chat.responseTime.p50 < 1s",
      "idle.connections.peak >= 500",
      "servers.echo.rssBytes slope < 1GiB/h",
    ],
  };
}
