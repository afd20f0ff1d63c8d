import { parseArgs } from "node:util";

/**
 * @param {readonly string[]} names
 * @param {readonly string[]} onlyOnRequest
 */
const usage = (names, onlyOnRequest) => `Usage: npm run bench -- [options]

  --only NAME,...   works: ${names.join(", ")}
                    (default: all but ${onlyOnRequest.join(", ")})
  --million         with ${onlyOnRequest.join(", ")}: takes minutes, and about 10 GB of memory
  --rounds N        times that each contender runs (default 3)
  --seconds S       measured time of each run (default 1.5)
  --warm-up S       time before that, not measured (default 1)
  --out DIR         where <works>-<date>.json goes (default results/bench)
  --publish         rewrite the tables in docs/benchmarks.md, from what was measured
  --from FILE       do not measure: show, or publish, what such a file holds
`;

/**
 * Parses the command line of the bench. Prints the usage and ends the process if that is requested, or
 * if an argument is wrong (status 2).
 *
 * @param {readonly string[]} args
 * @param {readonly string[]} names of the works
 * @param {readonly string[]} onlyOnRequest those that run only when requested
 */
export function readOptions(args, names, onlyOnRequest) {
  const refuse = (/** @type {string} */ message) => {
    process.stderr.write(`${message}\n\n${usage(names, onlyOnRequest)}`);
    return process.exit(2);
  };
  const values = parse(args, refuse);
  if (values.help) {
    process.stdout.write(usage(names, onlyOnRequest));
    process.exit(0);
  }
  const number = (
    /** @type {string} */ name,
    /** @type {string} */ text,
    /** @type {RegExp} */ form,
  ) => {
    if (!form.test(text) || Number(text) === 0) refuse(`--${name} ${text}: give a number above 0`);
    return Number(text);
  };
  const requested =
    values.only?.split(",") ?? names.filter((name) => !onlyOnRequest.includes(name));
  if (values.million) requested.push(...onlyOnRequest);
  const unknown = requested.find((name) => !names.includes(name));
  if (unknown !== undefined) refuse(`--only ${unknown}: there is no such work; see --help`);
  return {
    /** In the order of the report, each once. */
    works: names.filter((name) => requested.includes(name)),
    /** For the name of the result's file. */
    name:
      values.only === undefined
        ? "all"
        : names.filter((name) => requested.includes(name)).join("-"),
    rounds: number("rounds", values.rounds, /^\d{1,3}$/),
    warmUpSeconds: number("warm-up", values["warm-up"], /^\d{1,3}(\.\d{1,3})?$/),
    seconds: number("seconds", values.seconds, /^\d{1,3}(\.\d{1,3})?$/),
    out: values.out,
    publish: values.publish,
    from: values.from,
  };
}

/**
 * @param {readonly string[]} args
 * @param {(message: string) => never} refuse
 */
function parse(args, refuse) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: "string" },
        million: { type: "boolean", default: false },
        rounds: { type: "string", default: "3" },
        seconds: { type: "string", default: "1.5" },
        "warm-up": { type: "string", default: "1" },
        out: { type: "string" },
        publish: { type: "boolean", default: false },
        from: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return refuse(/** @type {Error} */ (error).message);
  }
}
