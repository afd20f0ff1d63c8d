#!/usr/bin/env node
/** The program `slash8`. It imports nothing, as each import is a file to open, of which there may be too few even for that. */

/** "This machine cannot hold it", as in `exitStatus`. */
const cannotHold = 3;

const program = await import("./program.ts").catch((error: NodeJS.ErrnoException) => {
  if (error.code !== "EMFILE" && error.code !== "ENFILE") throw error;
  process.stderr.write(
    "slash8: there are too few open files to begin: raise their limit (ulimit -n 20000)\n",
  );
  process.exit(cannotHold);
});
await program.runProgram();
