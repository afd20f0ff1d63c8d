import { Session } from "node:inspector";
import { pathToFileURL } from "node:url";
import type { Failure } from "../../protocols/modules/failure.ts";

/** A thread that answers nothing within that time is not in code that can be interrupted. */
const longestMs = 5_000;

const ids = { enable: 1, pause: 2, resume: 3 } as const;

/** What the debugger says of a paused thread; the rest is not looked at. */
interface FromWorker {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    /** Debugger.scriptParsed */
    readonly scriptId?: string;
    readonly url?: string;
    /** Debugger.paused */
    readonly callFrames?: readonly {
      readonly location: {
        readonly scriptId: string;
        readonly lineNumber: number;
        readonly columnNumber?: number;
      };
    }[];
  };
}

/** Two sessions would end each other's pauses. */
let latest: Promise<unknown> = Promise.resolve();

/**
 * Where in a file a worker thread is that does not come back: the debugger can interrupt a loop.
 *
 * Threads that do come back are held up for a moment.
 *
 * @param path  of the file, absolute
 * @param limit ms
 * @returns     null where no thread is in it: it waits for something
 */
export function workerPlace(path: string, limit = longestMs): Promise<Failure["at"]> {
  const place = latest.then(() => lookOnce(path, limit));
  latest = place;
  return place;
}

function lookOnce(path: string, limit: number): Promise<Failure["at"]> {
  const url = pathToFileURL(path).href;
  const session = new Session();
  session.connect();
  return new Promise((resolve) => {
    // The session goes on: a thread that is paused later than that has to be resumed, as it could not be ended.
    const timer = setTimeout(() => finish(), limit);
    let place: Failure["at"] = null;
    let isOver = false;
    /** Threads that have not gone on yet, by session. */
    const held = new Set<string>();
    /** The file's script, by thread. */
    const scripts = new Map<string, string>();
    const finish = () => {
      isOver = true;
      clearTimeout(timer);
      resolve(place);
    };
    const release = (sessionId: string) => {
      if (!held.delete(sessionId) || held.size > 0) return;
      finish();
      // Not within its own event: Node would go on with what was freed.
      setImmediate(() => session.disconnect());
    };
    const send = (sessionId: string, id: number, method: string) => {
      const message = JSON.stringify({ id, method });
      session.post("NodeWorker.sendMessageToWorker", { sessionId, message });
    };
    session.on("NodeWorker.attachedToWorker", ({ params: { sessionId, workerInfo } }) => {
      // Node's own threads sleep until they have something to do, and would never answer.
      if (isOver || workerInfo.url.startsWith("node:")) return;
      held.add(sessionId);
      send(sessionId, ids.enable, "Debugger.enable");
      send(sessionId, ids.pause, "Debugger.pause");
    });
    session.on("NodeWorker.detachedFromWorker", ({ params: { sessionId } }) => release(sessionId));
    session.on("NodeWorker.receivedMessageFromWorker", ({ params: { sessionId, message } }) => {
      const { id, method, params } = JSON.parse(message) as FromWorker;
      if (id === ids.resume) release(sessionId);
      if (method === "Debugger.scriptParsed" && params?.url === url) {
        scripts.set(sessionId, params.scriptId ?? "");
      }
      if (method !== "Debugger.paused") return;
      const script = scripts.get(sessionId);
      const frame = params?.callFrames?.find(({ location }) => location.scriptId === script);
      if (frame !== undefined) {
        const { lineNumber, columnNumber = 0 } = frame.location;
        place = { file: path, line: lineNumber + 1, column: columnNumber + 1 };
      }
      send(sessionId, ids.resume, "Debugger.resume");
    });
    session.post("NodeWorker.enable", { waitForDebuggerOnStart: false });
  });
}
