/** Placeholders of commands at gates: processes of servers. */

export interface AtPlaceholder {
  readonly text: string;
  /** Null: the server that the gate's workload sends to. Undefined: it is none. */
  readonly server: string | null | undefined;
}

export function placeholdersOf(run: string): AtPlaceholder[] {
  return [...run.matchAll(form)].map(([text, name = ""]) => ({ text, server: serverOf(name) }));
}

/** @param pidsOf the server's processes */
export function withPids(
  run: string,
  pidsOf: (server: string | null) => readonly number[],
): string {
  return run.replaceAll(form, (text, name: string) => {
    const server = serverOf(name);
    return server === undefined ? text : pidsOf(server).join(",");
  });
}

const form = /\{\{\s*(.*?)\s*\}\}/g;

function serverOf(name: string): string | null | undefined {
  if (name === "server.pid") return null;
  return /^servers\.([a-zA-Z][a-zA-Z0-9_-]*)\.pid$/.exec(name)?.[1];
}
