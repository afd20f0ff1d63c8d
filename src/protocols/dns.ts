import { copyBytes, readUint16, writeUint16 } from "../base/bytes.ts";
import { UserError } from "../base/errors.ts";
import { IdNumbers } from "../base/numbers/id-numbers.ts";
import { defineProtocol, incomplete, kind, malformed, type ProtocolSession } from "./protocol.ts";
import { SizedMessages } from "./sized-messages.ts";

const headerBytes = 12;
const dot = 46;

/** Record types that can be asked for. */
const types = {
  ...{ A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, NAPTR: 35 },
  ...{ DS: 43, DNSKEY: 48, TLSA: 52, SVCB: 64, HTTPS: 65, ANY: 255, CAA: 257 },
} as const;
const typeNames = Object.keys(types) as (keyof typeof types)[];

/** Their places are their numbers. @see https://www.iana.org/assignments/dns-parameters#dns-parameters-6 */
const rcodes = [
  ...["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET"],
  ...["NXRRSET", "NOTAUTH", "NOTZONE", "DSOTYPENI", "RCODE_12", "RCODE_13", "RCODE_14", "RCODE_15"],
];
/** A result beside them: the answer did not fit. */
const truncated = rcodes.length;
const results = [...rcodes, "TRUNCATED"];
/** Statuses have three digits: that of a result is its number and this. */
const firstStatus = 100;
/** Of replies that are no answers to what was asked: these are always errors. */
const wrongQuestion = results.length;
const noQuestion = results.length + 1;
const names = [...results, "WRONG_QUESTION", "NO_QUESTION"];

/**
 * DNS: each request asks for a name. Replies are found by their id, a number that looks random; 65,536 queries of a
 * connection have different ones, so a reply is found among its latest 65,536.
 *
 *     | offset | size | content                                                          |
 *     | ------ | ---- | ---------------------------------------------------------------- |
 *     | 0      | 2    | id                                                               |
 *     | 2      | 2    | flags: reply 0x8000, truncated 0x0200, recursion 0x0100, rcode 15|
 *     | 4      | 8    | counts: questions, answers, authorities, additional records      |
 *     | 12     | ...  | the question: name, type, class; then records                    |
 *
 * @see RFC 1035, sections 4.1 (messages) and 4.2.2 (TCP: the length in front); RFC 6891, section 6.1.2 (EDNS)
 */
export const dns = defineProtocol({
  about: "DNS queries, over UDP or TCP",
  over: ["udp", "tcp"],
  options: {
    type: {
      about: "Type of the records that are asked for.",
      type: "choice",
      choices: typeNames,
      default: "A",
    },
    recursion: {
      about: "Whether the server is to ask others.",
      type: "boolean",
      default: true,
    },
    edns: {
      about: "The longest UDP reply that is announced (EDNS), bytes; 0: queries without EDNS.",
      type: "integer",
      least: 0,
      most: 65_535,
      default: 1232,
    },
    accept: {
      about: "Results that are no errors, beside NOERROR: NXDOMAIN, SERVFAIL, ..., TRUNCATED.",
      type: "list",
      default: [],
    },
  },
  message: {
    about: 'The name that is asked for: "{{names.name}}", "www.example.com".',
    default: null,
  },

  statusNames: Object.fromEntries(names.map((name, index) => [firstStatus + index, name])),

  create({ options, slots, isStream, seed }) {
    const { edns } = options;
    const type = types[options.type];
    const accepted = new Set([0, ...options.accept.map(resultNumber)]);
    /** A message begins behind its length. */
    const prefixBytes = isStream ? 2 : 0;
    const ids = new IdNumbers(65_536, true, seed);

    const messages = new SizedMessages(slots, 2, lengthOf);
    /** Uint32, per slot: the connection's number. */
    const connections = new Uint32Array(slots);
    /** Uint8, per slot: the latest result. */
    const latest = new Uint8Array(slots);

    const asked = new Questions();

    const session: ProtocolSession = {
      maxBytes: (payloadBytes) => prefixBytes + headerBytes + payloadBytes + 2 + 4 + 11,

      write(into, at, slot, sequence, payload, start, end) {
        const first = at + prefixBytes;
        const id = ids.of(connections[slot] as number, sequence);
        let to = writeUint16(into, first, id);
        to = writeUint16(into, to, options.recursion ? 0x0100 : 0);
        into.fill(0, to, to + 8);
        into[to + 1] = 1;
        into[to + 7] = edns > 0 ? 1 : 0;
        to = writeName(into, to + 8, payload, start, end);
        to = writeUint16(into, writeUint16(into, to, type), 1);
        asked.note(slot, id, into, first + headerBytes, to);
        if (edns > 0) {
          into.fill(0, to, to + 11);
          into[to + 2] = 41; // a record OPT of the root: its class is the size
          writeUint16(into, to + 3, edns);
          to += 11;
        }
        if (isStream) writeUint16(into, at, to - first);
        return to - at;
      },

      scan: (slot, bytes, start, end) => messages.scan(slot, bytes, start, end),

      classify(slot, bytes, start, end) {
        const at = start + prefixBytes;
        if (end - at < headerBytes) return kind.reply; // to no query: `match` says so
        const flags = readUint16(bytes, at + 2);
        const result = (flags & 0x0200) !== 0 ? truncated : flags & 15;
        latest[slot] = result;
        const fault = (flags & 0x8000) === 0 ? 0 : faultOf(slot, bytes, at, end, result);
        if (fault !== 0) {
          latest[slot] = fault;
          return kind.error;
        }
        return accepted.has(result) ? kind.reply : kind.error;
      },

      errorCode: (slot) => `DNS_${names[latest[slot] as number]}`,

      status: (slot) => firstStatus + (latest[slot] as number),

      match(slot, bytes, start, end, next) {
        const at = start + prefixBytes;
        if (end - at < headerBytes || (bytes[at + 2] as number) < 128) return -1;
        return ids.sequenceOf(connections[slot] as number, readUint16(bytes, at), next);
      },

      reset(slot, connection) {
        connections[slot] = connection;
        messages.reset(slot);
      },
    };
    return session;

    /** Whether a reply is no answer to what its query asked: `wrongQuestion`, `noQuestion`; 0: it may be. */
    function faultOf(
      slot: number,
      bytes: Uint8Array,
      at: number,
      end: number,
      result: number,
    ): number {
      if (readUint16(bytes, at + 4) > 0) {
        const isAsked = asked.is(slot, readUint16(bytes, at), bytes, at + headerBytes, end);
        return isAsked ? 0 : wrongQuestion;
      }
      const hasRecords = readUint16(bytes, at + 6) > 0 || readUint16(bytes, at + 8) > 0;
      return result === 0 && !hasRecords ? noQuestion : 0;
    }
  },
});

/** How many of a worker's queries are kept: a power of two. */
const keptQuestions = 65_536;

/**
 * What the latest queries of all connections asked, as hashes: 768 KiB. A query may take the place of another one that
 * still waits, whose reply is not compared then.
 */
class Questions {
  /** By place: the slot and 1; 0: none. */
  readonly #slots = new Uint32Array(keptQuestions);
  readonly #ids = new Uint16Array(keptQuestions);
  readonly #lengths = new Uint16Array(keptQuestions);
  readonly #hashes = new Uint32Array(keptQuestions);

  note(slot: number, id: number, bytes: Uint8Array, start: number, end: number): void {
    const place = placeOf(slot, id);
    // A name that is too long for this is none: it is not compared.
    const length = end - start;
    this.#slots[place] = length > 0xffff ? 0 : slot + 1;
    this.#ids[place] = id;
    this.#lengths[place] = length;
    this.#hashes[place] = hashOf(bytes, start, end);
  }

  /** Whether the question at `bytes[start]` is that of the query, as far as that is known. Case is not compared. */
  is(slot: number, id: number, bytes: Uint8Array, start: number, end: number): boolean {
    const place = placeOf(slot, id);
    if (this.#slots[place] !== slot + 1 || this.#ids[place] !== id) return true;
    const until = start + (this.#lengths[place] as number);
    return until <= end && hashOf(bytes, start, until) === this.#hashes[place];
  }
}

/** Ids of a connection are all different: only those of others are in each other's way. */
function placeOf(slot: number, id: number): number {
  return (id ^ Math.imul(slot, 0x9e3779b1)) & (keptQuestions - 1);
}

/** FNV-1a, of letters in lower case. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    hash = Math.imul(hash ^ (byte >= 65 && byte <= 90 ? byte + 32 : byte), 0x01000193);
  }
  return hash >>> 0;
}

/** TCP: a message has its length in front. */
function lengthOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 2) return incomplete;
  const length = readUint16(bytes, start);
  return length < headerBytes ? malformed : 2 + length;
}

/** A name's labels, each with its length in front. One that DNS does not allow goes out all the same: servers refuse it. */
function writeName(
  into: Uint8Array,
  at: number,
  name: Uint8Array,
  start: number,
  end: number,
): number {
  // "example.com." is "example.com", and "." the root.
  const last = end > start && name[end - 1] === dot ? end - 1 : end;
  let to = at;
  for (let from = start; from < last; ) {
    let until = from;
    while (until < last && name[until] !== dot) until++;
    into[to] = until - from;
    to = copyBytes(name, from, until, into, to + 1);
    from = until + 1;
  }
  into[to] = 0;
  return to + 1;
}

function resultNumber(name: string): number {
  const result = results.indexOf(name.toUpperCase());
  if (result < 0)
    throw new UserError(`accept: "${name}" is not a result; known: ${results.join(", ")}`);
  return result;
}
