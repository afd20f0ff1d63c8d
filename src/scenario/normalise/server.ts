import { resolve } from "node:path";
import { type Endpoint, formatEndpoint } from "../../address/flow.ts";
import { defaultProtocol, type Protocol, protocols } from "../../address/protocol.ts";
import { UserError } from "../../base/errors.ts";
import { createLinePattern } from "../../base/regex/pattern.ts";
import { builtinProtocols } from "../builtins.ts";
import { parseEndpoints } from "../endpoint.ts";
import { addressOf } from "../host-names.ts";
import type { BuiltinName, BuiltinOptions, Command, Server } from "../scenario.ts";
import { readFields } from "../schema/read-fields.ts";
import { type ServerInput, serverSchema } from "../schema/server.ts";
import { type UdpChoices, udpConflict, udpOptions } from "../schema/udp-options.ts";
import { keysOf } from "../schema/values.ts";
import { besideFile } from "../source/include.ts";
import type { Path } from "../source/tree.ts";
import { attempt, itemsOf, type NormaliseContext, soleKey } from "./context.ts";
import { activationOf, restartOf } from "./restart.ts";
import { noDtls, normaliseServerTls } from "./tls.ts";

type Key = keyof ServerInput;

const builtinKeys: readonly Key[] = [
  "processes",
  "mode",
  "idleTimeout",
  "newPeers",
  "delay",
  "loss",
  "pause",
  "closeAfter",
  "body",
  "tls",
];
const commandKeys: readonly Key[] = [
  "cwd",
  "env",
  "ready",
  "readyTimeout",
  "stopSignal",
  "stopTimeout",
  "missing",
];

/** Options that only some built-in servers use, and which ones. */
const builtinsWith: Readonly<Partial<Record<Key, readonly BuiltinName[]>>> = {
  mode: ["udp-echo", "udp-sink"],
  idleTimeout: ["udp-echo", "udp-sink"],
  newPeers: ["udp-echo", "udp-sink"],
  delay: ["tcp-echo", "tcp-http", "udp-echo"],
  loss: ["tcp-echo", "tcp-http", "udp-echo", "udp-sink"],
  closeAfter: ["tcp-echo", "tcp-sink", "tcp-http"],
  body: ["tcp-http"],
};

/** A server with its defaults; null where something is wrong, which is reported. */
export function normaliseServer(
  name: string,
  input: ServerInput,
  context: NormaliseContext,
): Server | null {
  const { diagnostics } = context;
  const path: Path = ["servers", name];
  const before = diagnostics.problems.length;
  const { builtin, command } = input;
  const kind = kindOf(input);
  refuseKeys(input, kind, path, context);
  const protocol = protocolOf(input, path, context);
  const listen = listenOf(input.listen, kind, path, context);
  const restart = restartOf(input, kind, path, context);
  const server: Server = {
    name,
    kind,
    protocol,
    listen,
    builtin: builtin ?? null,
    options:
      builtin === undefined ? null : builtinOptions(input, builtin, listen.length, path, context),
    processes: input.processes ?? null,
    tls: isUdp(input) ? null : normaliseServerTls(input.tls, [...path, "tls"], context),
    command: command === undefined ? null : commandOf(input, command, protocol, path, context),
    activation: activationOf(input, kind, restart, path, context),
    restart,
  };
  return diagnostics.problems.length > before ? null : server;
}

function kindOf({ builtin, command }: Pick<ServerInput, "builtin" | "command">): Server["kind"] {
  return builtin !== undefined ? "builtin" : command !== undefined ? "command" : "external";
}

function refuseKeys(
  input: ServerInput,
  kind: Server["kind"],
  path: Path,
  { diagnostics }: NormaliseContext,
): void {
  if (input.builtin !== undefined && input.command !== undefined) {
    diagnostics.key([...path, "command"], "a server has builtin or command, not both");
  }
  for (const key of Object.keys(input) as Key[]) {
    const isOther =
      (kind !== "builtin" && builtinKeys.includes(key)) ||
      (kind !== "command" && commandKeys.includes(key));
    const takers = builtinsWith[key];
    if (isOther) {
      const owner = builtinKeys.includes(key) ? "builtin" : "command";
      const remedy = key === "tls" ? "; write tls in the workloads that it is the target of" : "";
      diagnostics.key([...path, key], `${key} is for a server with ${owner}${remedy}`);
    } else if (key === "tls" && isUdp(input)) {
      diagnostics.key([...path, key], noDtls);
    } else if (key === "processes" && isUdp(input) && input.mode !== "reuseport") {
      diagnostics.key(
        [...path, key],
        "processes is for servers over TCP, and over UDP for mode: reuseport",
      );
    } else if (input.builtin !== undefined && takers?.includes(input.builtin) === false) {
      diagnostics.key(
        [...path, key],
        `${key} has no meaning for ${input.builtin}; it is for ${takers.join(", ")}`,
      );
    }
  }
}

function protocolOf(input: ServerInput, path: Path, { diagnostics }: NormaliseContext): Protocol {
  if (input.builtin === undefined) return input.protocol ?? defaultProtocol;
  const own = builtinProtocols[input.builtin];
  if (input.protocol !== undefined && input.protocol !== own) {
    diagnostics.value(
      [...path, "protocol"],
      `${input.builtin} speaks ${own}, not ${input.protocol}`,
    );
  }
  return own;
}

/**
 * Checks what can be checked in a server whose shape is wrong elsewhere: where it listens; and where these parts are
 * well-formed, which fields it cannot use, and its restarts.
 */
export function checkServerParts(
  name: string,
  input: Readonly<Record<string, unknown>>,
  context: NormaliseContext,
): void {
  const listen = serverSchema.shape.listen.safeParse(input.listen);
  // Treated as a built-in one, which may listen anywhere: nothing is reported that depends on the kind.
  const path: Path = ["servers", name];
  if (listen.success) listenOf(listen.data, "builtin", path, context);
  const { shape } = serverSchema;
  const restarting = readFields(shape, restartFields, input);
  if (restarting === null) return;
  const known = Object.keys(input).filter((key) => Object.hasOwn(shape, key));
  const fields = Object.fromEntries(known.map((key) => [key, input[key]]));
  const parts = { ...fields, ...restarting } as ServerInput;
  const kind = kindOf(parts);
  refuseKeys(parts, kind, path, context);
  activationOf(parts, kind, restartOf(parts, kind, path, context), path, context);
}

/** Fields that the checks of restarts are about. */
const restartFields = [
  "builtin",
  "command",
  "restart",
  "processes",
  "activation",
  "protocol",
  "ready",
] as const;

function listenOf(
  input: ServerInput["listen"],
  kind: Server["kind"],
  path: Path,
  context: NormaliseContext,
): readonly Endpoint[] {
  const { diagnostics, allowRemote } = context;
  const name = String(path.at(-1));
  const nameReader = addressOf(context, `server ${name}`, context.familyOfClients(name));
  if (input === undefined) {
    if (kind !== "builtin") {
      diagnostics.key(
        path,
        "listen is missing: the address and port of this server, as in 127.0.0.1:7000",
      );
    }
    return [{ address: "127.0.0.1", port: 0 }];
  }
  const seen = new Set<string>();
  return itemsOf(input, [...path, "listen"]).flatMap(([text, at]) => {
    return (
      attempt(diagnostics, at, () => {
        const endpoints = parseEndpoints(text, allowRemote, nameReader);
        for (const endpoint of endpoints) {
          const own = formatEndpoint(endpoint);
          if (endpoint.port === 0 && kind !== "builtin") {
            throw new UserError(`${own}: port 0 (any free port) is for builtin servers only`);
          }
          if (endpoint.port !== 0 && seen.has(own)) throw new UserError(`${own} is listed twice`);
          seen.add(own);
        }
        return endpoints;
      }) ?? []
    );
  });
}

function builtinOptions(
  input: ServerInput,
  builtin: BuiltinName,
  listens: number,
  path: Path,
  { diagnostics, allowRemote }: NormaliseContext,
): BuiltinOptions {
  const { pause } = input;
  if (pause !== undefined && pause.for >= pause.every) {
    diagnostics.value(
      [...path, "pause", "for"],
      "for must be shorter than every, or nothing is ever served",
    );
  }
  const choices: UdpChoices = {
    mode: input.mode,
    idleTimeoutNs: input.idleTimeout,
    newPeersPerSecond: input.newPeers,
  };
  const conflict = isUdp(input) ? udpConflict(builtin, choices, listens) : null;
  if (conflict !== null) {
    const key = keyOfChoice[conflict.key];
    if (key === "mode") diagnostics.value([...path, key], conflict.message);
    else diagnostics.key([...path, key], `${key} ${conflict.message}`);
  }
  return {
    delayNs: input.delay ?? 0,
    loss: input.loss ?? 0,
    pause: pause === undefined ? null : { everyNs: pause.every, forNs: pause.for },
    closeAfter: input.closeAfter ?? null,
    bodyBytes: input.body ?? 64,
    udp: isUdp(input) ? udpOptions(choices, listens, allowRemote) : null,
  };
}

const keyOfChoice: Readonly<Record<keyof UdpChoices, Key>> = {
  mode: "mode",
  idleTimeoutNs: "idleTimeout",
  newPeersPerSecond: "newPeers",
};

function isUdp({ builtin }: ServerInput): boolean {
  return builtin !== undefined && protocols[builtinProtocols[builtin]].isDatagram;
}

function commandOf(
  input: ServerInput,
  command: NonNullable<ServerInput["command"]>,
  protocol: Protocol,
  path: Path,
  context: NormaliseContext,
): Command {
  const { diagnostics } = context;
  const cwdPath = [...path, "cwd"];
  return {
    argv:
      typeof command === "string"
        ? ["/bin/sh", "-c", shellText(command)]
        : command.map((_, index) => diagnostics.text([...path, "command", index])),
    cwd:
      input.cwd === undefined
        ? context.directory
        : resolve(besideFile(input.cwd, diagnostics.at(cwdPath).file)),
    env: environmentOf(input, path, context),
    ready: readyOf(input, protocol, path, context),
    readyTimeoutNs: input.readyTimeout ?? 10e9,
    stopSignal: input.stopSignal ?? "SIGTERM",
    stopTimeoutNs: input.stopTimeout ?? 5e9,
    missing: input.missing ?? "fail",
  };
}

/**
 * A single command replaces the shell: its exit status and its signals are then its own. `exec` before
 * several commands (`cd x && ./server`, `a; b`) or before an assignment (`PORT=1 ./server`) would only apply
 * to the first, or to none.
 */
function shellText(command: string): string {
  const isSingle = /^\s*[\w./-]+(\s[^;&|<>()`\n]*)?$/.test(command);
  const isBuiltin = /^\s*(cd|exec|export|set|unset|ulimit|umask|if|for|while|until|case)\b/.test(
    command,
  );
  return isSingle && !isBuiltin ? `exec ${command}` : command;
}

function environmentOf(
  input: ServerInput,
  path: Path,
  { diagnostics }: NormaliseContext,
): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const name of Object.keys(input.env ?? {})) {
    const at = [...path, "env", name];
    const text = diagnostics.text(at);
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      diagnostics.key(at, `"${name}" is not a name of an environment variable`);
    } else if (text.includes("\0")) {
      diagnostics.value(at, "must not contain a NUL character");
    } else {
      env[name] = text;
    }
  }
  return env;
}

function readyOf(
  input: ServerInput,
  protocol: Protocol,
  path: Path,
  { diagnostics }: NormaliseContext,
): Command["ready"] {
  const at = [...path, "ready"];
  const { ready } = input;
  if (ready === undefined) {
    // The port of a socket that slash8 opens answers before there is a server.
    return protocols[protocol].hasConnections && input.activation !== true
      ? { by: "port" }
      : { by: "delay", delayNs: 1e9 };
  }
  if (ready === "port") {
    if (!protocols[protocol].hasConnections) {
      diagnostics.value(at, "a UDP port does not answer: use { output: ... } or { delay: 1s }");
    }
    return { by: "port" };
  }
  const key = soleKey<keyof typeof ready>(diagnostics, at, ready, keysOf("a ready"));
  if (key === null || ready.output === undefined) return { by: "delay", delayNs: ready.delay ?? 0 };
  const { output } = ready;
  attempt(diagnostics, [...at, "output"], () => createLinePattern(output));
  return { by: "output", pattern: output };
}
