import type { IncomingMessage, ServerResponse } from "node:http";

const mostReaders = 8;
/** How long a reader may take for the last events. */
const lastEventMs = 1_000;

/**
 * Server-sent events to a few readers, the same to all. A slow reader receives no further event until it
 * has read the previous one; the events in between would be outdated.
 *
 * @see "Server-sent events" of the HTML standard
 */
export class EventStream {
  readonly #readers = new Set<ServerResponse>();

  get readers(): number {
    return this.#readers.size;
  }

  /** Adds a reader and sends it the first event at once. */
  join(request: IncomingMessage, response: ServerResponse, name: string, data: string): void {
    const site = request.headers["sec-fetch-site"];
    if (this.#readers.size >= mostReaders || (site !== undefined && site !== "same-origin")) {
      const [status, why] =
        this.#readers.size >= mostReaders
          ? [503, "too many readers; close another page of this run first"]
          : [403, "only this server's own page may read its events"];
      response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(`${why}\n`);
      return;
    }
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    this.#readers.add(response);
    response.on("close", () => this.#readers.delete(response));
    response.write(textOf(name, data));
  }

  /** @param always whether slow readers also get it */
  send(name: string, data: string, always = false): void {
    const text = textOf(name, data);
    for (const reader of this.#readers) if (always || !reader.writableNeedDrain) reader.write(text);
  }

  /** Ends the stream; resolves when the readers have received all of it, or took too long. Never rejects. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#readers].map((reader) => {
        return new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, lastEventMs);
          reader.on("close", () => {
            clearTimeout(timer);
            resolve();
          });
          reader.end();
        });
      }),
    );
  }
}

/** @param data one line */
function textOf(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}
