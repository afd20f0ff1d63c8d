import { formatCount } from "../../../base/units.ts";
import { clientCertificateAlerts } from "../../../io/tls/errors.ts";
import type { WorkloadData } from "../input.ts";

interface Cause {
  readonly codes: readonly string[];
  /** What it means and what to do, behind "12 connections: ". @param at "workloads.chat.tls" */
  readonly text: (at: string) => string;
}

const causes: readonly Cause[] = [
  {
    codes: ["TLS_WRONG_VERSION_NUMBER", "TLS_PACKET_LENGTH_TOO_LONG"],
    text: (at) =>
      `the target answered without TLS: name a port where it speaks TLS, or leave ${at} out`,
  },
  {
    codes: ["TLS_HANDSHAKE_CLOSED", "TLS_HANDSHAKE_TIMEOUT"],
    text: (at) =>
      "the target accepted the connection but did not complete the handshake (within connectTimeout): see its log; if it " +
      `does not speak TLS on that port, leave ${at} out`,
  },
  {
    codes: [
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "SELF_SIGNED_CERT_IN_CHAIN",
    ],
    text: (at) =>
      `nobody whom the clients trust has signed the target's certificate: give ${at}.ca the certificate of who did, ` +
      "or accept any with insecure: true",
  },
  {
    codes: ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"],
    text: () =>
      "the target's certificate is not valid now: renew it, or accept it with insecure: true",
  },
  {
    codes: ["CERT_NAME_MISMATCH"],
    text: (at) =>
      "the target's certificate is for another name than the clients connected to: give the name that it is for as " +
      `${at}.serverName`,
  },
  {
    codes: ["TLS_ALERT_PROTOCOL_VERSION", "TLS_UNSUPPORTED_PROTOCOL"],
    text: (at) => `the target speaks no version of TLS that is accepted: see ${at}.minVersion`,
  },
  {
    codes: clientCertificateAlerts,
    text: (at) =>
      `the target does not accept the clients' certificate: give ${at}.cert and ${at}.key one that it trusts`,
  },
  {
    codes: ["TLS_ALERT_HANDSHAKE_FAILURE"],
    text: (at) =>
      `the target refused the handshake: it may want a certificate of the clients (${at}.cert and ${at}.key), or ` +
      "ciphers that Node does not offer",
  },
  {
    codes: ["TLS_ALERT_NO_APPLICATION_PROTOCOL", "TLS_NO_ALPN"],
    text: (at) => `the target speaks none of the protocols in ${at}.alpn`,
  },
];

/** Says what the errors of a workload's handshakes mean, and what to do. */
export function tlsNotes({ accumulator, workload, plan }: WorkloadData): string[] {
  if (workload.tls === null) return [];
  return causes.flatMap(({ codes, text }) => {
    const errors = accumulator.total.errors.filter(({ code }) => codes.includes(code));
    if (errors.length === 0) return [];
    const count = errors.reduce((sum, error) => sum + error.count, 0);
    const names = [...new Set(errors.map(({ code }) => code))].join(", ");
    return [`${formatCount(count)} times ${names}: ${text(`workloads.${plan.name}.tls`)}`];
  });
}
