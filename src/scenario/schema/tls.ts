import { z } from "zod";
import { line, map, oneOrMany } from "./values.ts";

const tlsVersions = ["TLSv1.2", "TLSv1.3"] as const;

/** Fields of `tls` that name files. */
export const tlsFiles = ["ca", "cert", "key"] as const;

/** How a workload's connections are encrypted. */
export const workloadTlsSchema = z.union(
  [
    z.boolean(),
    map("a workload's tls", {
      ca: line.optional().meta({
        description: "File (PEM) with the certificates that may have signed the target's.",
        byDefault:
          "those that Node trusts, and of a builtin that makes its certificate itself, that one",
      }),
      cert: line.optional().meta({
        description:
          "File (PEM) with the clients' own certificate and the chain above it, for targets that ask for one.",
        byDefault: "none",
      }),
      key: line.optional().meta({
        description: "File (PEM) with the private key of cert, not encrypted.",
        byDefault: "none",
      }),
      serverName: line.optional().meta({
        description:
          "Host name that the clients ask for (SNI), and that the target's certificate must be for.",
        byDefault:
          "none is sent, and the certificate must be for the target's address; localhost for a builtin that " +
          "makes its certificate itself",
      }),
      alpn: oneOrMany(line, "a protocol such as h2, or a list of them").optional().meta({
        description:
          "Protocols that the clients offer (ALPN); a target that chooses none of them is an error.",
        byDefault: "none",
      }),
      minVersion: z
        .enum(tlsVersions)
        .optional()
        .meta({ description: "Oldest version that is accepted.", byDefault: "TLSv1.2" }),
      resume: z
        .boolean()
        .optional()
        .meta({
          description:
            "Connections resume the session that the target gave out last, each worker its own, as a client " +
            "that comes back does. Otherwise every handshake is a full one.",
          byDefault: "false",
        }),
      insecure: z.boolean().optional().meta({
        description: "Accept any certificate of the target, without checking it.",
        byDefault: "false",
      }),
    }),
  ],
  {
    error:
      "expected true, false or a map of ca, cert, key, serverName, alpn, minVersion, resume, insecure",
  },
);

/** How a built-in server encrypts. */
export const serverTlsSchema = z.union(
  [
    z.boolean(),
    map("a server's tls", {
      cert: line.describe("File (PEM) with the server's certificate and the chain above it."),
      key: line.describe("File (PEM) with its private key, not encrypted."),
    }),
  ],
  { error: "expected true, false or { cert, key }" },
);

export type WorkloadTlsInput = z.output<typeof workloadTlsSchema>;
export type ServerTlsInput = z.output<typeof serverTlsSchema>;
