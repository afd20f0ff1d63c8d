/**
 * The steps of the GitHub action (action.yml), with nothing but Node: `npm ci` of this repository is not needed.
 *
 *     node action.js prepare            outputs: version, npm-cache, name, baseline-key, baseline-folder
 *     node action.js run ARGUMENTS...   runs the scenario; outputs: outcome, status, result, report, summary
 *     node action.js comment            writes the summary to the pull request, in place of what an earlier run wrote
 *
 * Settings come from the environment, as action.yml sets them, and outputs go to $GITHUB_OUTPUT.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { basename, join } from "node:path";

/** Runs of which a baseline keeps the results: gates take the median. */
const baselineRuns = 5;
/** Of exit statuses; others are no run at all. */
const outcomes = new Map([
  [0, "pass"],
  [99, "fail"],
  [4, "invalid"],
  [130, "interrupted"],
]);

const { env } = process;
const [command, ...words] = process.argv.slice(2);
if (command === "prepare") prepare();
else if (command === "run") run(words);
else if (command === "comment") await comment();
else throw new Error(`action.js: there is no step "${command}"`);

function prepare() {
  const manifest = new URL("../../package.json", import.meta.url);
  const own = JSON.parse(readFileSync(manifest, "utf8")).version;
  const cache = spawnSync("npm", ["config", "get", "cache"], { encoding: "utf8" }).stdout.trim();
  const scenario = env.SCENARIO ?? "";
  const hash = createHash("sha256").update(`${scenario}\n${env.ARGUMENTS}`).digest("hex");
  const name = basename(scenario).replace(/\.[^.]*$/, "");
  output("version", env.VERSION || own);
  output("npm-cache", cache);
  output("name", name);
  output(
    "baseline-key",
    `slash8-baseline-${env.RUNNER_OS}-${env.RUNNER_ARCH}-${hash.slice(0, 16)}`,
  );
  output("baseline-folder", baselineFolder());
}

/** @param {readonly string[]} more arguments of `slash8 load` */
function run(more) {
  const { SCENARIO: scenario = "", RESULTS: results = "slash8-results" } = env;
  mkdirSync(results, { recursive: true });
  const useBaseline = env.BASELINE === "true";
  const baseline = useBaseline ? baselineFiles() : [];
  if (useBaseline && baseline.length === 0 && namesBaseline(scenario)) {
    // Gates need one, and this is the first run: it is measured now.
    console.log("there is no baseline yet: a first run makes one, without gates");
    const first = join(results, "baseline");
    slash8(["load", scenario, "--out", `${first}/`, "--quiet", ...more, "--set", "gates=[]"]);
    keepAsBaseline(newest(first, new Set()));
    baseline.push(...baselineFiles());
  }
  const before = new Set(readdirSync(results));
  const exports_ = ["--html", "--junit", "--markdown", "--hgrm"];
  const status = slash8([
    ...["load", scenario, "--out", `${results}/`, ...exports_],
    ...baseline.flatMap((file) => ["--baseline", file]),
    ...more,
  ]);
  const outcome = outcomes.get(status) ?? "none";
  const result = newest(results, before);
  output("outcome", outcome);
  output("status", String(status));
  output("result", result ?? "");
  for (const [name, ending] of /** @type {const} */ ([
    ["report", ".html"],
    ["summary", ".md"],
  ])) {
    const file = result?.replace(/\.json$/, ending);
    output(name, file !== undefined && existsSync(file) ? file : "");
  }
  if (useBaseline && outcome === "pass") keepAsBaseline(result);
  process.exitCode = status;
}

/** Permissions are the workflow's: without them the job goes on, and says so. */
async function comment() {
  const event = JSON.parse(readFileSync(env.GITHUB_EVENT_PATH ?? "", "utf8"));
  const number = event.pull_request?.number;
  const { SUMMARY: summary = "", GITHUB_API_URL: api, GITHUB_REPOSITORY: repository } = env;
  if (number === undefined || summary === "") return;
  const marker = `<!-- slash8: ${env.BASELINE_KEY} -->`;
  const job = `${env.GITHUB_SERVER_URL}/${repository}/actions/runs/${env.GITHUB_RUN_ID}`;
  const body = `${marker}\n${readFileSync(summary, "utf8").trim()}\n\n[Result and report](${job}) of ${env.GITHUB_SHA}\n`;
  const comments = `${api}/repos/${repository}/issues/${number}/comments`;
  let own;
  for (let page = 1; own === undefined; page += 1) {
    const some = await request("GET", `${comments}?per_page=100&page=${page}`);
    if (some === null) return;
    const earlier = /** @type {{ id: number, body?: string }[]} */ (some);
    own = earlier.find(({ body: text }) => text?.startsWith(marker));
    if (earlier.length < 100) break;
  }
  if (own === undefined) await request("POST", comments, { body });
  else await request("PATCH", `${api}/repos/${repository}/issues/comments/${own.id}`, { body });
}

/**
 * @param {string} method
 * @param {string} url
 * @param {object} [data]
 * @returns {Promise<unknown>} the answer; null where GitHub does not allow it, or cannot be reached
 */
async function request(method, url, data) {
  const headers = { accept: "application/vnd.github+json", authorization: `Bearer ${env.TOKEN}` };
  const sent = data === undefined ? {} : { body: JSON.stringify(data) };
  const answer = await fetch(url, { method, headers, ...sent }).catch(
    (/** @type {Error} */ error) => error,
  );
  if (!(answer instanceof Error) && answer.ok) return answer.json();
  const why = answer instanceof Error ? answer.message : `GitHub answered ${answer.status}`;
  console.log(
    `::notice title=slash8::there is no comment on the pull request: ${why}. It needs "permissions: pull-requests: write", which pull requests of forks do not get; the job's summary has the same text`,
  );
  return null;
}

/**
 * @param {readonly string[]} command
 * @returns {number} its exit status
 */
function slash8(command) {
  const ran = spawnSync("npx", ["--yes", `slash8@${env.SLASH8_VERSION}`, ...command], {
    stdio: "inherit",
  });
  return ran.status ?? 1;
}

/** @param {string} scenario a file; whether it is there, and right, is for slash8 to say */
function namesBaseline(scenario) {
  return existsSync(scenario) && /\bbaseline\b/.test(readFileSync(scenario, "utf8"));
}

/** @returns {string} */
function baselineFolder() {
  return join(env.RUNNER_TEMP ?? ".", "slash8-baseline", basename(env.SCENARIO ?? ""));
}

function baselineFiles() {
  const folder = baselineFolder();
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => join(folder, name));
}

/** @param {string | null} result */
function keepAsBaseline(result) {
  if (result === null) return;
  mkdirSync(baselineFolder(), { recursive: true });
  // By the time of the run, in the order of time.
  copyFileSync(
    result,
    join(baselineFolder(), `${new Date().toISOString().replaceAll(":", "-")}.json`),
  );
  for (const file of baselineFiles().slice(0, -baselineRuns)) rmSync(file);
}

/**
 * @param {string} folder
 * @param {ReadonlySet<string>} before names that were there
 * @returns {string | null} the result that was written since; of a series its summary
 */
function newest(folder, before) {
  if (!existsSync(folder)) return null;
  const names = readdirSync(folder).filter((name) => /Z(-summary)?\.json$/.test(name));
  const written = names.filter((name) => !before.has(name)).sort();
  const found = written.find((name) => name.endsWith("-summary.json")) ?? written.at(-1);
  return found === undefined ? null : join(folder, found);
}

/**
 * @param {string} name
 * @param {string} value
 */
function output(name, value) {
  console.log(`${name}: ${value}`);
  if (env.GITHUB_OUTPUT) appendFileSync(env.GITHUB_OUTPUT, `${name}=${value}\n`);
}
