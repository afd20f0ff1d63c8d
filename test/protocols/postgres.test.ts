import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { postgres } from "../../src/protocols/postgres/postgres.ts";
import { createSalting, createScram } from "../../src/protocols/postgres/scram.ts";
import { open, read, requestOf, sessionOf } from "./sessions.ts";

/** A message: its type, its length, its body. */
function message(type: string, body: string | Buffer = ""): string {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + body.length);
  return `${type}${length.toString("latin1")}${body.toString("latin1")}`;
}

const ready = message("Z", "I");
const error = (code: string, severity = "ERROR") =>
  message("E", `S${severity}\0V${severity}\0C${code}\0Mno C here\0\0`);
const row =
  message("T", "\0\x01?column?\0") + message("D", "\0\x01\0\0\0\x011") + message("C", "SELECT 1\0");

describe("requests", () => {
  it("are simple queries", async () => {
    const session = await sessionOf(postgres);
    expect(requestOf(session, "select 1")).toBe("Q\0\0\0\x0dselect 1\0");
    expect(requestOf(session, "")).toBe("Q\0\0\0\x05\0");
  });

  const sync = "E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04";
  const prepared = { prepare: "insert into t values ($1, $2)" };

  /** Opens a connection whose statement has so many parameters. */
  async function preparedSession(parameters: number) {
    const session = await sessionOf(postgres, prepared);
    const description = message("1") + message("t", Buffer.from([0, parameters]));
    const replies = [message("R", "\0\0\0\0") + ready, description + message("n") + ready];
    const sent: string[] = [];
    expect(open(session, (_, nth) => replies[nth] as string, sent)).toBe("opened");
    return { session, sent };
  }

  it("execute a prepared statement", async () => {
    const { session, sent } = await preparedSession(2);
    expect(sent[1]).toBe(
      `${message("P", `slash8\0${prepared.prepare}\0\0\0`)}${message("D", "Sslash8\0")}${message("S")}`,
    );
    expect(requestOf(session, "7\té")).toBe(
      `${message("B", "\0slash8\0\0\0\0\x02\0\0\0\x017\0\0\0\x02\xc3\xa9\0\0")}${sync}`,
    );
    expect(requestOf(session, "\\N\t")).toBe(
      `${message("B", "\0slash8\0\0\0\0\x02\xff\xff\xff\xff\0\0\0\0\0\0")}${sync}`,
    );
    expect(requestOf(session, "")).toBe(
      `${message("B", "\0slash8\0\0\0\0\x01\0\0\0\0\0\0")}${sync}`,
    );
    expect(requestOf(session, "\t".repeat(300)).length).toBe(301 * 4 + 19 + sync.length);
  });

  it("have no parameters where the statement has none", async () => {
    const { session } = await preparedSession(0);
    expect(requestOf(session, "select 1")).toBe(`${message("B", "\0slash8\0\0\0\0\0\0\0")}${sync}`);
  });
});

describe("replies", async () => {
  const session = await sessionOf(postgres);

  it.each([
    row + ready,
    message("I") + ready,
    row + row + ready,
    row + message("N", "Mnote\0\0") + ready,
    message("1") + message("2") + message("C", "INSERT 0 1\0") + ready,
  ])("end with ReadyForQuery: %j", (reply) => {
    expect(read(session, reply)).toEqual([["reply", reply]]);
  });

  it("with an error are errors by SQLSTATE", () => {
    const wrong = error("42P01") + ready;
    const late = row + error("22012") + ready;
    expect(read(session, wrong + row + ready + late)).toEqual([
      ["POSTGRES_42P01", wrong],
      ["reply", row + ready],
      ["POSTGRES_22012", late],
    ]);
  });

  it("an error without SQLSTATE is one all the same", () => {
    const nameless = message("E", "SERROR\0Mwhat\0\0") + ready;
    expect(read(session, nameless)).toEqual([["POSTGRES_ERROR", nameless]]);
  });

  it.each(["", message("1"), message("T", "\0\0")])(
    "without a result are errors: %j before ReadyForQuery",
    (begun) => {
      const reply = begun + ready;
      expect(read(session, row + ready + reply + error("42P01") + ready + reply)).toEqual([
        ["reply", row + ready],
        ["POSTGRES_NO_RESULT", reply],
        ["POSTGRES_42P01", error("42P01") + ready],
        ["POSTGRES_NO_RESULT", reply],
      ]);
    },
  );

  it("the last word of a server that ends the connection is an error", () => {
    const fatal = error("57P01", "FATAL");
    expect(read(session, row + ready + fatal)).toEqual([
      ["reply", row + ready],
      ["POSTGRES_57P01", fatal],
    ]);
  });

  it("what comes between them is none", () => {
    const notice = message("N", "SNOTICE\0Mhm\0\0");
    const status = message("S", "TimeZone\0UTC\0");
    const push = message("A", "\0\0\0\x07channel\0hello\0");
    expect(read(session, notice + push + status + row + ready)).toEqual([
      ["ignore", notice],
      ["push", push],
      ["ignore", status],
      ["reply", row + ready],
    ]);
  });

  it.each(["HTTP/1.1 400 Bad\r\n", "Z\0\0\0\x03", "D\xff\xff\xff\xff"])(
    "%j is malformed",
    (bytes) => {
      expect(read(session, bytes)).toEqual([["malformed", ""]]);
    },
  );
});

describe("opening", () => {
  const trusted = message("R", "\0\0\0\0");
  const settings = message("S", "server_version\x0015\0") + message("K", "\0\0\0\x01\0\0\0\x02");

  it("begins with user, database and name", async () => {
    const session = await sessionOf(postgres, { user: "me", applicationName: "app" });
    const sent: string[] = [];
    const reply = trusted + settings + message("N", "Mhello\0\0") + ready;
    expect(open(session, () => reply, sent)).toBe("opened");
    const pairs = "user\0me\0database\0me\0application_name\0app\0client_encoding\0UTF8\0\0";
    expect(sent[0]).toBe(`\0\0\0${String.fromCharCode(8 + pairs.length)}\0\x03\0\0${pairs}`);
  });

  it("sends a password as it is, or hashed", async () => {
    const session = await sessionOf(postgres, { user: "me", password: "sécret" });
    const sent: string[] = [];
    for (const question of ["\0\0\0\x03", "\0\0\0\x05\x01\x02\x03\xfe"]) {
      const replies = [message("R", question), trusted + ready];
      expect(open(session, (_, nth) => replies[nth] as string, sent)).toBe("opened");
    }
    expect(sent[1]).toBe(message("p", Buffer.from("sécret\0")));
    const md5 = (text: string | Buffer) => createHash("md5").update(text).digest("hex");
    const salted = Buffer.concat([Buffer.from(md5("sécretme")), Buffer.from("010203fe", "hex")]);
    expect(sent[3]).toBe(message("p", `md5${md5(salted)}\0`));
  });

  const password = "pencil";
  const salt = Buffer.from("salt of a user");
  const hmac = (key: Buffer, text: string) => createHmac("sha256", key).update(text).digest();

  /** The server's side of SCRAM, which has no password but keys. */
  function scramServer(nonce: (client: string) => string, signature?: string) {
    const salted = pbkdf2Sync(password, salt, 4096, 32, "sha256");
    const storedKey = createHash("sha256").update(hmac(salted, "Client Key")).digest();
    let said = "";
    return (sent: string, nth: number): string => {
      if (nth === 0) return message("R", "\0\0\0\x0aSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0");
      if (nth === 1) {
        const bare = sent.slice(sent.indexOf("n,,") + 3);
        expect(sent).toBe(
          message("p", `SCRAM-SHA-256\0\0\0\0${String.fromCharCode(bare.length + 3)}n,,${bare}`),
        );
        const first = `r=${nonce(bare.slice(bare.indexOf("r=") + 2))},s=${salt.toString("base64")},i=4096`;
        said = `${bare},${first}`;
        return message("R", `\0\0\0\x0b${first}`);
      }
      const [, bare = "", proof = ""] = /^p.{4}(.*),p=(.*)$/s.exec(sent) ?? [];
      const signed = `${said},${bare}`;
      const mask = hmac(storedKey, signed);
      const clientKey = Buffer.from(proof, "base64").map((byte, i) => byte ^ (mask[i] as number));
      if (!createHash("sha256").update(clientKey).digest().equals(storedKey)) {
        return error("28P01", "FATAL");
      }
      const own = hmac(hmac(salted, "Server Key"), signed).toString("base64");
      return message("R", `\0\0\0\x0cv=${signature ?? own}`) + trusted + settings + ready;
    };
  }
  const longer = (client: string) => `${client}server`;

  it("proves with SCRAM-SHA-256 that it knows the password, and has the server prove it", async () => {
    const session = await sessionOf(postgres, { password });
    expect(open(session, scramServer(longer))).toBe("opened");
    const other = await sessionOf(postgres, { password: "pencils" });
    expect(open(other, scramServer(longer))).toBe("POSTGRES_28P01");
    const wrong = Buffer.alloc(32).toString("base64");
    expect(open(session, scramServer(longer, wrong))).toBe("POSTGRES_SERVER_NOT_VERIFIED");
    expect(open(session, scramServer(longer, ""))).toBe("POSTGRES_SERVER_NOT_VERIFIED");
  });

  it("draws nonces by the seed", async () => {
    const nonces = [];
    for (const seed of [1, 1, 2]) {
      const session = await sessionOf(postgres, { password }, true, seed);
      const sent: string[] = [];
      open(session, scramServer(longer), sent);
      nonces.push(/r=([^,]{24})$/.exec(sent[1] as string)?.[1]);
    }
    expect(nonces[0]).toBe(nonces[1]);
    expect(new Set(nonces).size).toBe(2);
    expect(nonces).not.toContain(undefined);
  });

  it("takes no other client's nonce, nor its own alone", async () => {
    const session = await sessionOf(postgres, { password });
    for (const nonce of [
      () => "another",
      (own: string) => own,
      (own: string) => own + "x".repeat(200),
    ]) {
      expect(open(session, scramServer(nonce))).toBe("POSTGRES_AUTHENTICATION_MALFORMED");
    }
  });

  it("does not take the beginning of a number for the number of iterations", () => {
    const scram = createScram("", createSalting("x"), "own");
    expect(scram.answer("r=own-and-more,s=eA==,i=20000000")).toBeNull();
    expect(scram.answer("r=own-and-more,s=eA==,i=12ab")).toBeNull();
    expect(scram.answer("r=own-and-more,s=eA==,i=12,m=1")).not.toBeNull();
  });

  it("does not trust a server that ends SCRAM before its proof", async () => {
    const session = await sessionOf(postgres, { password });
    const server = scramServer(longer);
    const answer = (sent: string, nth: number) => (nth < 2 ? server(sent, nth) : trusted + ready);
    expect(open(session, answer)).toBe("POSTGRES_SERVER_NOT_VERIFIED");
  });

  it.each([
    [{}, message("R", "\0\0\0\x05abcd"), "PASSWORD_MISSING"],
    [{ password }, message("R", "\0"), "AUTHENTICATION_MALFORMED"],
    [{ password }, message("R", "\0\0\0\x07"), "AUTHENTICATION_UNSUPPORTED"],
    [{}, message("R", "\0\0\0\x07"), "AUTHENTICATION_UNSUPPORTED"],
    [{ password }, message("R", "\0\0\0\x0aOAUTHBEARER\0\0"), "AUTHENTICATION_UNSUPPORTED"],
    [{ password }, message("R", "\0\0\0\x0br=x,s=eA==,i=1"), "AUTHENTICATION_MALFORMED"],
    [{ password }, message("R", "\0\0\0\x0cv=eA=="), "SERVER_NOT_VERIFIED"],
    [{}, error("3D000", "FATAL"), "3D000"],
    [{}, ready, "NOT_AUTHENTICATED"],
    [{}, settings + ready, "NOT_AUTHENTICATED"],
  ])("with %j and %j is refused: %s", async (options, reply, code) => {
    expect(open(await sessionOf(postgres, options), () => reply)).toBe(`POSTGRES_${code}`);
  });

  it("is refused where the statement cannot be prepared", async () => {
    const session = await sessionOf(postgres, { prepare: "selekt" });
    const replies = [trusted + ready, error("42601") + ready];
    expect(open(session, (_, nth) => replies[nth] as string)).toBe("POSTGRES_42601");
  });
});

it("SCRAM-SHA-256 is that of RFC 7677's example", () => {
  const nonce = "rOprNGfwEbeRWgbNEkqO";
  const scram = createScram("user", createSalting("pencil"), nonce);
  const both = `${nonce}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`;
  expect(scram.first).toBe(`n,,n=user,r=${nonce}`);
  expect(scram.answer(`r=${both},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`)).toBe(
    `c=biws,r=${both},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
  );
  expect(scram.isTrusted("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")).toBe(true);
  expect(scram.isTrusted("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")).toBe(false);
  expect(scram.isTrusted("e=other-error")).toBe(false);
});
