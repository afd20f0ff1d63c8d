/**
 * Loaded into every process and thread of the run that a soak watches (NODE_OPTIONS): reports what each of them has on its
 * heap, which nobody can see from outside. One line of JSON a sample, in a file of its own.
 */
import { appendFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { threadId } from "node:worker_threads";

const everyMs = 2000;
const folder = process.env.SLASH8_SOAK_FOLDER;

if (folder !== undefined) {
  const path = process.argv[1] ?? "";
  // "agent/main" of the built file, as the processes are called.
  const entry = `${basename(dirname(path))}/${basename(path, ".js")}`;
  const file = join(folder, `${process.pid}-${threadId}.jsonl`);
  setInterval(() => {
    const { heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
    const sample = { atMs: Date.now(), pid: process.pid, thread: threadId, entry };
    const memory = { heapUsed, heapTotal, external, arrayBuffers };
    try {
      appendFileSync(file, `${JSON.stringify({ ...sample, ...memory })}\n`);
    } catch {
      // The soak has ended and removed its folder.
    }
  }, everyMs).unref();
}
