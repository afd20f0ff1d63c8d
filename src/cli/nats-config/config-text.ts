/** The text of a configuration of nats-server (pure). */
import { subjects } from "../../hosts/protocol.ts";

export interface ConfigTls {
  /** Absolute paths. */
  readonly cert: string;
  readonly key: string;
  /** Clients need a certificate signed by one in this file; null: they need none. */
  readonly clientCa: string | null;
}

export interface ConfigUser {
  /** Of its nkey. */
  readonly publicKey: string;
  /** The file with its seed, for people. */
  readonly file: string;
}

export interface ConfigTeam {
  readonly name: string;
  readonly coordinator: ConfigUser;
  /** `host` null: for all machines of the team. */
  readonly agents: readonly (ConfigUser & { readonly host: string | null })[];
}

export interface ConfigRequest {
  /** "0.0.0.0:4222". */
  readonly listen: string;
  /** Null: the server does not encrypt. */
  readonly tls: ConfigTls | null;
  readonly teams: readonly ConfigTeam[];
}

/** Largest message; slash8 cuts what is larger. */
const maxPayload = "1MB";

export function configText({ listen, tls, teams }: ConfigRequest): string {
  return `# For nats-server, written by slash8 nats-config. To check it: nats-server -t -c FILE
# After a change: restart it, or send it SIGHUP. A run survives a restart of up to 5 s.

listen: ${quoted(listen)}

${tls === null ? withoutTls : tlsText(tls)}

# No JetStream: what a run says is kept by its ends, and nothing is written to disk.
# No clients without a key, and no monitoring port (http: 127.0.0.1:8222 would open one).

# slash8 cuts larger messages into packets of this size.
max_payload: ${maxPayload}
# Agents and runs at once, with room: each has one connection.
max_connections: 1000
# What may wait for one client that is slow to read, before the server hangs up on it.
max_pending: 64MB
write_deadline: "10s"
# A client whose machine is gone is noticed.
ping_interval: "10s"
ping_max: 3

# Keys are nkeys (Ed25519): these are the public halves, which need not be secret. To take a key out of use, remove its user here.
# Accounts do not see each other's subjects.
accounts {
${teams.map(teamText).join("\n")}
}
`;
}

const withoutTls = `# Not encrypted: what is sent can be read, and changed, by whoever is on the way. slash8 nats-config --tls-for 10.0.0.1 makes a
# certificate; with files of your own, it is
# tls {
#   cert_file: "/etc/nats/server.pem"
#   key_file: "/etc/nats/server-key.pem"
# }`;

function tlsText({ cert, key, clientCa }: ConfigTls): string {
  const clients =
    clientCa === null
      ? "  # Clients log in with keys, and need no certificates."
      : `  # Clients need a certificate of this CA, and a key as well.
  ca_file: ${quoted(clientCa)}
  verify: true`;
  return `tls {
  cert_file: ${quoted(cert)}
  key_file: ${quoted(key)}
${clients}
  timeout: 5
}`;
}

function teamText({ name, coordinator, agents }: ConfigTeam): string {
  return `  ${name} {
    users: [
      # Starts runs: slash8 load --nats-nkey ${coordinator.file}
      {
        nkey: ${quoted(coordinator.publicKey)}
        permissions: {
          # Asks who is there, claims hosts, and speaks to those of its runs.
          publish: { allow: ${listed([subjects.discover, subjects.claim("*"), subjects.down("*", "*")])} }
          subscribe: { allow: ${listed([subjects.up("*", "*"), "_INBOX.>"])} }
        }
      }
${agents.map(agentText).join("\n")}
    ]
  }`;
}

function agentText({ host, publicKey, file }: ConfigTeam["agents"][number]): string {
  const name = host ?? "*";
  const option = host === null ? "" : ` --name ${host}`;
  return `      # ${host === null ? "Any machine of the team" : `Machine ${host}`}: slash8 agent${option} --nats-nkey ${file}
      {
        nkey: ${quoted(publicKey)}
        permissions: {
          publish: { allow: ${listed([subjects.up("*", name)])} }
          subscribe: { allow: ${listed([subjects.discover, subjects.claim(name), subjects.down("*", name)])} }
          # One answer to each question, to who asked it.
          allow_responses: { max: 1, expires: "1m" }
        }
      }`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function listed(texts: readonly string[]): string {
  return `[${texts.map(quoted).join(", ")}]`;
}
