/** The chat of docs/protocols.md: its module, as it stands there, and a server of it. */
import { readFileSync } from "node:fs";
import { type RawServer, tcpServer } from "./raw-servers.ts";

/** The text of the module. */
export function chatModule(): string {
  const page = readFileSync(new URL("../../docs/protocols.md", import.meta.url), "utf8");
  const text = /^```ts\n([\s\S]*?)^```$/m.exec(page)?.[1];
  if (text === undefined) throw new Error("docs/protocols.md has no module");
  return text;
}

/** Lets everybody in but for room 13, and mutes every tenth of a connection's requests. */
export function chatServer(): Promise<RawServer> {
  return tcpServer((socket) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const [what, word] = line.split(" ");
        if (what === "JOIN") socket.write(word === "13" ? "DENIED FULL\n" : "WELCOME\n");
        if (what !== "SAY") continue;
        const isMuted = Number(word) % 10 === 9;
        socket.write(isMuted ? `FAIL ${word} MUTED\n` : `PING\nFROM bob hi\nSAID ${word}\n`);
      }
    });
  });
}
