import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";

/** One login with SCRAM-SHA-256, from the client's side. */
export interface Scram {
  /** What the client sends first. */
  readonly first: string;
  /** Takes the server's first message. @returns what the client sends then; null: it is not one, or not for this client */
  answer(serverFirst: string): string | null;
  /** Whether the server's last message shows that it knows the password, too. */
  isTrusted(serverFinal: string): boolean;
}

/**
 * Salts a password, which takes a millisecond or more. The latest one is kept: connections of one user have the same salt.
 */
export function createSalting(password: string): (salt: string, iterations: number) => Buffer {
  // Of SASLprep (RFC 4013) only the normalisation, which is all of it for most passwords.
  const normal = password.normalize("NFKC");
  let latest = "";
  let salted: Buffer = Buffer.alloc(0);
  return (salt, iterations) => {
    const key = `${iterations},${salt}`;
    if (key !== latest) {
      salted = pbkdf2Sync(normal, Buffer.from(salt, "base64"), iterations, 32, "sha256");
      latest = key;
    }
    return salted;
  };
}

/**
 * A login without channel binding.
 *
 * @param user  "" where the server knows the user from elsewhere, as PostgreSQL does
 * @param nonce printable, without a comma, another one for each login
 * @see         RFC 5802, sections 3 and 5; RFC 7677
 */
export function createScram(
  user: string,
  salting: ReturnType<typeof createSalting>,
  nonce: string,
): Scram {
  const bare = `n=${user.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${nonce}`;
  let serverSignature = Buffer.alloc(0);
  return {
    first: `n,,${bare}`,
    answer(serverFirst) {
      const found = /^r=([^,]+),s=([A-Za-z0-9+/=]+),i=(\d{1,7})(?:,|$)/.exec(serverFirst);
      if (found === null) return null;
      const [, both = "", salt = "", iterations = ""] = found;
      const isOurs = both.startsWith(nonce) && both.length > nonce.length && both.length < 128;
      if (!isOurs || Number(iterations) < 1) return null;
      const salted = salting(salt, Number(iterations));
      const clientKey = hmac(salted, "Client Key");
      const withoutProof = `c=biws,r=${both}`;
      const signed = `${bare},${serverFirst},${withoutProof}`;
      const signature = hmac(createHash("sha256").update(clientKey).digest(), signed);
      const proof = clientKey.map((byte, i) => byte ^ (signature[i] as number));
      serverSignature = hmac(hmac(salted, "Server Key"), signed);
      return `${withoutProof},p=${Buffer.from(proof).toString("base64")}`;
    },
    isTrusted(serverFinal) {
      const signature = Buffer.from(/^v=([^,]+)/.exec(serverFinal)?.[1] ?? "", "base64");
      const { length } = serverSignature;
      return (
        length > 0 && signature.length === length && timingSafeEqual(signature, serverSignature)
      );
    },
  };
}

function hmac(key: Buffer, text: string): Buffer<ArrayBuffer> {
  return Buffer.from(createHmac("sha256", key).update(text).digest());
}
