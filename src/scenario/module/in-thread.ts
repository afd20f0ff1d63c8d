/** Modules of users run in a thread of their own: one that never ends can be stopped. */
import { Worker } from "node:worker_threads";
import { packageFile } from "../../base/package-file.ts";
import type { Failure } from "../../protocols/modules/failure.ts";
import { workerPlace } from "./worker-place.ts";

/** A module that has not exported anything after that long never will. */
export const longestMs = 10_000;

/**
 * Runs one of the entries of this folder, which posts one message.
 *
 * @param entry  its name: "worker"
 * @param task   what it is given: the absolute path of the module, and more
 * @param what   a module exports: "a scenario"
 * @param limit  ms
 */
export async function inThread<Answer>(
  entry: string,
  task: { readonly path: string },
  what: string,
  limit: number,
): Promise<Answer | { readonly failure: Failure }> {
  // Built, also where this file runs as its source, in tests: as child processes are.
  const file = packageFile(`dist/scenario/module/${entry}.js`);
  const worker = new Worker(file, { workerData: task, stdout: true });
  // Standard output is for results.
  worker.stdout.pipe(process.stderr, { end: false });
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(async () => {
        const seconds = limit / 1000;
        const message = `the module has not exported ${what} within ${seconds} s: does it wait for something, or loop?`;
        resolve({ failure: { message, at: await workerPlace(task.path) } });
      }, limit);
      worker.once("message", (answer: Answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      worker.once("error", (error) => {
        clearTimeout(timer);
        reject(error);
      });
      worker.once("exit", () => {
        clearTimeout(timer);
        const message = `the module ended before it had exported ${what}: does it call process.exit, or wait for what never comes?`;
        resolve({ failure: { message, at: null } });
      });
    });
  } finally {
    await worker.terminate();
  }
}
