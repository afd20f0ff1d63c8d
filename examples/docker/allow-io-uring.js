/**
 * Adds io_uring's three system calls to a seccomp profile of a container runtime:
 *
 *     node allow-io-uring.js default.json >seccomp.json
 */
import { readFileSync } from "node:fs";

const calls = ["io_uring_setup", "io_uring_enter", "io_uring_register"];

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error("usage: node allow-io-uring.js PROFILE, the runtime's default one: see README.md");
  process.exit(2);
}
const profile = JSON.parse(readFileSync(path, "utf8"));
if (typeof profile.defaultAction !== "string" || !Array.isArray(profile.syscalls)) {
  console.error(`${path} is not a seccomp profile: it lacks "defaultAction" or "syscalls"`);
  process.exit(1);
}
profile.syscalls.push({ names: calls, action: "SCMP_ACT_ALLOW" });
console.log(JSON.stringify(profile, null, 2));
