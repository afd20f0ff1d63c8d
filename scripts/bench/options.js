import { parseArgs } from "node:util";

const usage = `Usage: npm run bench -- [options]

  --rounds N           times that each client runs (default 5)
  --seconds S          measured time of each run (default 3)
  --warm-up S          before it, not measured (default 1)
  --connections N,...  (default 50,1000)
  --out DIR            where portable-<date>.json goes (default results/bench)
`;

/**
 * The command line of the bench. Prints the usage and ends the process where that is asked for, or
 * where a word is wrong (status 2).
 *
 * @param {readonly string[]} args
 * @param {string} defaultFolder for --out
 * @returns {import("./rounds.js").Options & { readonly out: string }}
 */
export function readOptions(args, defaultFolder) {
  const values = parse(args, defaultFolder);
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  return {
    connections: values.connections
      .split(",")
      .map((text) => number("connections", text, /^\d{1,6}$/)),
    rounds: number("rounds", values.rounds, /^\d{1,3}$/),
    warmUpSeconds: number("warm-up", values["warm-up"], /^\d{1,3}(\.\d{1,3})?$/),
    seconds: number("seconds", values.seconds, /^\d{1,3}(\.\d{1,3})?$/),
    out: values.out,
  };
}

/**
 * @param {readonly string[]} args
 * @param {string} defaultFolder
 */
function parse(args, defaultFolder) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rounds: { type: "string", default: "5" },
        seconds: { type: "string", default: "3" },
        "warm-up": { type: "string", default: "1" },
        connections: { type: "string", default: "50,1000" },
        out: { type: "string", default: defaultFolder },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return refuse(/** @type {Error} */ (error).message);
  }
}

/**
 * @param {string} name
 * @param {string} text
 * @param {RegExp} form
 */
function number(name, text, form) {
  if (!form.test(text) || Number(text) === 0) refuse(`--${name} ${text}: not a number above 0`);
  return Number(text);
}

/**
 * @param {string} message
 * @returns {never}
 */
function refuse(message) {
  process.stderr.write(`${message}\n\n${usage}`);
  process.exit(2);
}
